"""Trials on the same records: influences against cases worked by hand, intervals and p values against the truth."""

import numpy as np
import pytest
from scipy.special import ndtr

from benchmarks.statistics import intervals, paired
from benchmarks.statistics.intervals import Places
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import Played
from benchmarks.statistics.sharing import design_effect, of_accuracy, of_auc, of_tpr

MEMBER = np.array([True, True, False, False])
SCORES = np.array([3.0, 1.0, 2.0, 0.0])  # AUC 3/4


def test_the_design_effect_by_hand():
    psi, here = np.array([1.0, -1.0, 2.0]), np.arange(3)
    assert design_effect([here, here], [psi, psi]) == 2.0
    assert design_effect([here] * 5, [psi] * 5) == 5.0
    assert design_effect([here, here + 3], [psi, psi]) == 1.0
    assert design_effect([here, here], [psi, -psi]) == 1.0  # what cancels makes no interval shorter
    half = np.array([3, 0, 4])  # record 0 moves the first trial by 1 and the second by -1, the others move one alone
    assert design_effect([here, half], [psi, psi]) == 1.0
    assert design_effect([here, half], [psi, -psi]) == pytest.approx((4 + 1 + 4 + 1 + 4) / 12)
    assert design_effect([here], [psi]) == design_effect([here, None], [psi, psi]) == 1.0
    assert design_effect([here, here], [0 * psi, 0 * psi]) == 1.0


def test_influences_by_hand():
    np.testing.assert_allclose(of_auc(SCORES, MEMBER), [1 / 8, -1 / 8, -1 / 8, 1 / 8])
    # at an FPR of a half the threshold is 0, both members and one of two others lie above it; at 1/4 it is 2
    found = of_tpr(SCORES, MEMBER, np.array([0.5]))[0]
    slope = (1 - 0.5) / (1 - 0.25)
    np.testing.assert_allclose(found, [0, 0, -slope * 0.5 / 2, slope * 0.5 / 2])
    # best where the highest score alone is claimed, or the three highest; the first counts: TPR 1/2, FPR 0
    np.testing.assert_allclose(of_accuracy(SCORES, MEMBER), [1 / 8, -1 / 8, 0, 0])


def test_the_influence_on_auc_has_delongs_variance():
    rng = np.random.default_rng(0)
    member = np.arange(500) < 200
    scores = rng.normal(size=500) + member
    psi = of_auc(scores, member)
    _, variance = intervals.delong(scores, member)
    assert (psi**2).sum() == pytest.approx(variance, rel=0.02)
    assert psi[member].sum() == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("of", ["auc", "tpr", "accuracy"])
def test_an_influence_is_what_a_record_more_changes(of):
    """Counting one record twice moves a mean by its influence, to first order (the infinitesimal jackknife)."""
    rng = np.random.default_rng(1)
    member = np.arange(4000) < 2000
    scores = rng.normal(size=4000) + member
    rate = np.array([0.1])
    measure, influence = {
        "auc": (lambda s, m: intervals.delong(s, m)[0], of_auc),
        "tpr": (lambda s, m: float((s[m] > np.sort(s[~m])[-int(0.1 * (~m).sum()) - 1]).mean()), None),
        "accuracy": (lambda s, m: intervals.balanced_accuracy([Places.of(s, m)]).mean, of_accuracy),
    }[of]
    psi = of_tpr(scores, member, rate)[0] if influence is None else influence(scores, member)
    chosen = np.concatenate([rng.choice(np.flatnonzero(kind), 40, replace=False) for kind in (member, ~member)])
    again = [np.append(np.arange(4000), np.repeat(i, 20)) for i in chosen]  # twenty more, beyond one step of a curve
    found = [measure(scores[rows], member[rows]) - measure(scores, member) for rows in again]
    assert np.corrcoef(found, psi[chosen])[0, 1] > 0.9
    assert np.polyfit(psi[chosen], found, 1)[0] == pytest.approx(20, rel=0.25)


def leaks(rng, n):
    """Half of the records leak."""
    return rng.exponential(1.0, n) * (rng.random(n) < 0.5) * 1.6


TRUTH = 0.5 + 0.5 * (float(ndtr(np.random.default_rng(9).exponential(1.6, 200_000) / 2**0.5).mean()) - 0.5)


