"""Verdicts with a guarantee: conformal p-values, and the claims of Benjamini and Hochberg. Pure.

The others are m known non-members of the target. Where an audited non-member's score and theirs are exchangeable, the
expected share of non-members among the claims is at most 1 - alpha, whatever the scores' distribution and although all
p-values share the same others (Bates, Candès, Lei, Romano and Sesia 2023; for scores worked out for all records at
once, Marandon, Lei, Mary and Roquain 2024). A claim of nobody counts as a share of 0. The bound is in truth that much
times the share of non-members among the audited records, which the rule does not know.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics.values import NOTHING, Interval

DRAWS = 100  # samples of the others drawn anew, for the error that they make


def p_values(scores: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(n,) p = (1 + the others (m,) whose score is at least a record's) / (m + 1), of scores (n,)."""
    below = np.searchsorted(np.sort(others), scores, side="left")
    return (1 + len(others) - below) / (len(others) + 1)


def claimed(p: np.ndarray, alphas: np.ndarray) -> np.ndarray:
    """(A, n) bool: what Benjamini and Hochberg (1995) reject at level 1 - alpha of `alphas` (A,), of p-values (n,)."""
    return p <= _greatest(np.sort(p), alphas)[:, None]


def _greatest(ordered: np.ndarray, alphas: np.ndarray) -> np.ndarray:
    """(A,) the greatest p_(k), of p-values (n,) that ascend, that is at most k (1 - alpha) / n; -1 where none is."""
    levels = np.round(1 - alphas, 12) * (1 + 1e-12)  # so that what is equal in decimals is equal
    met = ordered * len(ordered) <= np.arange(1, len(ordered) + 1) * levels[:, None]
    last = len(ordered) - 1 - np.argmax(met[:, ::-1], axis=1)
    return np.where(met.any(1), ordered[last], -1.0)


@dataclass(frozen=True, eq=False)
class Conformal:
    """p-values (n,) of one game's audited records, which are ranks among `others` non-members."""

    p: np.ndarray
    others: int

    def __post_init__(self) -> None:
        if self.others < 1 or self.p.ndim != 1 or self.p.dtype != np.float64:
            raise ValueError(f"expected p-values (n,) among 1 other or more, got {self.p.shape} among {self.others}")
        if not ((self.p >= 1 / (self.others + 1)) & (self.p <= 1)).all():
            raise ValueError(f"expected p-values from 1 / {self.others + 1} to 1")

    def counts(self, member: np.ndarray, alpha: float) -> tuple[int, int]:
        """True and false positives among the claims at one demand; `member` (n,) bool is the truth."""
        claims = claimed(self.p, np.array([alpha]))[0]
        return int((claims & member).sum()), int((claims & ~member).sum())

    def resampled_counts(
        self, member: np.ndarray, alpha: float, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        """The same counts, each (S,), under S bootstrap samples (Efron 1979) of the others."""
        order = np.argsort(self.p, kind="stable")
        above = np.rint(self.p[order] * (self.others + 1)).astype(int) - 1  # how many of the others
        hits, claims = np.concatenate([[0], np.cumsum(member[order])]), []
        for drawn in rng.multinomial(self.others, np.full(self.others, 1 / self.others), size=DRAWS):
            p = (1 + np.concatenate([[0], np.cumsum(drawn)])[above]) / (self.others + 1)
            claims.append(np.searchsorted(p, _greatest(p, np.array([alpha]))[0], side="right"))
        return hits[claims], np.array(claims) - hits[claims]


def precision(
    said: Sequence[tuple[Conformal, np.ndarray]], alpha: float, rng: np.random.Generator, effect: float = 1.0
) -> Interval:
    """The share of members among all claims of K games, each with its membership (n,) bool; None of no claims.

    The interval is the one of precision under thresholds from a rehearsal: what varies beside the records is which
    others there were, in place of which records the rehearsal had.
    """
    from benchmarks.statistics.intervals import share  # its import takes long, and reading a record needs it not

    counts = np.array([of.counts(member, alpha) for of, member in said])
    totals = counts.sum(1)
    if not totals.sum():
        return NOTHING
    rate, variance = float(counts[:, 0].sum() / totals.sum()), 0.0
    for of, member in said:
        tp, fp = of.resampled_counts(member, alpha, rng)
        variance += float(np.var(tp - rate * (tp + fp), ddof=1))
    return share(counts[:, 0], totals, variance / float(totals.sum()) ** 2, effect)
