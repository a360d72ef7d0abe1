import numpy as np
import pytest
from scipy.stats import norm

from benchmarks import metrics


def rank(scores, member):
    return metrics.ranking(metrics.ranked(np.array(scores, float), np.array(member, bool)))


def naive_tpr(scores, member, rate):
    best = 0.0
    for t in [*scores, np.inf]:
        claimed = scores >= t
        if claimed[~member].mean() <= rate + 1e-12:
            best = max(best, claimed[member].mean())
    return best


def test_hand_worked_ranking():
    result = rank([4, 3, 2, 1], [1, 0, 1, 0])
    assert result["auc"] == pytest.approx(0.75)  # 3 of the 4 pairs are in order
    assert result["balanced_accuracy"] == pytest.approx(0.75)
    assert np.isnan(result["tpr_at_1%_fpr"])  # two non-members cannot resolve 1 %


def test_ties_count_half_and_the_sign_matters():
    assert rank([1, 1, 1, 1], [1, 0, 1, 0])["auc"] == pytest.approx(0.5)
    assert rank([2, 2, 1, 1], [1, 1, 0, 0])["auc"] == pytest.approx(1.0)
    assert rank([1, 1, 2, 2], [1, 1, 0, 0])["auc"] == pytest.approx(0.0)


@pytest.mark.parametrize("seed", range(5))
def test_rates_equal_a_naive_scan_with_ties(seed):
    rng = np.random.default_rng(seed)
    member = rng.random(500) < 0.5
    scores = np.round(rng.normal(size=500) + member, 1 + seed % 3)
    result = rank(scores, member)
    assert result["tpr_at_1%_fpr"] == pytest.approx(naive_tpr(scores, member, 0.01))
    assert result["tnr_at_1%_fnr"] == pytest.approx(naive_tpr(-scores, ~member, 0.01))
    pairs = scores[member][:, None] - scores[~member][None]
    assert result["auc"] == pytest.approx((pairs > 0).mean() + (pairs == 0).mean() / 2)


def test_weights_are_the_same_as_repeated_records():
    rng = np.random.default_rng(0)
    scores, member, weights = rng.normal(size=300), rng.random(300) < 0.5, rng.integers(0, 3, 300)
    trial = metrics.ranked(scores, member)
    order = np.argsort(-scores, kind="stable")
    repeated = metrics.ranking(metrics.ranked(np.repeat(scores, weights), np.repeat(member, weights)))
    weighted = metrics.ranking(trial, weights[order].astype(float))
    assert weighted["auc"] == pytest.approx(repeated["auc"])
    assert weighted["tpr_at_1%_fpr"] == pytest.approx(repeated["tpr_at_1%_fpr"])


def test_bootstrap_interval_covers_a_known_auc():
    rng = np.random.default_rng(1)
    truth, covered = norm.cdf(1 / np.sqrt(2)), 0
    for _ in range(100):
        member = np.arange(200) < 100
        trial = metrics.ranked(rng.normal(size=200) + member, member)
        interval = metrics.ranking_intervals([trial], rng, draws=200)["auc"]
        covered += interval.low <= truth <= interval.high
    assert 88 <= covered <= 99  # binomial(100, 0.95): outside with probability below 1 %


def test_clopper_pearson_at_its_ends_and_against_a_published_value():
    assert metrics.clopper_pearson(0, 0).mean is None
    zero = metrics.clopper_pearson(0, 10)
    assert zero.low == 0
    assert zero.high == pytest.approx(1 - 0.025**0.1)
    assert metrics.clopper_pearson(10, 10).low == pytest.approx(0.025**0.1)
    half = metrics.clopper_pearson(5, 10)
    assert (half.low, half.high) == pytest.approx((0.1871, 0.8129), abs=1e-4)
