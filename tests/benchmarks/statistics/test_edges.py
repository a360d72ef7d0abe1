"""Intervals and p values where data are few, tied or perfectly ranked."""

import numpy as np
import pytest
from scipy.special import betaincinv
from scipy.stats import norm
from scipy.stats import t as student

from benchmarks.statistics import intervals, paired
from benchmarks.statistics.intervals import Places
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import ALPHAS, Played
from benchmarks.statistics.values import NOTHING

SIZES = (1, 2, 3, 5, 50, 238, 5000)


def perfect(n):
    """n members above n others."""
    member = np.arange(2 * n) < n
    return member.astype(float), member


def game(scores, member, claimed=None, resampled=None):
    claims = np.zeros(len(member), bool) if claimed is None else claimed
    more = {} if resampled is None else {"resampled": resampled}
    return Played(member, np.array(scores, float), np.tile(claims, (4, 1)), np.ones(4), 0.0, alphas=ALPHAS, **more)


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("measure", ["auc", "balanced_accuracy"])
def test_a_perfect_attack_is_told_from_guessing_once_chance_cannot_make_it(n, measure):
    """All of n pairs in order: among n binomial draws, 1 - .025^(1/n) may be missed (Clopper and Pearson 1934)."""
    metric = METRICS[measure]
    found = metric.interval(metric, [game(*perfect(n))], np.random.default_rng(0))
    assert (found.mean, found.high, found.holds) == (1, 1, "targets")
    assert (found.low > 0.5) == (n >= 5 or (measure == "balanced_accuracy" and n == 3))
    assert 0.025 ** (1 / n) <= found.low <= 0.025 ** (1 / (2 * n + 1))
    worst = metric.interval(metric, [game(-perfect(n)[0], perfect(n)[1])], np.random.default_rng(0))
    if measure == "balanced_accuracy":  # both rates (n + 1/2) / (n + 1), two binomials of n: 2 n records
        assert found.low == pytest.approx(0.025 ** (1 / (2 * n)))
    if measure == "auc":
        assert (worst.mean, worst.low, worst.high) == pytest.approx((0, 0, 1 - found.low))


@pytest.mark.parametrize("n", SIZES)
@pytest.mark.parametrize("trials", [1, 3, 4, 8])
def test_all_ties_and_perfect_ranks_of_many_trials_have_intervals_of_some_width(n, trials):
    scores, member = perfect(n)
    tied = intervals.auc([(0 * scores, member)] * trials)
    assert tied.low < tied.mean == 0.5 < tied.high
    sure = intervals.auc([(scores, member)] * trials)
    assert intervals.auc([(scores, member)]).low <= sure.low < 1
    assert sure.holds == tied.holds == ("population" if trials >= 4 else "targets")


def test_one_member_among_many_tells_little():
    member = np.arange(101) < 1
    found = intervals.auc([(member.astype(float), member)])
    assert found.mean == 1
    assert found.low < 0.5  # the one member is the highest of 101 by chance in 1 % only, but it is one


def test_perfect_attacks_by_other_metrics():
    metric = METRICS["tpr_at_1%_fpr"]
    for trials in (1, 4):
        found = metric.interval(metric, [game(*perfect(200))] * trials, np.random.default_rng(0))
        assert found.mean == found.high == 1
        assert 0.01 < found.low < 1
        scores, member = perfect(200)
        none = metric.interval(metric, [game(-scores, member)] * trials, np.random.default_rng(0))
        assert none.mean == none.low == 0 < none.high < 0.05


def test_two_targets_far_apart_no_longer_make_an_interval_of_everything():
    """20 and 0 true positives of 1,200 members each: by Student's t of two numbers the interval would be [0, 2219]."""
    member = np.arange(2400) < 1200
    games = [game(np.zeros(2400), member, np.arange(2400) < k) for k in (20, 0)]
    found = METRICS["tp_at_0.98"].interval(METRICS["tp_at_0.98"], games, np.random.default_rng(0))
    exact = intervals.clopper_pearson(20, 2400)
    assert (found.mean, found.holds) == (pytest.approx(10), "targets")
    assert (found.low, found.high) == pytest.approx((exact.low * 1200, exact.high * 1200))
    advantage = METRICS["advantage_at_0.98"].interval(METRICS["advantage_at_0.98"], games, np.random.default_rng(0))
    assert (advantage.low, advantage.high, advantage.holds) == (0, 20 / 1200, "values")


def test_resampled_rehearsals_widen_by_the_variance_of_their_counts():
    """Of 100 members each rehearsal names 20 or 40: variance 100 a game beside the binomial 21 * 71.7 / 101 ..."""
    member, scores = np.arange(200) < 100, np.concatenate([np.arange(100), np.full(100, -1)]).astype(float)
    thresholds = np.tile(np.repeat([60.0, 80.0], 50)[:, None], (1, 4))  # 40 or 20 members, no others
    metric = METRICS["recall_at_0.98"]
    plain, wide = (
        metric.interval(metric, [game(scores, member, scores >= 70, of)] * 4, np.random.default_rng(0))
        for of in (None, thresholds)
    )
    tp, fp = game(scores, member, scores >= 70, thresholds).resampled_counts(0.98)
    assert (set(tp), set(fp)) == ({20, 40}, {0})
    near = 120.5 / 401
    binomial, rehearsed = near * (1 - near) / 400, 4 * np.var([20, 40] * 50, ddof=1) / 400**2
    freedom = 16 * (1 + binomial / rehearsed) ** 2
    point = intervals.student_point(0.025, freedom) / intervals.NORMAL
    records = 400 * binomial / (binomial + rehearsed) / point**2
    exact = intervals.clopper_pearson(0.3 * records, records)
    assert (wide.low, wide.high) == pytest.approx((exact.low, exact.high))
    assert wide.low < plain.low < plain.mean == wide.mean < plain.high < wide.high


