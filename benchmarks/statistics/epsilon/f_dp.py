"""Epsilon from one training run of a Gaussian mechanism (Mahloujifar, Melis and Chaudhuri 2024, arXiv 2410.22235)."""

from __future__ import annotations

from math import exp

from scipy.special import log_ndtr, ndtr, ndtri

from benchmarks.statistics.epsilon.bound import Assumptions, Bound, Guesses, check, greatest
from benchmarks.statistics.epsilon.one_run import NEEDS

METHOD = "one run, Gaussian trade-off (Mahloujifar, Melis and Chaudhuri 2024)"
GAUSSIAN = "One record is hidden as by Gaussian noise: the trade-off curve is that of some mu, as DP-SGD's nearly is."


def f_dp(guesses: Guesses, threat: str, delta: float = 1e-5, confidence: float = 0.95) -> Bound:
    """The epsilon at delta of the greatest mu that is refuted at level 1 - confidence; 0 where none is.

    Raises ValueError where delta or confidence is none, and where delta is 0: no Gaussian noise has an epsilon there.
    """
    check(delta, confidence)
    if delta == 0:
        raise ValueError("expected a delta above 0 for the bound by Gaussian trade-offs, such as 1e-5, got 0")
    level = (1 - confidence) / guesses.tried
    epsilon = epsilon_at(greatest(lambda mu: refuted(guesses, mu, level)), delta)
    return Bound(epsilon, delta, confidence, METHOD, Assumptions(threat, guesses, (*NEEDS, GAUSSIAN)))


def refuted(guesses: Guesses, mu: float, level: float) -> bool:
    """Whether as many right guesses have a chance below `level` under f(x) = Phi(Phi^-1(x) - mu).

    `right` and `wrong` are the chances that a record is guessed right, or wrong, in runs with at least v, then at
    least v - 1, v - 2, ... right guesses. They never fall, and the two together cannot be more than r / m.
    """
    m, r, v = guesses.audited, guesses.made, guesses.right
    right, wrong = level * v / m, level * (r - v) / m
    for i in range(v - 1, -1, -1):
        least = float(ndtr(ndtri(right) - mu))
        if least <= wrong:  # and so it stays, for neither grows any more
            return False
        right, wrong = right + i / (r - i) * (least - wrong), least
        if right + wrong > r / m:
            return True
    return False


def epsilon_at(mu: float, delta: float) -> float:
    """The least epsilon of 0 or more with which mu-Gaussian privacy is (epsilon, delta)-private; delta above 0."""
    return greatest(lambda epsilon: delta_at(mu, epsilon) > delta)


def delta_at(mu: float, epsilon: float) -> float:
    """Phi(-epsilon / mu + mu / 2) - e^epsilon Phi(-epsilon / mu - mu / 2) (Dong, Roth and Su 2022, corollary 2.13)."""
    if mu == 0:
        return 0.0
    return float(ndtr(mu / 2 - epsilon / mu)) - exp(epsilon + float(log_ndtr(-mu / 2 - epsilon / mu)))
