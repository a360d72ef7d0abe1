"""Epsilon from one run under Gaussian trade-offs: a naive loop, high precision, and Gaussian noise of known mu."""

from functools import cache

import mpmath
import numpy as np
import pytest
from scipy.stats import binom, norm

from benchmarks.statistics.epsilon import Guesses, best, count, f_dp, grid, guess
from benchmarks.statistics.epsilon.bound import greatest
from benchmarks.statistics.epsilon.f_dp import delta_at, epsilon_at, refuted
from benchmarks.statistics.intervals import clopper_pearson

RUNS = 1000
KNOWN = [(1000, 100, 95, 3.32, 1.271), (1000, 100, 80, 1.40, 2.745), (1000, 100, 100, 5.55, 0.816)]
KNOWN += [(1000, 1000, 600, 0.58, 6.10), (5000, 500, 450, 2.78, 1.489)]


@cache
def bound_of(guesses):
    return f_dp(guesses, "black-box")


def naive(m, r, v, mu, level, above, point):
    """The recursion to its end, with any precision; `above` is Phi, `point` its inverse."""
    a, b = level * v / m, level * (r - v) / m
    for i in reversed(range(v)):
        if a >= 1:
            return True
        after = max(b, above(point(a) - mu))
        a, b = a + (after - b) * i / (r - i), after
    return a + b > r / m


@pytest.mark.parametrize(("m", "r", "v", "epsilon", "noise"), KNOWN)
def test_known_values(m, r, v, epsilon, noise):
    assert bound_of(Guesses(m, r, v)).epsilon == pytest.approx(epsilon, abs=5e-3)
    assert 1 / greatest(lambda mu: refuted(Guesses(m, r, v), mu, 0.05)) == pytest.approx(noise, abs=5e-3)


@pytest.mark.parametrize(("m", "r", "v"), [(1000, 100, 95), (1000, 100, 100), (5000, 500, 450), (400, 400, 230)])
def test_the_greatest_mu_is_that_of_high_precision(m, r, v):
    mu = greatest(lambda mu: refuted(Guesses(m, r, v), mu, 0.05))

    def point(p):
        return mpmath.sqrt(2) * mpmath.erfinv(2 * p - 1)

    with mpmath.workdps(40):
        level = mpmath.mpf("0.05")
        assert naive(m, r, v, mu - 1e-7, level, mpmath.ncdf, point)
        assert not naive(m, r, v, mu + 1e-7, level, mpmath.ncdf, point)


def test_refuted_is_what_a_naive_loop_says():
    rng, said = np.random.default_rng(0), []
    for _ in range(300):
        m, r, v = sorted(rng.integers(1, 80, size=3), reverse=True)
        mu, level = rng.exponential(0.5), rng.choice([0.01, 0.05, 0.2])
        said.append(refuted(Guesses(m, r, v), mu, level))
        assert said[-1] == naive(m, r, v, mu, level, norm.cdf, norm.ppf), (m, r, v, mu, level)
    assert 20 < sum(said) < 280


@pytest.mark.parametrize("mu", [0.01, 0.3, 1, 4, 20])
def test_deltas_are_those_of_high_precision_and_of_the_integral(mu):
    for epsilon in (0, 0.01, 1, 5, 30):
        with mpmath.workdps(40):
            exact = mpmath.ncdf(-epsilon / mpmath.mpf(mu) + mpmath.mpf(mu) / 2)
            exact -= mpmath.exp(epsilon) * mpmath.ncdf(-epsilon / mpmath.mpf(mu) - mpmath.mpf(mu) / 2)
        assert delta_at(mu, epsilon) == pytest.approx(float(exact), rel=1e-9, abs=1e-14)
    x = np.linspace(-12, 12 + mu, 400_001)  # the integral of max(0, p1 - e^epsilon p0)
    gap = np.maximum(0, norm.pdf(x, mu) - np.exp(min(mu, 3)) * norm.pdf(x))
    assert delta_at(mu, min(mu, 3)) == pytest.approx(np.trapezoid(gap, x), rel=1e-6)


def test_epsilon_at_a_delta_has_that_delta():
    for mu in (0.5, 1, 5, 25):
        assert delta_at(mu, epsilon_at(mu, 1e-5)) == pytest.approx(1e-5, rel=1e-5)
    assert epsilon_at(0, 1e-5) == 0
    assert epsilon_at(0.1, 0.1) == 0  # 2 Phi(.05) - 1 = .0399


def test_more_right_guesses_bound_more_and_so_do_fewer_tries():
    rising = [bound_of(Guesses(1000, 100, v)).epsilon for v in range(101)]
    assert rising == sorted(rising)
    assert rising[50] == 0 < rising[60]
    tried = [bound_of(Guesses(1000, 100, 90, tried)).epsilon for tried in (1, 2, 7)]
    assert tried == sorted(set(tried), reverse=True)


@pytest.mark.parametrize("level", [0.6, 0.9, 0.999])
def test_one_guess_on_one_record_has_a_closed_form(level):
    """It is right with chance Phi(mu / 2) at best, so that a mu is refuted where this is below the level."""
    mu = greatest(lambda mu: refuted(Guesses(1, 1, 1), mu, level))
    assert mu == pytest.approx(2 * norm.ppf(level), abs=1e-8)


@pytest.mark.parametrize("mu", [0.0, 0.5, 2.0])
def test_the_bound_exceeds_the_truth_at_its_stated_rate_at_most(mu):
    """Exactly, over all outcomes of guesses of which each is right with chance Phi(mu / 2)."""
    for m in (1, 20, 200):
        over = [bound_of(Guesses(m, m, v)).epsilon > epsilon_at(mu, 1e-5) for v in range(m + 1)]
        chance = binom.pmf(range(m + 1), m, norm.cdf(mu / 2)) @ over
        assert chance <= 0.05
        assert chance > 0.01 or mu or m == 1, "the bound is needlessly low"


@pytest.mark.parametrize(("mu", "numbers"), [(0.3, (500,)), (1.0, (100,)), (2.0, (20,)), (1.0, grid(500))])
def test_gaussian_noise_in_a_thousand_runs(mu, numbers):
    """Each record's membership, 0 or mu, is told with N(0, 1) added."""
    rng, over, truth = np.random.default_rng(2), 0, epsilon_at(mu, 1e-5)
    for _ in range(RUNS):
        member = rng.random(500) < 0.5
        over += best(bound_of, rng.normal(size=500) + mu * member, member, numbers, rng).epsilon > truth
    assert clopper_pearson(over, RUNS).low <= 0.05, f"above the truth in {over} of {RUNS}"


def test_scores_that_tell_nothing_bound_nothing_in_95_of_100_runs():
    rng, above = np.random.default_rng(3), 0
    for _ in range(RUNS):
        member = rng.random(300) < 0.5
        above += bound_of(count(guess(rng.normal(size=300), 100, rng), member)).epsilon > 0
    assert clopper_pearson(above, RUNS).low <= 0.05, f"above 0 in {above} of {RUNS}"


def test_no_gaussian_noise_has_an_epsilon_at_delta_0():
    with pytest.raises(ValueError, match="delta above 0"):
        f_dp(Guesses(10, 10, 10), "black-box", delta=0)
