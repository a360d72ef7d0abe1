"""Attacks that see labels alone and disturb the record, against answers known beforehand."""

from itertools import pairwise

import numpy as np
import pytest

from attacks import Evidence, Rehearsal, declared, prepare
from attacks.label_distance import starts, units
from attacks.ranking import auc
from attacks.registry import load

NORMAL = np.array([3.0, -4.0, 0.0, 12.0]) / 13


def linear(x, scale=1.0):
    """Two classes beside a plane through 0.5: logits (n, 2)."""
    side = (np.asarray(x, float) / scale).reshape(len(x), -1) @ NORMAL - 0.5
    return np.stack([-side, side], axis=1).astype(np.float32)


def side(n, seed, scale=1.0, kind=np.float32):
    """Evidence whose target is `linear`; every fifth label is wrong."""
    rng = np.random.default_rng(seed)
    x = (rng.normal(size=(n, 4)) * 2 * scale).astype(kind)
    labels = linear(x, scale).argmax(1)
    labels[::5] = 1 - labels[::5]
    logits = linear(x, scale)[:, None]
    none = np.zeros((0, n), bool)
    return Evidence(labels, logits, [], none, inputs=x, ask=lambda asked: linear(asked, scale))


def ready(attack, n=80, **how):
    evidence, rehearsed = side(n, 0, **how), side(n, 1, **how)
    return prepare(attack, Rehearsal(rehearsed, np.arange(n) % 2 == 0), np.random.default_rng(0)), evidence


def test_distances_of_a_linear_target_are_those_of_its_plane():
    made, evidence = ready(load("label-distance")(budget=600))
    scores, wrong = made.score(evidence), np.arange(80) % 5 == 0
    whole = evidence.inputs / evidence.inputs.std(0)
    normal = NORMAL * evidence.inputs.std(0)  # the same plane, where every column has deviation 1
    true = np.abs(whole @ normal - 0.5) / np.linalg.norm(normal)
    assert (scores[wrong] == 0).all()
    ratio = scores[~wrong] / true[~wrong]
    assert ratio.min() > 1 - 1e-4
    assert ratio.max() < 1.03
    queries = made.facts(evidence)["queries a record"]
    assert 300 < queries <= 1 + 600 * (~wrong).mean()


def test_whole_numbers_are_taken_as_they_are():
    made, evidence = ready(load("label-distance")(budget=600), scale=10.0, kind=np.int32)
    scores, wrong = made.score(evidence), np.arange(80) % 5 == 0
    true = np.abs(evidence.inputs @ NORMAL - 5)[~wrong]
    near = true > 0.05
    np.testing.assert_allclose(scores[~wrong][near], true[near], rtol=0.03)


def test_more_of_the_budget_ranks_no_worse_and_costs_more():
    found = []
    for budget in (20, 150, 900):
        made, evidence = ready(load("label-distance")(budget=budget))
        found.append((made.score(evidence), made.facts(evidence)["queries a record"]))
    for (before, few), (after, many) in pairwise(found):
        assert (after <= before).all()
        assert few < many


def test_a_target_of_one_label_gives_finite_scores_and_is_not_asked():
    n = 20
    x, labels = np.arange(4 * n, dtype=np.float32).reshape(n, 4), np.arange(n) % 2
    logits = np.tile(np.array([1, 0], np.float32), (n, 1, 1))
    asked = []
    evidence = Evidence(labels, logits, [], np.zeros((0, n), bool), inputs=x, ask=lambda x: asked.append(x))
    made = prepare(load("label-distance")(), Rehearsal(evidence, labels == 0), np.random.default_rng(0))
    scores = made.score(evidence)
    assert not asked
    assert (scores[labels == 1] == 0).all()
    assert np.ptp(scores[labels == 0]) == 0 < scores[0]


def test_starts_are_the_nearest_records_of_another_label():
    rng = np.random.default_rng(3)
    x, said = rng.normal(size=(30, 3)), rng.integers(3, size=30)
    found = starts(x, said, np.arange(30), rng)
    for k in range(30):
        others = np.flatnonzero(said != said[k])
        assert found[k] == others[np.linalg.norm(x[others] - x[k], axis=1).argmin()]
    assert (starts(x, np.zeros(30, int), np.arange(30), rng) == -1).all()


def test_units_are_deviations_along_the_last_axis():
    x = np.random.default_rng(4).normal(size=(50, 3, 3, 2)).astype(np.float32) * np.float32([1, 5])
    x[..., 0] = 7
    np.testing.assert_allclose(units(x).reshape(3, 3, 2)[1, 2], [1, x[..., 1].std()], rtol=1e-5)
    assert (units(x.astype(np.uint8)) == 1).all()
    assert units(x).shape == (18,)


def answered(right, queries, seed=0):
    """Evidence on n records whose Q answers are `right` (n, Q) to the query sets `queries`, of equal lengths."""
    logits = np.stack([right, ~right], axis=-1).astype(np.float32)
    each = (right.shape[1] - 1) // (len(queries) - 1)
    columns = {name: slice(1 + each * k, 1 + each * (k + 1)) for k, name in enumerate(queries[1:])}
    n = len(right)
    columns = {"clean": slice(0, 1), **columns}
    return Evidence(np.zeros(n, np.int64), logits, [], np.zeros((0, n), bool), columns=columns)


@pytest.mark.parametrize(
    ("name", "fact", "values"), [("label-noise", "sigma", (0.5, 2.0)), ("label-flips", "flips", (1.0, 4.0))]
)
def test_shares_of_right_answers_to_the_set_that_ranks_the_rehearsal_best(name, fact, values):
    attack = load(name)(values, 8)
    queries = declared(attack).queries
    assert len(queries) == 3
    for better in (0, 1):
        rng = np.random.default_rng(better)
        member = rng.random(300) < 0.5

        def answers(member, rng=rng, better=better):
            chance = np.full((300, 17), 0.6)
            of = slice(1 + 8 * better, 9 + 8 * better)
            chance[:, of] = np.where(member, 0.8, 0.4)[:, None]
            return rng.random((300, 17)) < chance

        right = answers(member)
        evidence = answered(right, queries)
        rehearsal = Rehearsal(answered(answers(member), queries), member)
        made = prepare(attack, rehearsal, rng)
        scores = made.score(evidence)
        expected = [sum(row[1 + 8 * better : 9 + 8 * better]) / 8 - (0 if row[0] else 2) for row in right]
        np.testing.assert_allclose(scores, expected)
        assert scores[~right[:, 0]].max() < scores[right[:, 0]].min()
        assert auc(scores[right[:, 0]], member[right[:, 0]]) > 0.85
        assert made.facts(evidence) == {fact: values[better], "queries a record": 17}


@pytest.mark.parametrize("name", ["label-noise", "label-flips"])
def test_nothing_to_choose_from_is_refused(name):
    with pytest.raises(ValueError, match="got none"):
        load(name)(())
