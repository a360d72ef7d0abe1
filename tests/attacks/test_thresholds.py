"""Algorithm 2 against a literal transcription of its loops, and against cases worked by hand."""

import numpy as np
import pytest

from attacks import thresholds
from attacks.thresholds import BETAS, candidates, exclusion, inclusion, two_stage


def naive_inclusion(scores, member, alpha):
    """(threshold, TP, precision) by the loops of Algorithm 2."""
    met, every = [], []
    for u in candidates(scores):
        claimed = scores >= u
        tp = int((claimed & member).sum())
        precision = tp / int(claimed.sum())
        every.append((u, tp, precision))
        if precision >= alpha:
            met.append((u, tp, precision))
    if met:
        return max(met, key=lambda c: c[1])  # max keeps the first of equals
    return max(every, key=lambda c: (c[2], c[1])) if every else (np.inf, 0, 0.0)


def naive_exclusion(scores, member, beta):
    met = []
    for u in candidates(scores):
        out = scores < u
        if out.any() and (out & ~member).sum() / out.sum() >= beta:
            met.append((u, int((out & ~member).sum())))
    return max(met, key=lambda c: c[1])[0] if met else np.nan


def naive_two_stage(s0, s1, member, alpha):
    best = (-1.0, 0, np.inf, np.inf)
    for beta in BETAS:
        t0 = naive_exclusion(s0, member, beta)
        if np.isnan(t0):
            continue
        remain = s0 >= t0
        t1, tp, precision = naive_inclusion(s1[remain], member[remain], alpha)
        if tp > 0 and (min(precision, alpha), tp) > best[:2]:
            best = (min(precision, alpha), tp, t0, t1)
    return best[2:]


def cases():
    rng = np.random.default_rng(0)
    for n in (1, 2, 3, 5, 8, 40):
        member = rng.random(n) < 0.5
        yield f"random {n}", rng.normal(size=n) + member, member
        yield f"tied {n}", rng.integers(0, 3, n).astype(float), member
        yield f"constant {n}", np.ones(n), member
        yield f"members {n}", rng.normal(size=n), np.ones(n, bool)
        yield f"others {n}", rng.normal(size=n), np.zeros(n, bool)
    close = np.nextafter(1.0, 2.0)
    yield "adjacent floats", np.array([1.0, close, 1.0, close, np.nextafter(close, 2)]), np.array([1, 0, 0, 1, 1], bool)


CASES = list(cases())
ALPHAS = np.array([0.0, 0.3, 0.5, 2 / 3, 0.75, 0.9, 0.98, 1.0])


@pytest.mark.parametrize(("_name", "scores", "member"), CASES, ids=[c[0] for c in CASES])
def test_single_thresholds_equal_the_naive_loops(_name, scores, member):
    expected = [naive_inclusion(scores, member, a)[0] for a in ALPHAS]
    np.testing.assert_array_equal(inclusion(scores, member, ALPHAS), expected)
    betas = np.array([0.0, 0.1, 0.5, 0.75, 0.999, 1.0])
    np.testing.assert_array_equal(exclusion(scores, member, betas), [naive_exclusion(scores, member, b) for b in betas])


@pytest.mark.parametrize(("_name", "scores", "member"), CASES, ids=[c[0] for c in CASES])
def test_two_stage_equals_the_naive_loops(_name, scores, member):
    other = np.random.default_rng(1).permutation(np.round(scores, 1)) + 0.5 * member
    t0, t1 = two_stage(scores, other, member, ALPHAS)
    for i, alpha in enumerate(ALPHAS):
        assert (t0[i], t1[i]) == naive_two_stage(scores, other, member, alpha)


def test_hand_worked_inclusion():
    scores = np.array([1.0, 2.0, 3.0, 4.0, 5.0])
    member = np.array([0, 1, 0, 1, 1], bool)
    # above 3.5: 2 of 2; above 1.5: 3 of 4
    np.testing.assert_array_equal(inclusion(scores, member, np.array([1.0, 0.75, 0.5])), [3.5, 1.5, 1.5])


def test_a_precision_of_exactly_alpha_is_enough():
    member = np.array([0] + [1] * 49 + [0], bool)  # 49 of the upper 50
    assert inclusion(np.arange(51.0), member, np.array([0.98]))[0] == 0.5


def test_the_unreachable_demand_falls_back_to_the_greatest_precision():
    member = np.array([1, 0, 1, 0], bool)
    assert inclusion(np.arange(4.0), member, np.array([1.0]))[0] == 1.5  # 1 of 2; 1 of 3 below, 0 of 1 above


def test_hand_worked_two_stage_beats_its_second_stage():
    s0 = np.array([0.0, 5.0, 6.0, 7.0, 8.0])  # the non-member with the great s1 has the smallest s0
    s1 = np.array([9.0, 1.0, 2.0, 3.0, 4.0])
    member = np.array([0, 0, 1, 1, 1], bool)
    t0, t1 = two_stage(s0, s1, member, np.array([1.0]))
    claimed = (s0 >= t0[0]) & (s1 >= t1[0])
    # All three members remain; the smallest of them lies below every midpoint (eq. 10), so it stays unclaimed.
    np.testing.assert_array_equal(claimed, [False, False, False, True, True])
    alone = s1 >= inclusion(s1, member, np.array([1.0]))[0]
    assert alone[0]  # without exclusion the non-member is claimed


def test_resampled_thresholds_are_those_of_bootstrap_samples(monkeypatch):
    monkeypatch.setattr(thresholds, "UNSEEN", 0.0)
    rng = np.random.default_rng(0)
    member = rng.random(80) < 0.5
    scores = (rng.normal(size=80) + member).round(1)  # with ties
    alphas = np.array([0.6, 0.9, 1.0])
    found = thresholds.resampled(scores, member, alphas, 30, np.random.default_rng(1))
    again = np.random.default_rng(1)
    for row in found:
        order = np.argsort(scores, kind="stable")
        chosen = order[again.integers(80, size=80)]
        again.poisson(0.0)
        assert row == pytest.approx(thresholds.inclusion(scores[chosen], member[chosen], alphas))


def test_a_resampled_rehearsal_may_hold_a_higher_non_member_than_was_seen(monkeypatch):
    """Members 10, ..., 19 above others 0, ..., 9: without it, no threshold at 1.0 can lie above 19."""
    scores, member = np.arange(20.0), np.arange(20) > 9
    highest = []
    for unseen in (0.0, 1.0):
        monkeypatch.setattr(thresholds, "UNSEEN", unseen)
        found = thresholds.resampled(scores, member, np.array([1.0]), 400, np.random.default_rng(0))[:, 0]
        highest.append((found > 12.5).mean())
    assert highest[0] < 0.02  # three of three members absent, 1 / e^3 of the samples, and a midpoint so high
    assert 0.3 < highest[1] < 0.63  # one is there in 1 - 1 / e of the samples, above half of the members mostly
    assert thresholds.resampled(scores, member, np.array([1.0]), 0, np.random.default_rng(0)).shape == (0, 1)
    for all_alike in (np.ones(20, bool), np.zeros(20, bool)):
        found = thresholds.resampled(scores, all_alike, np.array([0.9]), 5, np.random.default_rng(0))
        assert found.shape == (5, 1)
