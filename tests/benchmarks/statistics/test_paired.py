import time

import numpy as np
import pytest
from scipy.stats import binomtest, kstest
from scipy.stats import t as student

from benchmarks.statistics import paired


def pair(rng, n=400, trials=1, alike=0.7, leak_a=1.0, leak_b=1.0, scatter=0.0):
    """Scores of two attacks with a common part, and who is a member; `scatter` makes the models differ."""
    a, b, member = [], [], []
    for _ in range(trials):
        inside = rng.permutation(n) < n // 2
        common = rng.normal(size=n)
        for scores, leak in ((a, leak_a), (b, leak_b)):
            own = rng.normal(size=n)
            scores.append(alike * common + (1 - alike**2) ** 0.5 * own + (leak + scatter * rng.normal()) * inside)
        member.append(inside)
    return a, b, member


def naive_auc(scores, member):
    gaps = scores[member][:, None] - scores[~member][None]
    return (gaps > 0) + (gaps == 0) / 2


def test_delong_equals_the_definition_with_ties():
    rng = np.random.default_rng(0)
    trials = [pair(rng, n=60) for _ in range(3)]
    a, b, member = ([t[i][0] for t in trials] for i in range(3))
    a, b = [x.round(1) for x in a], [x.round(0) for x in b]
    points, variances = [], []
    for x, y, m in zip(a, b, member, strict=True):
        wins = [naive_auc(s, m) for s in (x, y)]  # (members, others)
        inside, outside = (np.cov(np.stack([w.mean(axis) for w in wins])) for axis in (1, 0))
        covariance = inside / m.sum() + outside / (~m).sum()
        points.append(wins[0].mean() - wins[1].mean())
        variances.append(covariance[0, 0] + covariance[1, 1] - 2 * covariance[0, 1])
        alone = paired.delong([x], [y], [m])
        assert alone.difference == pytest.approx(points[-1])
        assert (alone.high - alone.low) / 2 == pytest.approx(student.isf(0.025, 59) * variances[-1] ** 0.5)
    whole = paired.delong(a, b, member)
    assert whole.difference == pytest.approx(np.mean(points))
    error = max(np.sum(variances) / 9, np.var(points, ddof=1) / 3) ** 0.5
    assert whole.high - whole.difference >= 1.959963 * error


def test_trials_that_scatter_more_than_their_records_widen_the_interval_by_hand():
    points, within = np.array([0.1, 0.2, 0.3, 0.4]), 0.0003  # mean 0.25, variance 1 / 60, of the mean 1 / 240
    z, half = paired._between(points, within)
    assert half * 240**0.5 == pytest.approx(3.182, abs=1e-3)  # t's quantile at 3 degrees of freedom
    assert z == pytest.approx(2.164, abs=1e-3)  # 3.873 at 3 degrees of freedom: a tail of 1.5 % a side
    assert paired._between(points, 0.01)[0] == pytest.approx(2.5)  # here the records explain it all: 0.25 / 0.1
    assert paired._between(points[:3], within)[0] == pytest.approx(0.2 / 0.0003**0.5)  # of three, the records alone


def naive_tpr(scores, member, rate):
    best = 0.0
    for threshold in [*scores, np.inf]:
        claimed = scores >= threshold
        if claimed[~member].mean() <= rate + 1e-12:
            best = max(best, claimed[member].mean())
    return best


@pytest.mark.parametrize("seed", range(4))
def test_every_exchange_gives_the_difference_of_a_naive_scan(seed):
    rng = np.random.default_rng(seed)
    [a], [b], [member] = pair(rng, n=150, alike=(0.999, 0.0, -0.9, 0.5)[seed])
    a, b = paired.ranks(a.round(2 - seed % 2)), paired.ranks(b.round(1))
    rate = 0.05
    exchange = paired._Exchange.of(a, b, member, rate)
    kept = []  # where the kept records lie among all
    floor = np.sort(np.minimum(a, b)[~member])[-1 - exchange.allowed]
    upper = np.maximum(a, b)
    kept = np.concatenate([np.flatnonzero(~member & (upper >= floor)), np.flatnonzero(member & (upper > floor))])
    assert exchange.size == len(kept)
    for _ in range(20):
        whole = rng.random(150) < 0.5
        x, y = np.where(whole, b, a), np.where(whole, a, b)
        expected = naive_tpr(x, member, rate) - naive_tpr(y, member, rate)
        assert exchange.difference(whole[kept][None])[0] == pytest.approx(expected)


def test_tpr_difference_is_that_of_the_thresholds_and_antisymmetric():
    a, b, member = pair(np.random.default_rng(3), n=1000, trials=2, leak_a=2.0)
    result = paired.tpr_difference(a, b, member, 0.01, np.random.default_rng(0))
    tprs = [[naive_tpr(s, m, 0.01) for s, m in zip(x, member, strict=True)] for x in (a, b)]
    assert result.difference == pytest.approx(np.mean(tprs[0]) - np.mean(tprs[1]))
    other = paired.tpr_difference(b, a, member, 0.01, np.random.default_rng(0))
    assert (other.difference, other.low) == pytest.approx((-result.difference, -result.high))
    same = paired.tpr_difference(a, a, member, 0.01, np.random.default_rng(0))
    assert (same.difference, same.low, same.high, same.p) == (0, 0, 0, 1)


