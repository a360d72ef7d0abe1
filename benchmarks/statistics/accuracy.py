"""How often models answer rightly, and by how much one lot of models does so more than another. Pure.

Models that are asked about the same records err on the same ones: what records explain is multiplied by a design effect
(`benchmarks.statistics.sharing`), as it is of attacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics import intervals
from benchmarks.statistics.distributions import student_point
from benchmarks.statistics.sharing import design_effect
from benchmarks.statistics.values import Interval, holds


@dataclass(frozen=True, eq=False)
class Answers:
    """What K models answer: of each, whether it is right about n records (n,) bool, and the records' numbers (n,)."""

    right: Sequence[np.ndarray]
    records: Sequence[np.ndarray]

    @property
    def counts(self) -> np.ndarray:
        """Right answers and records of each model, (K, 2)."""
        return np.array([(int(of.sum()), len(of)) for of in self.right])


def accuracy(answers: Answers) -> Interval:
    """The pooled share of right answers, with its 95 % interval."""
    hits, totals = answers.counts.T
    rate = hits.sum() / max(totals.sum(), 1)
    return intervals.share(hits, totals, effect=design_effect(answers.records, [of - rate for of in answers.right]))


def lead(one: Answers, other: Answers, comparisons: int = 1) -> Interval:
    """By how much the accuracy of K models is greater than that of the other K beside them, on the same records.

    The variance by records is that of Bonett and Price (2012), with a record more that each of both alone gets right.
    The interval is of 95 %, wider where it is one of several `comparisons` (Bonferroni's). Raises ValueError where the
    k-th models of both were asked about different records.
    """
    if not all(map(np.array_equal, one.records, other.records)):
        raise ValueError("expected both to be asked about the same records")
    leads = [a.astype(float) - b for a, b in zip(one.right, other.right, strict=True)]
    points = np.array([of.mean() for of in leads])
    effect = design_effect(one.records, [(of - of.mean()) / len(of) for of in leads])
    within = sum(map(_variance, leads)) / len(leads) ** 2 * effect
    error, freedom = intervals.error_of_mean(points, within)
    mean, half = float(points.mean()), student_point(0.025 / comparisons, freedom) * error
    return Interval(mean, max(mean - half, -1.0), min(mean + half, 1.0), holds(len(leads)))


def _variance(of: np.ndarray) -> float:
    """That of the mean of n differences (n,), each 1, 0 or -1, as if there were one more of 1 and one of -1."""
    more = len(of) + 2
    return float((of**2).sum() + 2 - of.sum() ** 2 / more) / more**2


def lines_of(answers: Answers, records: np.ndarray) -> list[str]:
    """K lines of a mark for each of `records` (n,), ascending: 1 right, 0 wrong, - not asked."""
    lines = []
    for right, numbers in zip(answers.right, answers.records, strict=True):
        marks = np.full(len(records), "-")
        marks[np.searchsorted(records, numbers)] = np.where(right, "1", "0")
        lines.append("".join(marks))
    return lines


def from_lines(lines: Sequence[str]) -> Answers:
    """The answers in `lines_of`, of records that are numbered by their places."""
    marks = [np.array(list(line)) for line in lines]
    asked = [np.flatnonzero(of != "-") for of in marks]
    return Answers([of[at] == "1" for of, at in zip(marks, asked, strict=True)], asked)
