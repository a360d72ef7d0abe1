"""Without a shadow model an attack that learns has learnt from each half what it says of the other: both err alike."""

from types import SimpleNamespace

import numpy as np
import pytest

import attacks
from benchmarks.audit import audit
from benchmarks.audit.auditing import strongest_of
from benchmarks.audit.bounds import HALVES, SHARES, bounds
from benchmarks.games.playing import learns
from benchmarks.naming.registry import ATTACKS, Plugin, find
from benchmarks.statistics.epsilon import best, grid, one_run, rates
from benchmarks.statistics.epsilon.one_run import BLIND
from benchmarks.statistics.exposure import leaders

N, CLASSES = 400, 10


class Centroid:
    """Projects outputs on the line from non-members' mean to members'."""

    def fit(self, rehearsal, rng):
        x = rehearsal.evidence.target[:, 0].astype(float)
        across = x[rehearsal.member].mean(0) - x[~rehearsal.member].mean(0)
        return SimpleNamespace(score=lambda evidence: evidence.target[:, 0] @ across)


def null(rng):
    """Scores, membership and halves of outputs that tell nothing, of an attack that learnt from the other half."""
    outputs, member, half = rng.normal(size=(N, CLASSES)), rng.random(N) < 0.5, rng.random(N) < 0.5
    scores = np.empty(N)
    for own in (half, ~half):
        known = ~own
        scores[own] = outputs[own] @ (outputs[known & member].mean(0) - outputs[known & ~member].mean(0))
    return scores, member, half


@pytest.mark.parametrize("effect", [1.0, 2.0])
def test_intervals_of_null_data_hold_a_half(effect):
    rng, holds, above = np.random.default_rng(0), 0, 0
    for _ in range(300):
        scores, member, half = null(rng)
        auc = strongest_of(("a", "a"), [(scores[of], member[of]) for of in (half, ~half)], effect).auc
        holds, above = holds + (auc.low <= 0.5 <= auc.high), above + (auc.low > 0.5)
    if effect == 1.0:  # what independent halves would allow is not enough: the correlation is there
        assert holds < 270
        assert above > 15
    else:
        assert holds >= 275  # P(fewer | 95 %) < .01
        assert above <= 14  # P(more | 2.5 %) < .02


def test_the_choice_among_attacks_that_learn_is_paid_for():
    """Of eight, each half's is chosen by strength on the other half, which was learnt from this one."""
    rng, luck = np.random.default_rng(5), {1: 0, 8: 0}
    for _ in range(150):
        member, half = rng.random(N) < 0.5, rng.random(N) < 0.5
        halves = {}
        for name in "abcdefgh":
            outputs = rng.normal(size=(N, CLASSES))
            scores = np.empty(N)
            for own in (half, ~half):
                scores[own] = outputs[own] @ (outputs[~own & member].mean(0) - outputs[~own & ~member].mean(0))
            halves[name] = tuple((scores[of], member[of]) for of in (half, ~half))
        a, b = leaders(halves)
        for tried in luck:
            luck[tried] += strongest_of((a, b), [halves[a][0], halves[b][1]], 2.7, tried).p < 0.05
    assert luck[1] > 10
    assert luck[8] <= 10


def test_bounds_of_null_data_are_above_0_no_more_often_than_promised():
    rng, above = np.random.default_rng(1), np.zeros(3, int)
    for _ in range(200):
        above += [of.epsilon > 0 for of in bounds(*null(rng), "simulated", 1e-5, crossed=True)]
    assert (above <= 18).all()  # P(more of 200 | 5 %) < .01


def test_bounds_of_crossed_halves_are_each_halfs_own_at_half_the_level():
    rng = np.random.default_rng(2)
    member, half = rng.random(N) < 0.5, np.arange(N) < N // 2
    scores = rng.normal(size=N) + 3 * member
    found = bounds(scores, member, half, "simulated", 1e-5, crossed=True)
    expected, by_rates = [], []
    for of in (half, ~half):
        tried = grid(N // 2)
        guesses = best(lambda made: one_run(made, "simulated"), scores[of], member[of], tried, rng, 2)
        assert guesses.assumptions.observed.tried == 2 * len(tried)
        expected.append(guesses.epsilon)
        for share in SHARES:
            claims = np.argsort(np.argsort(-scores[of])) < round(share * N // 2)
            counts = [int((claims & kind).sum()) for kind in (member[of], ~member[of])]
            observed = type(found[2].assumptions.observed)(
                int(member[of].sum()), counts[0], int((~member[of]).sum()), counts[1]
            )
            by_rates.append(rates(observed, "", 1e-5, 1 - 0.05 / (2 * len(SHARES))).epsilon)
    assert found[0].epsilon == pytest.approx(max(expected))
    assert found[2].epsilon == pytest.approx(max(by_rates))
    assert "in either half of the records" in found[2].assumptions.needs[0]
    together = bounds(scores, member, half, "simulated", 1e-5)
    assert all(one.epsilon < both.epsilon for one, both in zip(found, together, strict=True))


def test_bounds_know_that_each_halfs_attack_was_chosen_by_the_other_half():
    rng = np.random.default_rng(6)
    labels, member = rng.integers(CLASSES, size=N), rng.random(N) < 0.5
    logits = rng.normal(size=(N, CLASSES))
    one, two = (audit(labels, member, logits=logits, attacks=names) for names in (["loss"], ["loss", "conf"]))
    assert one.epsilon[0].assumptions.observed.tried == len(grid(N))
    assert two.epsilon[0].assumptions.observed.tried == 2 * len(grid(N // 2))
    for of in one.epsilon[:2]:
        assert BLIND in of.assumptions.needs
        assert HALVES not in of.assumptions.needs
    for of in two.epsilon[:2]:
        assert BLIND not in of.assumptions.needs
        assert HALVES in of.assumptions.needs
    assert "in either half of the records" not in one.epsilon[2].assumptions.needs[0]
    assert "in either half of the records" in two.epsilon[2].assumptions.needs[0]


def test_who_learns_is_known_and_widens_an_audit():
    assert [
        name for name in ("loss", "gap", "shadow-network", "two-stage", "per-class") if learns(find(ATTACKS, name))
    ] == [
        "shadow-network",
        "two-stage",
        "per-class",
    ]
    outsider = SimpleNamespace(score=lambda evidence, rehearsal, rng: evidence.signal("log_p").target[:, 0])
    assert learns(Plugin("outsider", attacks.adopt(outsider)))
    rng = np.random.default_rng(4)
    labels, member = rng.integers(CLASSES, size=N), rng.random(N) < 0.5
    logits = rng.normal(size=(N, CLASSES)) * (1 + member[:, None])
    plain, learnt = (audit(labels, member, logits=logits, attacks=[name]) for name in ("loss", "per-class(loss)"))
    assert (plain.strongest.effect, learnt.strongest.effect) == (1.0, 2.0)
    widths = [of.strongest.auc.high - of.strongest.auc.low for of in (plain, learnt)]
    assert widths[1] > 1.3 * widths[0]
    records = [of.attacked.records[0].metrics["auc"] for of in (plain, learnt)]
    assert records[1].high - records[1].low > 1.3 * (records[0].high - records[0].low)
    assert learnt.epsilon[0].assumptions.observed.tried == 2 * len(grid(N // 2))
    other = {"references": rng.normal(size=(1, N, CLASSES)), "trained_on": rng.random((1, N)) < 0.5}
    assert audit(labels, member, logits=logits, attacks=["per-class(loss)"], **other).strongest.effect == 1.0