def games(rng, count, n, shared):
    found, leak = [], leaks(rng, n)
    for _ in range(count):
        member = rng.permutation(n) < n // 2
        scores = rng.normal(size=n) + (leak if shared else leaks(rng, n)) * member
        verdicts = np.tile(scores > 2, (1, 1))
        found.append(Played(member, scores, verdicts, np.ones(1), 0.0, alphas=(0.9,), records=np.arange(n)))
    return found


@pytest.mark.parametrize("count", [8, 24])
def test_intervals_of_shared_records_hold_the_truth(count):
    rng, auc, held, plain = np.random.default_rng(3), METRICS["auc"], 0, 0
    for _ in range(100):
        played = games(rng, count, 400, shared=True)
        of = auc.interval(auc, played, rng)
        alone = intervals.auc([(g.scores, g.member) for g in played])
        held, plain = held + (of.low <= TRUTH <= of.high), plain + (alone.low <= TRUTH <= alone.high)
    assert held >= 90  # P(fewer of 100 | 95 %) < .02
    assert plain < held


def test_records_of_their_own_leave_intervals_as_they_are():
    rng = np.random.default_rng(4)
    played = games(rng, 8, 400, shared=False)
    own = [
        Played(g.member, g.scores, g.verdicts, np.ones(1), 0.0, alphas=(0.9,), records=1000 * k + np.arange(400))
        for k, g in enumerate(played)
    ]
    for key in ("auc", "tpr_at_1%_fpr", "balanced_accuracy"):
        metric = METRICS[key]
        known = metric.interval(metric, own, np.random.default_rng(0))
        unknown = [Played(g.member, g.scores, g.verdicts, np.ones(1), 0.0, alphas=(0.9,)) for g in played]
        assert known == metric.interval(metric, unknown, np.random.default_rng(0))


def test_two_attacks_that_are_alike_differ_no_more_often_than_said():
    """Each finds other records: alike in the population, and not on any records."""
    rng, found = np.random.default_rng(6), np.zeros((2, 3))
    for _ in range(80):
        which, n = rng.random(400) < 0.5, 400
        one, other = (np.where(of, rng.exponential(1.6, n), 0) for of in (which, ~which))
        a, b = [], []
        for _ in range(8):
            member = rng.permutation(n) < n // 2
            for leak, to in ((one, a), (other, b)):
                scores = rng.normal(size=n) + leak * member
                verdicts = np.tile(scores > 2.5, (1, 1))
                to.append(Played(member, scores, verdicts, np.ones(1), 0.0, alphas=(0.9,), records=np.arange(n)))
        for row, kept in enumerate((True, False)):
            for column, key in enumerate(("auc", "tpr_at_1%_fpr", "tp_at_0.9")):
                sides = [a, b] if kept else [[unknown(g) for g in of] for of in (a, b)]
                found[row, column] += METRICS[key].compare(*sides, np.random.default_rng(0)).p < 0.05
    assert (found[0] <= 9).all()  # P(more of 80 | 5 %) < .02
    assert (found[1] > found[0]).all()


def unknown(g):
    return Played(g.member, g.scores, g.verdicts, np.ones(1), 0.0, alphas=(0.9,))


def test_numbers_of_records_that_do_not_fit_are_refused():
    with pytest.raises(ValueError, match=r"expected numbers of records \(4,\), got \(3,\) int64"):
        Played(MEMBER, SCORES, np.zeros((1, 4), bool), np.ones(1), 0.0, alphas=(0.9,), records=np.arange(3))
    assert (
        paired.delong([SCORES], [-SCORES], [MEMBER], 4.0).high
        > paired.delong([SCORES], [-SCORES], [MEMBER]).high - 1e-9
    )


def test_a_difference_knows_shared_records_from_either_side():
    rng = np.random.default_rng(8)
    played = games(rng, 6, 200, shared=True)
    other = games(np.random.default_rng(8), 6, 200, shared=True)
    for game in other:
        object.__setattr__(game, "scores", game.scores + rng.normal(size=200))
    bare = [unknown(g) for g in played], [unknown(g) for g in other]
    for key in ("auc", "tpr_at_1%_fpr", "tp_at_0.9", "advantage_at_0.9"):
        compare = METRICS[key].compare
        both, one, none = (
            compare(a, b, np.random.default_rng(0)).p for a, b in ((played, other), (bare[0], other), bare)
        )
        assert both == one >= none
