"""The one implementation of the ROC curve and of AUC. Pure.

Scores (n,), higher = member; member (n,) bool with both kinds present.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, eq=False)
class Curve:
    """False and true positive rates (G + 1,) at every threshold, from claiming nobody to claiming everybody."""

    fpr: np.ndarray
    tpr: np.ndarray
    members: int
    others: int

    @classmethod
    def of(cls, scores: np.ndarray, member: np.ndarray) -> Curve:
        """Sort once; tied scores share a threshold."""
        order = np.argsort(-scores, kind="stable")
        ends = np.append(np.flatnonzero(np.diff(scores[order]) != 0), len(scores) - 1)
        inside = member[order]
        hits, alarms = (np.append(0, np.cumsum(of)[ends]) for of in (inside, ~inside))
        members, others = int(hits[-1]), int(alarms[-1])
        return cls(alarms / max(others, 1), hits / max(members, 1), members, others)

    def auc(self) -> float:
        """P(member above non-member) + P(tie) / 2: the trapezoid rule."""
        return float((np.diff(self.fpr) * (self.tpr[1:] + self.tpr[:-1]) / 2).sum())

    def tpr_at(self, rates: np.ndarray) -> np.ndarray:
        """The greatest TPR that some threshold reaches without exceeding each FPR of `rates` (G,)."""
        return self.tpr[np.searchsorted(self.fpr, rates + 1e-12, side="right") - 1]

    def tnr_at(self, rate: float) -> float:
        """The greatest TNR that some threshold reaches without exceeding an FNR of `rate`."""
        return float((1 - self.fpr)[1 - self.tpr <= rate + 1e-12][0])

    def balanced_accuracy(self) -> float:
        """(TPR + 1 - FPR) / 2 at its greatest."""
        return float(((self.tpr + 1 - self.fpr) / 2).max())


def ranks(values: np.ndarray) -> np.ndarray:
    """The ranks (n,) of values (n,), from 1; tied values share the mean of theirs."""
    _, place, counts = np.unique(values, return_inverse=True, return_counts=True)
    return (np.cumsum(counts) - (counts - 1) / 2)[place]


def placements(scores: np.ndarray, member: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """For each member the share of non-members below it, for each non-member that of members above it; ties half.

    The mean of either is the AUC; their variances are DeLong's (DeLong, DeLong and Clarke-Pearson 1988).
    """
    every = ranks(scores)
    inside, outside = every[member], every[~member]
    below = (inside - ranks(scores[member])) / len(outside)
    above = 1 - (outside - ranks(scores[~member])) / len(inside)
    return below, above
