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
    parts = {
        w: [placements(scores[of], member[of]) for of in (half & (words == w), ~half & (words == w))] for w in "ab"
    }
    points = [np.mean([inside.mean() for inside, _ in parts[w]]) for w in "ab"]
    within = []
    for kind in (0, 1):
        rests = [part[kind] - part[kind].mean() for w in "ab" for part in parts[w]]
        within.append(sum((r**2).sum() for r in rests) / (sum(map(len, rests)) - 4))
    variances = [sum(v / len(x) for part in parts[w] for v, x in zip(within, part, strict=True)) / 4 for w in "ab"]
    z = (points[0] - points[1]) / np.sqrt(sum(variances))
    from scipy.stats import norm

    assert found.p == pytest.approx(2 * norm.sf(abs(z)), rel=1e-9)
    assert [group.name for group in found.groups] == ["b", "a"]
    assert found.groups[0].auc.mean == pytest.approx(max(points))


def test_counts_and_rates_of_a_group():
    rng = np.random.default_rng(1)
    words, scores, member, half = data(600, rng, 3.0)
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


def test_many_small_groups_that_are_alike_are_rarely_told_apart():
    """40 of 40 records: with each group's own variance a quarter of such audits found a difference."""
    rng, wrong = np.random.default_rng(5), 0
    for _ in range(100):
        words = np.repeat([f"g{i}" for i in range(40)], 40)
        member = np.tile(np.arange(40) < 20, 40)
        half = rng.permutation(1600) < 800
        wrong += judged({"g": words}, rng.normal(size=1600) + member, member, half)[0].verdict == "yes"
    assert wrong <= 11  # P(more | 5 %) < .01


def test_groups_are_told_apart_where_members_stand_out_in_one_and_hardly_in_another():
    rng = np.random.default_rng(6)
    words = np.repeat(["a", "b"], 100)
    member, half = np.tile(np.arange(100) < 50, 2), rng.permutation(200) < 100
    scores = rng.normal(size=200) + member * np.where(words == "a", 4.0, 1.5)
    assert judged({"g": words}, scores, member, half)[0].verdict == "yes"
    apart = np.where(words == "a", 1.0, -1.0) * member  # every member above all others, or below
    (found,) = judged({"g": words}, apart, member, half)
    assert (found.p, [group.auc.mean for group in found.groups]) == (0.0, [1.0, 0.0])
    assert judged({"g": words}, 1.0 * member, member, half)[0].p == 1.0


def test_a_rate_that_few_non_members_cannot_resolve_is_not_said():
    rng = np.random.default_rng(7)
    for others, said in ((190, False), (210, True)):
        n = others + 100
        member, half = np.arange(n) >= others, np.arange(n) % 2 == 0
        (found,) = judged({"g": np.full(n, "a")}, rng.normal(size=n) + 6 * member, member, half)
        (group,) = found.groups
        assert (group.found.mean is not None, group.alarms.mean is not None) == (said, said)
    assert group.found.mean > 0.9


def test_groups_that_are_alike_are_rarely_told_apart():
    rng = np.random.default_rng(4)
    wrong = sum(judged({"g": of[0]}, *of[1:])[0].verdict == "yes" for of in (data(240, rng) for _ in range(500)))
    assert wrong <= 38  # P(more | 5 %) < .01
