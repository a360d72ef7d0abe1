"""Intervals against closed forms, published values, and the truth of simulated populations."""

import numpy as np
import pytest
from scipy.stats import binom, norm

from benchmarks.statistics import intervals
from benchmarks.statistics.intervals import Places

SIMULATIONS = 400


@pytest.mark.parametrize(
    ("trials", "records", "leak", "scatter"),
    [(1, 2000, 0.5, 0.0), (1, 300, 1.0, 0.0), (4, 1000, 0.5, 0.06), (8, 300, 0.5, 0.1), (4, 1000, 1.0, 0.3)],
    ids=["one model", "one model, few records", "models alike", "models that differ", "models that differ much"],
)
def test_intervals_cover_the_truth_of_a_population(trials, records, leak, scatter):
    """Scores N(0, 1), a member's N(leak of its model, 1); verdicts at a fixed threshold."""
    rng = np.random.default_rng(0)
    leaks = norm.ppf((np.arange(2000) + 0.5) / 2000) * scatter + leak
    threshold, member = 2.0, np.arange(2 * records) < records
    tp, fp = norm.sf(threshold - leaks).mean(), norm.sf(threshold)
    truth = {
        "auc": norm.cdf(leaks / 2**0.5).mean(),
        "tpr": norm.sf(norm.isf(0.01) - leaks).mean(),
        "precision": tp / (tp + fp),
    }
    covered = dict.fromkeys(truth, 0)
    for _ in range(SIMULATIONS):
        leaks = rng.normal(leak, scatter, trials)
        made = [(rng.normal(size=2 * records) + own * member, member) for own in leaks]
        hits, alarms = (np.array([(s[of] >= threshold).sum() for s, _ in made]) for of in (member, ~member))
        _, low, high = intervals.true_positive_rates([Places.of(*t) for t in made], np.array([0.01]), rng)
        auc, precision = intervals.auc(made), intervals.share(hits, hits + alarms)
        ends = {"auc": (auc.low, auc.high), "tpr": (low[0], high[0]), "precision": (precision.low, precision.high)}
        for name, (start, end) in ends.items():
            covered[name] += start <= truth[name] <= end
    # true coverage between 93 and 97 %, seen through a binomial count
    least, most = binom.ppf(0.005, SIMULATIONS, 0.93), binom.ppf(0.995, SIMULATIONS, 0.97)
    assert all(least <= count <= most for count in covered.values()), covered


def test_clopper_pearson_at_its_ends_and_against_a_published_value():
    assert intervals.clopper_pearson(0, 0).mean is None
    zero = intervals.clopper_pearson(0, 10)
    assert zero.low == 0
    assert zero.high == pytest.approx(1 - 0.025**0.1)
    assert intervals.clopper_pearson(10, 10).low == pytest.approx(0.025**0.1)
    half = intervals.clopper_pearson(5, 10)
    assert (half.low, half.high) == pytest.approx((0.1871, 0.8129), abs=1e-4)


def test_a_share_of_trials_that_agree_is_clopper_pearsons_and_of_others_wider():
    alike = intervals.share(np.array([5, 5]), np.array([10, 10]))
    pooled = intervals.clopper_pearson(10, 20)
    assert (alike.low, alike.high) == (pooled.low, pooled.high)
    assert alike.holds == "targets"
    apart = intervals.share(np.array([1, 9, 2, 8]), np.array([10, 10, 10, 10]))
    single = intervals.clopper_pearson(20, 40)
    assert (apart.mean, apart.holds) == (0.5, "population")
    assert apart.low < single.low < single.high < apart.high


