"""A logistic regression a record on whether augmented copies are predicted rightly (Aerni, Zhang and Tramèr 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.ranges import check

STEPS = 25  # of Newton's method; it has converged long before
BLOCK = 1 << 22  # numbers that are worked on at a time


@dataclass(frozen=True)
class LabelRegression(Attack):
    """Only the predicted label is used: which of a record's augmented copies the model gets right.

    Whether a reference model saw the record is regressed on these bits, for each record on its own, with an L2 penalty
    (1 / 2C) |w|^2 that spares the intercept. The score is the log odds of the target's bits.
    """

    reference = "Aerni et al. 2024, section 4"
    access = "label"
    needs = "shadow"
    queries: tuple[str, ...] = ("clean", "flips-shifts")
    C: float = 1.0

    def __post_init__(self) -> None:
        check(self, C=(1e-9, 1e9))

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log odds. Raises ValueError where there are no reference models."""
        return regressed(evidence, self.C)


def regressed(evidence: Evidence, penalty: float) -> np.ndarray:
    """(n,) log odds of what the target gets right of each record's copies, by a regression on its reference models.

    Raises ValueError where there are none.
    """
    if not len(evidence.trained_on):
        raise ValueError("this attack needs reference models, and there are none")
    own, references = evidence.signal("correct")
    seen = evidence.trained_on
    step = max(1, BLOCK // max(1, references.shape[0] * references.shape[2] ** 2))
    blocks = [slice(start, start + step) for start in range(0, len(own), step)]
    return np.concatenate([log_odds(own[b], references[:, b], seen[:, b], penalty) for b in blocks])


def log_odds(own: np.ndarray, references: np.ndarray, seen: np.ndarray, penalty: float) -> np.ndarray:
    """(n,) log odds of `own` (n, Q) after regressions of `seen` (R, n) on `references` (R, n, Q), one a record.

    Newton's method for all records at once; the penalty is C. Half a case is added to each side for the intercept
    alone, so that a record without one side stays finite.
    """
    x = np.concatenate([np.ones((*references.shape[:2], 1)), references], axis=2).transpose(1, 0, 2)  # (n, R, Q + 1)
    y = seen.T.astype(np.float64)
    n, _, width = x.shape
    weights = np.zeros((n, width))
    ridge = np.full(width, 1 / penalty)
    ridge[0] = 0.0
    for _ in range(STEPS):
        p = expit(np.einsum("nrq,nq->nr", x, weights))
        centre = expit(weights[:, 0])
        gradient = np.einsum("nrq,nr->nq", x, y - p) - ridge * weights
        gradient[:, 0] += 0.5 - centre
        curvature = (x * (p * (1 - p))[..., None]).transpose(0, 2, 1) @ x + np.diag(ridge)
        curvature[:, 0, 0] += centre * (1 - centre)
        move = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        weights += move
        if np.abs(move).max(initial=0.0) < 1e-10:
            break
    return weights[:, 0] + np.einsum("nq,nq->n", own, weights[:, 1:])
