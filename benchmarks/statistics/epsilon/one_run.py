"""Epsilon from one training run (Steinke, Nasr and Jagielski 2023)."""

from __future__ import annotations

from math import exp, log1p

from scipy.special import betaln, log_expit

from benchmarks.statistics.distributions import binomial_at_least
from benchmarks.statistics.epsilon.bound import Assumptions, Bound, Guesses, check, greatest

METHOD = "one run (Steinke, Nasr and Jagielski 2023)"
COINS = "Whether an audited record was trained on was decided by an independent fair coin a record."
BLIND = "Guesses follow from what the adversary sees, never from memberships."
NEEDS = (COINS, BLIND)


def one_run(guesses: Guesses, threat: str, delta: float = 1e-5, confidence: float = 0.95) -> Bound:
    """The greatest epsilon whose p-value is below 1 - confidence; 0 where none is.

    Raises ValueError where delta or confidence is none.
    """
    check(delta, confidence)
    level = (1 - confidence) / guesses.tried
    epsilon = greatest(lambda epsilon: p_value(guesses, epsilon, delta) < level)
    return Bound(epsilon, delta, confidence, METHOD, Assumptions(threat, guesses, NEEDS))


def p_value(guesses: Guesses, epsilon: float, delta: float) -> float:
    """A bound on the chance of as many right guesses on what is (epsilon, delta)-private.

    With W ~ Bin(r, 1 / (1 + e^-epsilon)): P[W >= v] + 2 m delta max over i of P[v > W >= v - i] / i.
    """
    r, v = guesses.made, guesses.right
    beta = binomial_at_least(v, r, epsilon)
    alpha = _steepest(r, v, epsilon) if delta and v else 0.0
    return min(1.0, beta + 2 * guesses.audited * delta * alpha)


def _steepest(r: int, v: int, epsilon: float) -> float:
    """Max over i = 1..v of P[v > W >= v - i] / i: the mean of P[W = v - 1], ..., P[W = v - i].

    These rise to the mode and fall from there, so the mean grows as long as the next one is not below it: bisection.
    """
    beyond = binomial_at_least(v, r, epsilon)

    def mean(i: int) -> float:
        return (binomial_at_least(v - i, r, epsilon) - beyond) / i

    low, high = 1, v
    while low < high:
        i = (low + high + 1) // 2
        low, high = (i, high) if _exactly(v - i, r, epsilon) >= mean(i - 1) else (low, i - 1)
    return mean(low)


def _exactly(k: int, r: int, epsilon: float) -> float:
    """P[W = k]."""
    chosen = -betaln(r - k + 1, k + 1) - log1p(r)
    return exp(chosen + k * log_expit(epsilon) + (r - k) * log_expit(-epsilon))
