"""Whether exposure differs between groups: Cochran's Q by hand, planted differences, and null data."""

import numpy as np
import pytest

from benchmarks.audit.groups import slicings
from benchmarks.statistics.curves import placements
from benchmarks.statistics.exposure import standing


def judged(words, scores, member, half):
    return slicings(words, scores, member, half, standing(scores, member, half).p)


def data(n, rng, lift=0.0):
    """Half members; those of group b score `lift` higher."""
    words = rng.permutation(np.repeat(["a", "b"], n // 2))
    member, half = rng.random(n) < 0.5, rng.random(n) < 0.5
    return words, rng.normal(size=n) + member * (0.5 + lift * (words == "b")), member, half


def test_q_by_hand():
    rng = np.random.default_rng(0)
    words, scores, member, half = data(400, rng, 0.6)
    (found,) = judged({"g": words}, scores, member, half)
    points, weights = [], []
    for word in "ab":
        parts = [placements(scores[of], member[of]) for of in (half & (words == word), ~half & (words == word))]
        points.append(np.mean([inside.mean() for inside, _ in parts]))
        weights.append(4 / sum(np.var([*x, 0.5]) / len(x) for part in parts for x in part))
    z = (points[0] - points[1]) / np.sqrt(1 / weights[0] + 1 / weights[1])
    from scipy.stats import norm

    assert found.p == pytest.approx(2 * norm.sf(abs(z)), rel=1e-9)
    assert [group.name for group in found.groups] == ["b", "a"]
    assert found.groups[0].auc.mean == pytest.approx(max(points))


def test_counts_and_rates_of_a_group():
    rng = np.random.default_rng(1)
    words, scores, member, half = data(400, rng, 3.0)
    (found,) = judged({"g": words}, scores, member, half)
    p = standing(scores, member, half).p
    for group in found.groups:
        of = words == group.name
        assert (group.members, group.others) == ((of & member).sum(), (of & ~member).sum())
        assert group.found.mean == pytest.approx((p[of & member] <= 0.01).mean())
        assert group.alarms.mean == pytest.approx((p[of & ~member] <= 0.01).mean())
    assert found.verdict == "yes"


def test_small_groups_are_named_and_not_judged():
    rng = np.random.default_rng(2)
    words, scores, member, half = data(400, rng)
    words[:30] = "c"
    (found,) = judged({"g": words}, scores, member, half)
    assert found.small == ("c",)
    assert {group.name for group in found.groups} == {"a", "b"}
    (single,) = judged({"g": np.full(400, "a")}, scores, member, half)
    assert (single.p, single.verdict) == (None, "not tested")


def test_slicings_are_corrected_for_one_another():
    rng = np.random.default_rng(3)
    words, scores, member, half = data(600, rng, 0.3)
    others = {f"n{i}": rng.permutation(words) for i in range(4)}
    alone = judged({"g": words}, scores, member, half)[0].p
    among = judged({"g": words, **others}, scores, member, half)[0].p
    assert among == pytest.approx(min(1, 5 * alone), rel=1e-9)


def test_groups_that_are_alike_are_rarely_told_apart():
    rng = np.random.default_rng(4)
    wrong = sum(judged({"g": of[0]}, *of[1:])[0].verdict == "yes" for of in (data(240, rng) for _ in range(500)))
    assert wrong <= 38  # P(more | 5 %) < .01
