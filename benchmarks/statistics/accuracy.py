"""How often models answer rightly, and by how much one lot of models does so more than another. Pure.

Models that are asked about the same records err on the same ones: what records explain is multiplied by a design effect
(`benchmarks.statistics.sharing`), as it is of attacks.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics import intervals
from benchmarks.statistics.sharing import design_effect
from benchmarks.statistics.values import Interval

MARKS = {"1": 1.0, "0": 0.0, "-": np.nan}


@dataclass(frozen=True, eq=False)
class Answers:
    """What K models answer: of each, whether it is right about n records (n,) bool, and the records' numbers (n,)."""

    right: tuple[np.ndarray, ...]
    records: tuple[np.ndarray, ...]

    @property
    def counts(self) -> np.ndarray:
        """Right answers and records of each model, (K, 2)."""
        return np.array([(int(of.sum()), len(of)) for of in self.right])


def accuracy(answers: Answers) -> Interval:
    """The pooled share of right answers, with its 95 % interval."""
    hits, totals = answers.counts.T
    rate = hits.sum() / max(totals.sum(), 1)
    return intervals.share(hits, totals, effect=design_effect(answers.records, [of - rate for of in answers.right]))


def apart(one: np.ndarray, other: np.ndarray) -> tuple[np.ndarray, float]:
    """By how much the accuracy of each of K models is greater than that of the other beside it (K,), and the variance
    by records of the mean of that. Both (K, n): 1 right, 0 wrong, NaN where neither was asked the record.
    """
    lead = one - other
    points = np.nanmean(lead, axis=1)
    psi = np.nan_to_num(lead - points[:, None]) / (~np.isnan(lead)).sum(1, keepdims=True) / len(points)
    records = [np.arange(lead.shape[1])] * len(points)
    return points, float((psi**2).sum()) * design_effect(records, list(psi))


def lines_of(answers: Answers, records: np.ndarray) -> list[str]:
    """K lines of a mark for each of `records` (n,), ascending: 1 right, 0 wrong, - not asked."""
    lines = []
    for right, numbers in zip(answers.right, answers.records, strict=True):
        marks = np.full(len(records), "-")
        marks[np.searchsorted(records, numbers)] = np.where(right, "1", "0")
        lines.append("".join(marks))
    return lines


def from_lines(lines: Sequence[str]) -> np.ndarray:
    """The answers (K, n) of `lines_of`, as `apart` takes them."""
    return np.array([[MARKS[mark] for mark in line] for line in lines])
