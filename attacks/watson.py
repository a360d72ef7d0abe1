"""Watson, Guo, Cormode and Sablayrolles 2022: difficulty calibration (HP-MIA eq. 6)."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.references import Signal, mean_on_references
from attacks.signals import log_p, log_p_max


def p_label(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """p_y itself."""
    return np.exp(log_p(logits, labels))


class Calibrated(Attack):
    """A signal on the target minus its mean over the reference models."""

    reference = "Watson et al. 2022; HP-MIA eq. 6"
    needs = "reference"
    signal: ClassVar[Signal]

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) calibrated signal of the clean query."""
        signal = type(self).signal
        return signal(evidence.target, evidence.labels)[:, 0] - mean_on_references(evidence, signal)


class CLoss(Calibrated):
    """Calibrated log p_y."""

    signal = log_p


class CConf(Calibrated):
    """Calibrated p_y: the form of HP-MIA's published code, which made its published numbers."""

    signal = p_label


class CConfMax(Calibrated):
    """Calibrated max_i log p_i: the form of HP-MIA's text (eq. 4 in eq. 6)."""

    signal = log_p_max
