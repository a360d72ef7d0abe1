"""Tails and quantiles, as scipy.stats has them to the bit, without its import of most of a second. Pure."""

from __future__ import annotations

from scipy.special import betaincc, betaincinv, expit, ndtr, ndtri, stdtr, stdtrit


def normal_above(z: float) -> float:
    """P(Z > z) of a standard normal variable."""
    return float(ndtr(-z))


def normal_point(tail: float) -> float:
    """The z with P(Z > z) = tail."""
    return float(-ndtri(tail))


def student_above(x: float, freedom: float) -> float:
    """P(T > x) of Student's t; normal at infinitely many degrees of freedom."""
    return float(stdtr(freedom, -x))


def student_point(tail: float, freedom: float) -> float:
    """The x with P(T > x) = tail."""
    return float(-stdtrit(freedom, tail))


def beta_point(below: float, a: float, b: float) -> float:
    """The x with P(X < x) = below, X beta-distributed with parameters a and b above 0."""
    return float(betaincinv(a, b, below))


def binomial_at_least(k: int, n: int, log_odds: float) -> float:
    """P(W >= k) of n trials whose chance has these log odds, which tell chances near 1 apart."""
    return 1.0 if k <= 0 else float(betaincc(n - k + 1, k, expit(-log_odds)))
