"""What a statistic comes to: a mean with its interval, a difference with its p value."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Interval:
    """A mean over games and its 95 % interval; all three None where the data cannot resolve the number."""

    mean: float | None
    low: float | None
    high: float | None


NOTHING = Interval(None, None, None)


@dataclass(frozen=True)
class Difference:
    """Attack a minus attack b, its 95 % interval and two-sided p value; all NaN where the data cannot resolve it."""

    difference: float
    low: float
    high: float
    p: float
