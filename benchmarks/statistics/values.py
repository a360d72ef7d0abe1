"""What a statistic comes to: a mean with its interval, a difference with its p value."""

from __future__ import annotations

from dataclasses import dataclass

FEWEST = 4  # targets from which their scatter tells how much models differ
HOLDS = ("population", "targets", "values")


@dataclass(frozen=True)
class Interval:
    """A mean over games and its 95 % interval; all three None where the data cannot resolve the number.

    `holds`, one of HOLDS, says for what: the population of models and records; these targets alone, on other records;
    or it is no interval at all, but the least and the greatest of the targets' own values.
    """

    mean: float | None
    low: float | None
    high: float | None
    holds: str = "population"


NOTHING = Interval(None, None, None)


def holds(trials: int) -> str:
    """For what an interval from the records of so many targets holds."""
    return "targets" if trials < FEWEST else "population"


@dataclass(frozen=True)
class Difference:
    """Attack a minus attack b, its 95 % interval and two-sided p value; all NaN where the data cannot resolve it."""

    difference: float
    low: float
    high: float
    p: float
