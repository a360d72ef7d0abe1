import numpy as np
import pytest

from benchmarks.statistics import metrics


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
