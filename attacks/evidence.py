"""What an attack is handed: arrays alone, and none that it did not declare."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

ACCESS = ("label", "probability", "logit")
NEEDS = ("target", "reference", "shadow")


@dataclass(frozen=True, eq=False)
class Evidence:
    """Outputs on n records: `labels` (n,) int64, `target` (n, Q, C) and `references` (R, n, Q, C) float32
    logits, and `trained_on` (R, n) bool, whether a reference model saw a record. Membership is not in it.

    The arrays become read-only. Raises ValueError on shapes that disagree.
    """

    labels: np.ndarray
    target: np.ndarray
    references: np.ndarray
    trained_on: np.ndarray

    def __post_init__(self) -> None:
        n = len(self.labels)
        if self.target.ndim != 3 or len(self.target) != n:
            raise ValueError(f"target: expected shape ({n}, Q, C), got {self.target.shape}")
        if self.references.shape[1:] != self.target.shape:
            raise ValueError(f"references: expected shape (R, *{self.target.shape}), got {self.references.shape}")
        if self.trained_on.shape != self.references.shape[:2]:
            raise ValueError(f"trained_on: expected {self.references.shape[:2]}, got {self.trained_on.shape}")
        if n and not 0 <= self.labels.min() <= self.labels.max() < self.target.shape[2]:
            raise ValueError(f"labels: expected 0 to {self.target.shape[2] - 1}")
        for array in (self.labels, self.target, self.references, self.trained_on):
            array.flags.writeable = False


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """The adversary's own shadow model in the target's role: its `evidence`, and `member` (n,) bool."""

    evidence: Evidence
    member: np.ndarray

    def __post_init__(self) -> None:
        if self.member.shape != self.evidence.labels.shape or self.member.dtype != bool:
            raise ValueError(f"member: expected ({len(self.evidence.labels)},) bool, got {self.member.shape}")
        self.member.flags.writeable = False


def restrict(evidence: Evidence, access: str, needs: str) -> Evidence:
    """Fresh arrays that hold what an attack of this access and these needs may see, and nothing more.

    `label`: one-hot predictions; `probability`: logits shifted to maximum 0; `logit`: as they are.
    `target`: R = 0; `reference`: NaN where a reference was trained on the record; `shadow`: everything.
    """
    references, trained_on = evidence.references, evidence.trained_on
    if needs == "target":
        references, trained_on = references[:0], trained_on[:0]
    shown = _shown(references, access)
    if needs == "reference" and trained_on.any():
        shown[trained_on] = np.nan
    return Evidence(evidence.labels.copy(), _shown(evidence.target, access), shown, trained_on.copy())


def _shown(logits: np.ndarray, access: str) -> np.ndarray:
    if access == "logit":
        return logits.copy()
    if access == "probability":
        return logits - logits.max(-1, keepdims=True)
    hot = np.zeros_like(logits)
    np.put_along_axis(hot, logits.argmax(-1)[..., None], 1, axis=-1)
    return hot
