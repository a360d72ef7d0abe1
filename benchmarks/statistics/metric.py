"""What a metric is: one object that says what it is called, how it is measured and how sure one is of it."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics.played import Played
from benchmarks.statistics.values import FEWEST, NOTHING, Difference, Interval

LIMITS = {"ratio": (0.0, 1.0), "share": (0.0, 1.0), "count": (0.0, math.inf), "number": (-math.inf, math.inf)}


def of_games(metric: Metric, games: Sequence[Played], rng: np.random.Generator) -> Interval:
    """Mean over games with Student's t interval, clipped to what the unit allows; below FEWEST games, the least and
    the greatest value. Of one game both would be the value itself, so nothing.
    """
    from benchmarks.statistics.distributions import student_point

    values = np.array([metric.measure(game) for game in games], float)
    if len(values) < 2 or not np.isfinite(values).all():
        return NOTHING
    mean = float(values.mean())
    if len(values) < FEWEST:
        return Interval(mean, float(values.min()), float(values.max()), "values")
    half = student_point(0.025, len(values) - 1) * float(values.std(ddof=1)) / len(values) ** 0.5
    least, most = LIMITS[metric.unit]
    return Interval(mean, max(mean - half, least), min(mean + half, most))


def everywhere(_games: Sequence[Played]) -> bool:
    """A metric that has something to measure in any games."""
    return True


@dataclass(frozen=True)
class Metric:
    """One number of an attack in K games.

    `unit`: ratio (0.631) and share (63.1 %) lie in [0, 1]; count, whose sum over games is shown; number. `measure`
    gives one game's value, NaN where that game cannot resolve it. `interval` is for the population. `compare`, where
    there is one, tells two attacks on the same games apart. `chance` is what guessing reaches. Where `alpha` is set,
    it measures the verdicts at that demand. `unresolved` says on boards, with {others} non-members a game, why a cell
    is empty; `shown`: whether boards have a column for it. `applies`: whether games have what it measures; records of
    others do not hold it.
    """

    key: str
    title: str
    unit: str
    measure: Callable[[Played], float]
    interval: Callable[[Metric, Sequence[Played], np.random.Generator], Interval] = of_games
    about: str = ""
    compare: Callable[[Sequence[Played], Sequence[Played], np.random.Generator], Difference] | None = None
    higher_is_stronger: bool = True
    chance: float = 0.0
    alpha: float | None = None
    unresolved: str = ""
    shown: bool = True
    applies: Callable[[Sequence[Played]], bool] = everywhere

    def __post_init__(self) -> None:
        if self.unit not in LIMITS:
            raise ValueError(f"metric {self.key}: expected a unit of {', '.join(LIMITS)}, got {self.unit!r}")
