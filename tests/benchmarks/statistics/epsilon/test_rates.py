"""Epsilon from rates at a threshold: closed forms, and how often it exceeds the truth, over all outcomes."""

from itertools import product
from math import exp, log

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import binom

from benchmarks.statistics.epsilon import Rates, rates


def bound_of(members, hits, others, alarms, delta=0.0, confidence=0.95):
    return rates(Rates(members, hits, others, alarms), "black-box", delta, confidence).epsilon


@pytest.mark.parametrize("n", [10, 100, 10**6])
@pytest.mark.parametrize("confidence", [0.95, 0.8])
def test_all_right_has_a_closed_form(n, confidence):
    u = -np.expm1(log((1 - confidence) / 2) / n)  # (1 - u)^n is the tail
    assert bound_of(n, n, n, 0, 1e-5, confidence) == pytest.approx(log((1 - u - 1e-5) / u), rel=1e-9)


def test_the_limits_are_exact_and_both_directions_count():
    few = bound_of(1000, 300, 500, 2, confidence=0.9)  # few are claimed, nearly all rightly
    alarms = brentq(lambda u: binom.cdf(2, 500, u) - 0.05, 0, 1)
    misses = brentq(lambda u: binom.cdf(700, 1000, u) - 0.05, 0, 1)
    assert few == pytest.approx(log((1 - misses) / alarms), rel=1e-9)
    assert bound_of(500, 498, 1000, 700, confidence=0.9) == pytest.approx(few, abs=1e-12)  # the mirror image


def test_delta_counts_against_the_rate_and_chance_bounds_nothing():
    assert bound_of(1000, 300, 500, 2, 0.1) < bound_of(1000, 300, 500, 2, 0.01) < bound_of(1000, 300, 500, 2)
    assert bound_of(1000, 300, 500, 2, 0.999) == 0
    assert bound_of(100, 50, 100, 50) == bound_of(1, 1, 1, 0) == bound_of(100, 0, 100, 100) == 0


@pytest.mark.parametrize("epsilon", [0.0, 1.0, 3.0])
@pytest.mark.parametrize("delta", [0.0, 0.05])
def test_the_bound_exceeds_the_truth_at_its_stated_rate_at_most(epsilon, delta):
    n = 60
    bounds = np.array([bound_of(n, hits, n, alarms, delta) for hits, alarms in product(range(n + 1), repeat=2)])
    for fpr in (0.001, 0.01, 1 / (1 + exp(epsilon)), 0.3):
        tpr = min(exp(epsilon) * fpr + delta, 1 - exp(-epsilon) * (1 - fpr - delta))  # as high as is private
        chance = np.outer(binom.pmf(range(n + 1), n, tpr), binom.pmf(range(n + 1), n, fpr)).ravel()
        assert chance @ (bounds > epsilon) <= 0.05
