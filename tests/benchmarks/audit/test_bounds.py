"""Bounds on epsilon from the scores of an audit: never above the truth of randomized response, but by chance."""

import numpy as np
import pytest

from benchmarks.audit.bounds import SHARES, bounds
from benchmarks.statistics.epsilon import rates
from benchmarks.statistics.epsilon.bound import Rates
from benchmarks.statistics.epsilon.f_dp import epsilon_at


def response(epsilon, n, rng):
    """Scores of a mechanism that tells each membership truly with odds e^epsilon, and half of the records' tie."""
    member = rng.random(n) < 0.5
    truth = rng.random(n) < 1 / (1 + np.exp(-epsilon))
    return np.where(member == truth, 1.0, 0.0) + rng.integers(3, size=n) * 1e-3, member, rng.random(n) < 0.5


@pytest.mark.parametrize("epsilon", [0.0, 3.0])
def test_bounds_hardly_ever_exceed_a_known_epsilon(epsilon):
    rng, above = np.random.default_rng(0), np.zeros(3, int)
    for _ in range(100):
        above += [of.epsilon > epsilon for of in bounds(*response(epsilon, 200, rng), "simulated", 1e-5)]
    above[1] *= epsilon == 0  # randomized response hides nothing as Gaussian noise does
    assert (above <= 11).all()  # P(more of 100 | 5 %) < .01


def test_bounds_hardly_ever_exceed_that_of_gaussian_noise():
    rng, above, mu = np.random.default_rng(4), np.zeros(3, int), 1.0
    truth = epsilon_at(mu, 1e-5)
    for _ in range(100):
        member, half = rng.random(200) < 0.5, rng.random(200) < 0.5
        scores = rng.normal(size=200) + mu * member
        above += [of.epsilon > truth for of in bounds(scores, member, half, "simulated", 1e-5)]
    assert (above <= 11).all()


def test_bounds_come_near_a_known_epsilon():
    found = bounds(*response(2.0, 20_000, np.random.default_rng(1)), "simulated", 1e-5)
    for of in (found[0], found[2]):
        assert 1.7 < of.epsilon < 2.0
    assert found[1].epsilon > 2.0  # randomized response hides nothing as Gaussian noise does: its assumption fails


def test_rates_are_the_best_of_fixed_shares_at_a_divided_level():
    rng = np.random.default_rng(2)
    member, half = rng.random(1000) < 0.5, np.zeros(1000, bool)
    half[::2] = True
    scores = rng.normal(size=1000) + 2 * member
    best = 0.0
    for share in SHARES:
        claims = np.zeros(1000, bool)
        for of in (half, ~half):
            places = np.flatnonzero(of)[np.argsort(-scores[of])]
            claims[places[: round(share * 500)]] = True
        observed = Rates(
            int(member.sum()), int((claims & member).sum()), int((~member).sum()), int((claims & ~member).sum())
        )
        best = max(best, rates(observed, "", 1e-5, 1 - 0.05 / len(SHARES)).epsilon)
    found = bounds(scores, member, half, "simulated", 1e-5)[2]
    assert found.epsilon == pytest.approx(best)
    assert found.confidence == 0.95
    assert "corrected" in str(bounds(scores, member, half, "simulated", 1e-5)[0].assumptions.observed)
    assert any(f"best of {len(SHARES)}" in need for need in found.assumptions.needs)


def test_raw_scores_of_the_halves_are_never_compared():
    rng = np.random.default_rng(3)
    member, half = rng.random(400) < 0.5, rng.random(400) < 0.5
    scores = rng.normal(size=400) + member
    shifted = np.where(half, 1000 + 7 * scores, scores)
    plain, moved = (bounds(s, member, half, "simulated", 1e-5) for s in (scores, shifted))
    assert [of.epsilon for of in plain] == [of.epsilon for of in moved]
