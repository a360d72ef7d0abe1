"""The calibrated probability of the label (Watson, Guo, Cormode and Sablayrolles 2022; HP-MIA eq. 6)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from attacks.calibration import Calibrated, calibrating
from attacks.evidence import Evidence, Rehearsal


def difference(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """p - q, of a = log(p / (1 - p)) and b = log(q / (1 - q)): p (1 - q) (1 - exp(b - a)) where p >= q.

    It keeps its digits where both probabilities are close to 1.
    """
    low, high = np.minimum(a, b), np.maximum(a, b)
    return np.sign(a - b) * expit(high) * expit(-low) * -np.expm1(low - high)


@dataclass(frozen=True)
class CConf(Calibrated):
    """Calibrated p_y: the form of HP-MIA's published code, which made its published numbers."""

    version = 2
    signal = "phi"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) p_y of the clean query minus its mean over the reference models."""
        own, references = calibrating(evidence, "phi")
        return np.nanmean(difference(own[:, 0], references[:, :, 0]), axis=0)