@pytest.mark.parametrize(("metric", "games"), [("precision_at_0.98", 1), ("advantage_at_0.98", 1)])
def test_what_a_game_does_not_tell_is_nothing(metric, games):
    found = METRICS[metric].interval(METRICS[metric], [game(*perfect(3))] * games, np.random.default_rng(0))
    assert found == NOTHING


@pytest.mark.parametrize(("n", "least"), [(1, 0.5), (2, 0.05), (3, 0.001), (50, 0.0)])
def test_p_of_a_perfect_attack_against_its_opposite(n, least):
    """Exchanges of 2 n records cannot make p less than 2^(1 - 2 n)."""
    scores, member = perfect(n)
    found = paired.delong([scores], [-scores], [member])
    assert found.difference == 1
    assert max(least, 2.0 ** (1 - 2 * n)) <= found.p <= 1
    assert found.low < 1
    assert (found.p < 0.05) == (n >= 3)
    if n == 1:
        assert found.low <= 0


@pytest.mark.parametrize("n", SIZES[1:])
def test_two_perfect_attacks_are_not_shown_to_be_the_same(n):
    scores, member = perfect(n)
    other = scores + np.linspace(0, 0.5, 2 * n)  # as perfect, in another order
    auc = paired.delong([scores], [other], [member])
    assert (auc.difference, auc.p) == (0, 1)
    assert auc.low < 0 < auc.high
    if n * 0.05 >= 1:
        tpr = paired.tpr_difference([scores], [other], [member], 0.05, np.random.default_rng(0), draws=50)
        assert (tpr.difference, tpr.p) == (0, 1)
        assert tpr.low < 0 < tpr.high
    claims = member & (np.arange(2 * n) % 2 == 0)
    tp = paired.tp_difference([claims], [claims | ~member], [member])
    assert (tp.difference, tp.p, tp.high) == (0, 1, pytest.approx(n * (1 - 0.025 ** (1 / n))))


@pytest.mark.parametrize("scores", [np.zeros(10), np.arange(10.0)], ids=["all ties", "none"])
def test_one_attack_against_itself_has_no_difference(scores):
    member = np.arange(10) % 2 == 0
    for found in (
        paired.delong([scores], [scores], [member]),
        paired.tpr_difference([scores], [3 * scores], [member], 0.2, np.random.default_rng(0)),
        paired.tp_difference([scores > 4], [scores > 4], [member]),
    ):
        assert found == paired.SAME


@pytest.mark.parametrize("n", [2, 3, 5, 10])
def test_few_records_do_not_make_small_p_values_of_equal_attacks(n):
    rng, member = np.random.default_rng(0), np.arange(2 * n) < n
    found = [paired.delong([rng.normal(size=2 * n)], [rng.normal(size=2 * n)], [member]).p for _ in range(600)]
    assert (np.array(found) < 0.05).mean() < 0.085  # 6 % at five a side; by the normal distribution 17 % at two


@pytest.mark.parametrize("trials", [1, 2, 3])
def test_fewer_than_four_targets_are_compared_for_themselves(trials):
    """The scatter of two or three differences plays no part."""
    rng = np.random.default_rng(1)
    member = np.arange(400) < 200
    a = [rng.normal(size=400) + (k + 1) * member for k in range(trials)]
    b = [rng.normal(size=400) + member for _ in range(trials)]
    parts = [paired.delong([x], [y], [member]) for x, y in zip(a, b, strict=True)]
    whole = paired.delong(a, b, [member] * trials)
    errors = [(d.high - d.low) / 2 / intervals.student_point(0.025, 399) for d in parts]
    half = intervals.student_point(0.025, 400 * trials - 1) * np.sum(np.square(errors)) ** 0.5 / trials
    assert (whole.high - whole.low) / 2 == pytest.approx(half)


def test_places_of_one_and_one():
    found = intervals.balanced_accuracy([Places.of(*perfect(1))])
    assert found.low < 0.5


def test_auc_by_hand():
    """Members 5, 3, 1 above 1, 1/2 and 0 of the others 4, 2; these below 1/3 and 2/3 of the members."""
    found = intervals.auc([(np.array([5.0, 3, 1, 4, 2]), np.arange(5) < 3)])
    members = np.var([1, 0.5, 0, 0.5]) / 3  # a record at chance beside them
    others = np.var([1 / 3, 2 / 3, 0.5]) / 2
    least = 2 / (4 * 3**2) / 2  # what it makes beside two that are alike, which is more
    assert found.mean == 0.5
    assert others < least
    records = 0.25 / (members + least)
    end = betaincinv(records / 2 + 0.5, records / 2 + 0.5, 0.975)
    assert (found.low, found.high) == pytest.approx((1 - end, end))


def test_targets_that_scatter_near_one_have_the_farther_ends_of_two_intervals():
    near = np.array([0.99, 0.98, 0.995, 0.9])
    low, high = intervals._scattered(0.966, 50, near)
    exact, probits = intervals.clopper_pearson(0.966 * 50, 50), norm.ppf(near)
    half, wide = student.isf(0.025, 3) * probits.std(ddof=1) / 2, (1 + probits.var(ddof=1)) ** 0.5
    ends = norm.cdf((probits.mean() - half) / wide), norm.cdf((probits.mean() + half) / wide)
    assert (low, high) == pytest.approx((min(exact.low, ends[0]), max(exact.high, ends[1])))
    assert ends[0] < exact.low
    assert intervals._scattered(0.5, 3.0, np.full(4, 0.5)) == (exact_ends(1.5, 3.0))  # here the other is the wider


def exact_ends(hits, total):
    found = intervals.clopper_pearson(hits, total)
    return found.low, found.high
