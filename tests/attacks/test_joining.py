"""Audited records and population records, scored at once: nothing tells the non-members of the two apart."""

import numpy as np
import pytest

from attacks import Evidence, Outputs, Rehearsal, joined, prepare
from attacks.planting import planted
from attacks.registry import load
from attacks.two_stage import TwoStage

REFERENCES, N, M = 4, 100, 200
DESIGNS = ("six-split", "half-split")


def seen_by(rng, design):
    """Who trained on the audited (R, N) and on the population records (R, M)."""
    halves = rng.permuted(np.tile(np.arange(REFERENCES) < REFERENCES // 2, (N, 1)), axis=1).T
    if design == "half-split":
        return halves, np.zeros((REFERENCES, M), bool)
    return np.zeros((REFERENCES, N), bool), rng.random((REFERENCES, M)) < 0.5


def side(rng, member, seen, population=None):
    """Models whose phi is a record's own ease and noise, and more where they trained on it."""
    ease = rng.normal(size=len(member))
    phi = ease + 0.5 * rng.normal(size=(1 + len(seen), len(member))) + 3 * np.stack([member, *seen])
    logits = np.stack([phi, np.zeros_like(phi)], axis=-1)[:, :, None].astype(np.float32)
    labels = np.zeros(len(member), np.int64)
    inputs = rng.normal(size=(len(member), 2))
    return Evidence(labels, logits[0], logits[1:], seen, population=population, inputs=inputs)


def game(rng, design):
    """Evidence, rehearsal and membership (N,) of a target."""
    seen, theirs = seen_by(rng, design)
    sides, members = [], []
    for _ in range(2):
        members.append(rng.permutation(N) < N // 2)
        sides.append(side(rng, members[-1], seen, side(rng, np.zeros(M, bool), theirs)))
    return sides[0], Rehearsal(sides[1], members[1]), members[0]


def test_each_record_is_there_once_and_its_outputs_are_its_own():
    evidence, _, _ = game(np.random.default_rng(0), "six-split")
    both = joined(evidence, np.random.default_rng(1))
    for of, places in ((evidence, both.audited), (evidence.population, both.others)):
        kept = places >= 0
        at = places[kept]
        np.testing.assert_array_equal(both.evidence.target[at], of.target[kept])
        np.testing.assert_array_equal(both.evidence.references[:, at], of.references[:, kept])
        np.testing.assert_array_equal(both.evidence.inputs[at], of.inputs[kept])
        phi = [e.signal("phi") for e in (both.evidence, of)]
        np.testing.assert_array_equal(phi[0].target[at], phi[1].target[kept])
        np.testing.assert_array_equal(phi[0].references[:, at], phi[1].references[:, kept])
        assert (both.evidence.trained_on[:, at] >= of.trained_on[:, kept]).all()  # what is withheld stays so
    there = np.concatenate([both.audited[both.audited >= 0], both.others[both.others >= 0]])
    assert sorted(there) == list(range(len(both.evidence.labels)))
    assert (both.audited >= 0).all()
    np.testing.assert_array_equal(both.others < 0, evidence.population.trained_on.all(0))
    assert not np.array_equal(there, np.arange(len(there)))  # a place tells nothing


@pytest.mark.parametrize("design", DESIGNS)
def test_both_kinds_have_as_many_out_models(design):
    counts = []
    for seed in range(200):
        evidence, _, _ = game(np.random.default_rng(seed), design)
        both = joined(evidence, np.random.default_rng(seed))
        out = (~both.evidence.trained_on).sum(0)
        counts.append(
            [[(out[at[at >= 0]] == k).mean() for k in range(REFERENCES + 1)] for at in (both.audited, both.others)]
        )
    audited, others = np.mean(counts, axis=0)
    assert audited == pytest.approx(others, abs=0.01)


def test_without_references_nobody_is_left_out():
    evidence, _, _ = planted(np.random.default_rng(0), 20, 0, 3, 1.0, uses=("population",))
    assert len(joined(evidence, np.random.default_rng(0)).evidence.labels) == 40


def test_a_population_is_needed():
    evidence, _, _ = planted(np.random.default_rng(0), 20, 2, 3, 1.0)
    with pytest.raises(ValueError, match="expected population records, and there are none"):
        joined(evidence, np.random.default_rng(0))


def above(attack, design, of=joined, draws=200):
    """Mean and its error of how many of the audited non-members lie above 95 % of the population's scores."""
    found = []
    for seed in range(draws):
        rng = np.random.default_rng(seed)
        evidence, rehearsal, member = game(rng, design)
        both = of(evidence, rng)
        scores = prepare(attack, rehearsal, rng).score(both.evidence)
        others = np.sort(scores[both.others[both.others >= 0]])
        at = both.audited[~member]
        rank = 1 + len(others) - np.searchsorted(others, scores[at[at >= 0]])
        found.append((rank / (len(others) + 1) <= 0.05).mean())
    return np.mean(found), np.std(found) / draws**0.5


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("name", ["loss", "c-loss", "lira-offline", "attack-r", "two-stage"])
def test_the_p_values_of_non_members_are_uniform(name, design):
    mean, error = above(load(name)(), design, draws=60 if name == "two-stage" else 200)
    assert mean < 0.05 + 3 * error
    assert mean > 0.02  # attack-r ties


def as_they_are(evidence, rng):
    """Both kinds beside each other, with the OUT models that each has."""
    population = evidence.population
    arrays = [np.concatenate([getattr(of, name) for of in (evidence, population)], axis=axis)
              for name, axis in (("labels", 0), ("target", 0), ("references", 1), ("trained_on", 1))]  # fmt: skip
    places = np.arange(N + M)
    kept = places[(places < N) | ~arrays[3].all(0)]
    labels, target, references, seen = arrays[0][kept], arrays[1][kept], arrays[2][:, kept], arrays[3][:, kept]
    made = Evidence(labels, Outputs(target, labels), references, seen)
    return type("Made", (), {"evidence": made, "audited": places[:N], "others": np.arange(N, len(kept))})


def test_more_or_fewer_out_models_than_non_members_have_would_break_the_guarantee():
    for name, design in (("c-loss", "half-split"), ("attack-r", "six-split")):
        mean, error = above(load(name)(), design, as_they_are)
        assert mean > 0.05 + 4 * error
    mean, error = above(load("c-loss")(), "six-split", as_they_are)
    assert mean < 0.05 - 4 * error  # there it only costs claims


def test_scores_of_two_calls_cannot_be_compared():
    """Two-stage's are ranks among the records of one call."""
    evidence, rehearsal, _ = game(np.random.default_rng(0), "six-split")
    ready = prepare(TwoStage(), rehearsal, np.random.default_rng(0))
    both = joined(evidence, np.random.default_rng(0))
    assert not np.array_equal(ready.score(both.evidence)[both.audited], ready.score(evidence))
