"""A record's outputs on the target against those on reference models that never saw it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal, Signal

TINY = 1e-30  # Carlini et al.'s guard against a standard deviation of 0


def calibrating(evidence: Evidence, signal: str) -> Signal:
    """A signal on the target (n, Q) and on the references (R, n, Q), NaN where withheld.

    Raises ValueError where a record is left without any reference model.
    """
    if not len(evidence.trained_on):
        raise ValueError("this attack needs reference models, and there are none")
    made = evidence.signal(signal)
    if np.isnan(made.references).all(0).any():
        raise ValueError("some record has no reference model that never saw it: train more references")
    return made


def standardised(own: np.ndarray, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(own - mean) / std and std of phi `own` (...) among the reference models' `out` (R, ...); NaN are left out."""
    std = np.nanstd(out, axis=0) + TINY
    return np.clip((own - np.nanmean(out, axis=0)) / std, -1e9, 1e9), std


class Calibrated(Attack):
    """A signal on the target minus its mean over the reference models (Watson et al. 2022)."""

    reference = "Watson et al. 2022; HP-MIA eq. 6"
    needs = "reference"
    signal: ClassVar[str]

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) calibrated signal of the clean query."""
        own, references = calibrating(evidence, self.signal)
        return own[:, 0] - np.nanmean(references[:, :, 0], axis=0)
