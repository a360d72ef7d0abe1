"""Correctness, also called the generalisation gap (Yeom, Giacomelli, Fredrikson and Jha 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal


@dataclass(frozen=True)
class Gap(Attack):
    """1 if the prediction is right: what a label alone tells."""

    reference = "Yeom et al. 2018"
    access = "label"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) 1.0 where the clean query is classified correctly, else 0.0."""
        return evidence.signal("correct").target[:, 0]