def test_the_order_of_scores_is_all_that_matters():
    a, b, member = pair(np.random.default_rng(4), n=600, leak_a=2.0)
    one = paired.tpr_difference(a, b, member, 0.02, np.random.default_rng(0))
    two = paired.tpr_difference([np.exp(x) for x in a], b, member, 0.02, np.random.default_rng(0))
    assert one == two


def test_too_few_records_for_the_rate_give_nan():
    a, b, member = pair(np.random.default_rng(5), n=100)
    assert np.isnan(paired.tpr_difference(a, b, member, 0.01, np.random.default_rng(0)).p)


def test_tp_difference_is_the_sign_test_on_what_one_alone_claims():
    member = [np.arange(30) < 20]
    a, b = [np.arange(30) < 12], [np.isin(np.arange(30), [0, 1, 15, 25])]  # alone: 10 against 1; 25 is no member
    result = paired.tp_difference(a, b, member)
    assert result.difference == 9
    assert result.p == pytest.approx(binomtest(10, 11, 0.5).pvalue)  # 24 / 2048
    exact = binomtest(10, 11).proportion_ci(0.95, "exact")
    assert (result.low, result.high) == pytest.approx((11 * (2 * exact.low - 1), 11 * (2 * exact.high - 1)))
    assert paired.tp_difference(a, a, member) == paired.Difference(0, 0, 0, 1)


def test_one_model_that_makes_the_difference_alone_convinces_less():
    one, none, member = np.arange(100) < 40, np.zeros(100, bool), np.ones(100, bool)
    spread = [np.arange(100) < 10] * 4
    even = paired.tp_difference(spread, [none] * 4, [member] * 4)
    lone = paired.tp_difference([one, none, none, none], [none] * 4, [member] * 4)
    assert even.difference == lone.difference == 40
    assert even.p < 1e-9
    assert lone.p > 0.05
    assert lone.low < 0 < even.low


def test_holm_by_hand():
    assert paired.holm([0.01, 0.04, 0.03]) == pytest.approx([0.03, 0.06, 0.06])
    assert paired.holm([0.5, 0.9]) == pytest.approx([1.0, 1.0])
    corrected = paired.holm([np.nan, 0.02, 0.03])
    assert np.isnan(corrected[0])
    assert corrected[1:] == pytest.approx([0.04, 0.04])
    assert paired.holm([]) == []


@pytest.mark.parametrize(("trials", "alike"), [(1, 0.7), (3, 0.9)])
def test_on_null_data_p_is_uniform_and_the_interval_covers(trials, alike):
    rng = np.random.default_rng(6)
    auc, tpr = [], []
    for _ in range(300):
        a, b, member = pair(rng, n=400, trials=trials, alike=alike)
        auc.append(paired.delong(a, b, member))
        tpr.append(paired.tpr_difference(a, b, member, 0.05, rng, draws=400))
    one_sided = kstest([d.p for d in auc], "uniform", alternative="greater").pvalue  # never too many small ones
    assert one_sided > 0.01
    for results in (auc, tpr):
        p = np.array([d.p for d in results])
        assert (p < 0.05).sum() <= 26  # of 300; binomial(300, 0.05) passes with 99.8 %
        assert (p < 0.5).sum() >= 110  # nor are they all large
        assert abs(np.mean([d.low <= 0 <= d.high for d in results]) - 0.96) < 0.035


def test_models_that_differ_do_not_make_an_attack_better():
    """Each model favours one of two equally good attacks: looking at records alone finds a difference, wrongly."""
    rng, false = np.random.default_rng(7), {"auc": 0, "tpr": 0, "tp": 0}
    for _ in range(200):
        a, b, member = pair(rng, n=400, trials=8, scatter=0.3)
        false["auc"] += paired.delong(a, b, member).p < 0.05
        false["tpr"] += paired.tpr_difference(a, b, member, 0.05, rng, draws=300).p < 0.05
        claims = [[x > 1.5 for x in scores] for scores in (a, b)]
        false["tp"] += paired.tp_difference(*claims, member).p < 0.05
    assert max(false.values()) <= 22, (
        false
    )  # 7 % with eight models, as binomial(200, 0.07) allows; by records alone: 35 %


def test_a_real_difference_is_found_and_covered():
    rng = np.random.default_rng(8)
    a, b, member = pair(rng, n=20000, trials=2, leak_a=2.0, leak_b=1.5)
    result = paired.delong(a, b, member)
    assert result.low < 0.9214 - 0.8556 < result.high  # Phi(leak / sqrt 2)
    assert result.p < 1e-3
    rate = paired.tpr_difference(a, b, member, 0.01, rng)
    assert rate.low < 0.3721 - 0.2044 < rate.high  # 1 - Phi(2.3263 - leak)
    assert rate.p < 1e-6


def test_fast_enough_for_a_table_of_all_pairs():
    rng = np.random.default_rng(9)
    for n, trials, seconds in ((24000, 2, 1.0), (600, 8, 0.3)):
        a, b, member = pair(rng, n=n, trials=trials)
        begun = time.process_time()
        paired.delong(a, b, member)
        paired.tpr_difference(a, b, member, 0.01, rng)
        assert time.process_time() - begun < seconds
