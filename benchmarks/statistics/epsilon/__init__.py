"""Bounds from below on the epsilon of differential privacy, from what an attack got right. Pure."""

from benchmarks.statistics.epsilon.bound import Assumptions, Bound, Guesses, Rates
from benchmarks.statistics.epsilon.choice import best, count, grid, guess
from benchmarks.statistics.epsilon.f_dp import f_dp
from benchmarks.statistics.epsilon.one_run import one_run
from benchmarks.statistics.epsilon.rates import rates

__all__ = ["Assumptions", "Bound", "Guesses", "Rates", "best", "count", "f_dp", "grid", "guess", "one_run", "rates"]
