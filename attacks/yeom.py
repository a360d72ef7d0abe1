"""Yeom, Giacomelli, Fredrikson and Jha 2018: the loss, and correctness (the generalisation gap)."""

from __future__ import annotations

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.signals import log_p


class Loss(Attack):
    """log p_y: a small loss speaks for a member."""

    reference = "Yeom et al. 2018"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log p_y of the clean query."""
        return log_p(evidence.target, evidence.labels)[:, 0]


class Gap(Attack):
    """1 if the prediction is right: what a label alone tells."""

    reference = "Yeom et al. 2018"
    access = "label"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) 1.0 where the clean query is classified correctly, else 0.0."""
        return (evidence.target[:, 0].argmax(-1) == evidence.labels).astype(np.float64)
