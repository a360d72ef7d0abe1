"""Epsilon from one run: exact sums, high precision, the paper's loop, and mechanisms of known epsilon."""

from fractions import Fraction
from functools import cache
from math import comb, exp, log

import mpmath
import numpy as np
import pytest
from scipy.stats import binom

from benchmarks.statistics.epsilon import Guesses, best, count, grid, guess, one_run
from benchmarks.statistics.epsilon.one_run import p_value
from benchmarks.statistics.intervals import clopper_pearson

RUNS = 1000


@cache
def bound_of(guesses, delta=0.0):
    return one_run(guesses, "black-box", delta)


def exact(m, r, v, q, delta):
    """The p-value in exact fractions, by the paper's loop."""
    chance = [comb(r, k) * q**k * (1 - q) ** (r - k) for k in range(r + 1)]
    alpha = max((sum(chance[v - i : v]) / i for i in range(1, v + 1)), default=0)
    return min(1, sum(chance[v:]) + 2 * m * delta * alpha)


@pytest.mark.parametrize(
    ("m", "r", "v", "epsilon"),
    [
        (1000, 100, 95, 2.165),
        (1000, 100, 80, 0.955),
        (1000, 100, 100, 3.465),
        (1000, 1000, 600, 0.297),
        (5000, 500, 450, 1.941),
    ],
)
def test_known_values(m, r, v, epsilon):
    assert bound_of(Guesses(m, r, v), 1e-5).epsilon == pytest.approx(epsilon, abs=5e-4)


@pytest.mark.parametrize("odds", [1, 3, 9])
@pytest.mark.parametrize("delta", [Fraction(0), Fraction(1, 500)])
def test_p_values_are_those_of_exact_fractions(odds, delta):
    for r in range(13):
        for v in range(r + 1):
            naive = exact(r + 3, r, v, Fraction(odds, odds + 1), delta)
            made = p_value(Guesses(r + 3, r, v), log(odds), float(delta))
            assert made == pytest.approx(float(naive), rel=1e-12), (r, v)


@pytest.mark.parametrize(
    ("r", "v", "epsilon"), [(20000, 19880, 5), (20000, 10200, 0), (20000, 19999, 6), (3000, 2990, 4)]
)
@pytest.mark.parametrize("delta", [0, 1e-6])
def test_p_values_are_those_of_high_precision(r, v, epsilon, delta):
    with mpmath.workdps(50):
        q = 1 / (1 + mpmath.exp(-epsilon))
        chance = [(1 - q) ** r]
        for k in range(r):
            chance.append(chance[-1] * (r - k) / (k + 1) * q / (1 - q))
        alpha = total = mpmath.mpf(0)
        for i in range(1, v + 1):
            total += chance[v - i]
            alpha = max(alpha, total / i)
        naive = sum(chance[v:]) + 2 * 2 * r * mpmath.mpf(delta) * alpha
    assert 0 < naive < 1
    assert p_value(Guesses(2 * r, r, v), epsilon, delta) == pytest.approx(float(naive), rel=1e-10)


@pytest.mark.parametrize("r", [5, 20, 1000, 10**6])
def test_all_guesses_right_have_a_closed_form(r):
    q = 0.05 ** (1 / r)
    assert bound_of(Guesses(r, r, r)).epsilon == pytest.approx(log(q / -np.expm1(log(0.05) / r)), abs=2e-8)


@pytest.mark.parametrize("r", range(5))
def test_fewer_than_five_guesses_show_nothing(r):
    assert bound_of(Guesses(10, r, r)).epsilon == 0  # 1 / 2^4 > .05


def test_the_bound_is_the_greatest_that_is_refuted():
    for guesses in (Guesses(1000, 100, 80), Guesses(10**6, 10**6, 600_000), Guesses(300, 300, 170, tried=3)):
        epsilon, level = bound_of(guesses, 1e-6).epsilon, 0.05 / guesses.tried
        assert p_value(guesses, epsilon, 1e-6) < level <= p_value(guesses, epsilon + 1e-8, 1e-6)


def test_more_right_guesses_bound_more_and_more_records_less():
    rising = [bound_of(Guesses(1000, 100, v), 1e-5).epsilon for v in range(101)]
    assert rising == sorted(rising)
    assert rising[50] == 0 < rising[60]
    falling = [bound_of(Guesses(m, 100, 90), 1e-4).epsilon for m in (100, 300, 1000, 3000, 10000)]
    assert falling == sorted(set(falling), reverse=True)
    same = {bound_of(Guesses(m, 100, 90), 0.0).epsilon for m in (100, 1000, 10000)}
    assert len(same) == 1
    p = [p_value(Guesses(1000, 100, 90), epsilon, 1e-5) for epsilon in np.linspace(0, 6, 200)]
    assert (np.diff(p) >= 0).all()


@pytest.mark.parametrize("epsilon", [0.0, 0.5, 2.0])
@pytest.mark.parametrize("delta", [0.0, 0.002])
def test_the_bound_exceeds_the_truth_at_its_stated_rate_at_most(epsilon, delta):
    """Exactly, over all outcomes of randomized response that, with chance delta, tells all memberships at once."""
    for m in (1, 7, 60, 200):
        chance = (1 - delta) * binom.pmf(range(m + 1), m, 1 / (1 + exp(-epsilon)))
        chance[m] += delta
        over = [bound_of(Guesses(m, m, v), delta).epsilon > epsilon for v in range(m + 1)]
        assert chance @ over <= 0.05
        assert chance @ over > 0.02 or m < 60 or delta, "the bound is needlessly low"


@pytest.mark.parametrize(("epsilon", "numbers"), [(1.0, (400,)), (1.0, (100,)), (3.0, grid(400)), (0.0, grid(400))])
def test_randomized_response_in_a_thousand_runs(epsilon, numbers):
    """Each membership is told with chance e^epsilon / (1 + e^epsilon), otherwise its opposite."""
    rng, over = np.random.default_rng(0), 0
    for _ in range(RUNS):
        member = rng.random(400) < 0.5
        scores = (member == (rng.random(400) < 1 / (1 + exp(-epsilon)))).astype(float)
        over += best(bound_of, scores, member, numbers, rng).epsilon > epsilon
    assert clopper_pearson(over, RUNS).low <= 0.05, f"above the truth in {over} of {RUNS}"


def test_scores_that_tell_nothing_bound_nothing_in_95_of_100_runs():
    rng, above = np.random.default_rng(1), 0
    for _ in range(RUNS):
        member = rng.random(300) < 0.5
        above += bound_of(count(guess(rng.normal(size=300), 100, rng), member), 1e-5).epsilon > 0
    assert clopper_pearson(above, RUNS).low <= 0.05, f"above 0 in {above} of {RUNS}"