def test_the_error_of_a_mean_is_the_records_or_the_trials_whichever_is_greater():
    assert intervals.error_of_mean(np.array([1.0]), 0.04) == (0.2, np.inf)
    assert intervals.error_of_mean(np.array([1.0, 1.0, 1.0]), 0.04) == (0.2, np.inf)
    four = np.array([0.1, 0.2, 0.3, 0.4])  # variance 1 / 60, of the mean 1 / 240
    assert intervals.error_of_mean(four, 0.0003) == (pytest.approx(240**-0.5), 3)
    assert intervals.error_of_mean(four, 0.01) == (0.1, np.inf)
    for few in (four[:2], four[:3]):  # two or three cannot tell how much models differ
        assert intervals.error_of_mean(few, 0.0001) == (0.01, np.inf)


def test_auc_of_one_trial_is_delongs_normal_interval_near_one_half():
    rng = np.random.default_rng(3)
    scores, member = rng.normal(size=4000), np.arange(4000) < 2000
    interval = intervals.auc([(scores, member)])
    half = 1.96 * np.sqrt(2 / 12 / 2000)  # the placements are uniform on [0, 1] without a leak
    assert (interval.high - interval.low) / 2 == pytest.approx(half, rel=0.03)
    apart = intervals.auc([(member.astype(float), member)])
    assert apart.mean == 1
    assert 0.99 < apart.low < 1


def test_places_by_hand_and_their_ends():
    trial = Places.of(np.array([9.0, 7, 7, 5, 3]), np.array([True, False, True, False, True]))
    assert trial.above.tolist() == [1, 2]  # ties do not lie above
    rng = np.random.default_rng(0)
    mean, low, high = intervals.true_positive_rates([trial], np.array([0.0, 1 / 3, 2 / 3, 1.0]), rng)
    # places 0, 1 + 1/4 * 2/3 * 2/3, 2 + 1/4 * 1/3 and 3 between 0, 1, 2 and 3 members
    assert mean == pytest.approx([0, (1 + 1 / 9) / 3, (2 + 1 / 12) / 3, 1])
    assert (low <= mean).all()
    assert (mean <= high).all()


def test_scores_with_two_values_have_no_rate_below_their_own():
    member = np.arange(2000) < 1000
    scores = np.ones(2000)
    scores[[0, 1, 1000]] = 0
    _, _, high = intervals.true_positive_rates([Places.of(scores, member)], np.array([0.01]), np.random.default_rng(0))
    assert high[0] < 0.01


def test_best_balanced_accuracy_by_hand():
    trial = Places.of(np.array([4.0, 3, 2, 1]), np.array([True, False, True, False]))
    assert intervals.balanced_accuracy([trial]).mean == pytest.approx(0.75)


def test_two_trials_that_err_alike_tell_no_more_than_one():
    rng = np.random.default_rng(3)
    member = np.arange(400) < 200
    scores = rng.normal(size=400) + member
    one, both = [(scores, member)], [(scores, member)] * 2

    def ends(of):
        return [of.mean, of.low, of.high]

    assert ends(intervals.auc(both, 2.0)) == pytest.approx(ends(intervals.auc(one)))
    assert ends(intervals.auc(both, 1.0))[1] > ends(intervals.auc(one))[1]
    places = [[Places.of(*trial) for trial in trials] for trials in (one, both)]
    assert ends(intervals.balanced_accuracy(places[1], 2.0)) == pytest.approx(
        ends(intervals.balanced_accuracy(places[0]))
    )
    rates = np.array([0.01, 0.1])
    alone = intervals.true_positive_rates(places[0], rates, np.random.default_rng(0))
    alike = intervals.true_positive_rates(places[1], rates, np.random.default_rng(0), 2.0)
    np.testing.assert_allclose(alike, alone, atol=0.02)
    hits, total = np.array([30]), np.array([200])
    alone = ends(intervals.share(hits, total))
    assert ends(intervals.share(np.tile(hits, 2), np.tile(total, 2), effect=2.0)) == pytest.approx(alone)
    rehearsed = ends(intervals.share(hits, total, 1e-4))
    assert ends(intervals.share(np.tile(hits, 2), np.tile(total, 2), 1e-4, effect=2.0)) == pytest.approx(
        rehearsed, abs=0.01
    )
