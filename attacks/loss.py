"""The loss (Yeom, Giacomelli, Fredrikson and Jha 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.unsaturated import unsaturated


@dataclass(frozen=True)
class Loss(Attack):
    """log p_y: a small loss speaks for a member."""

    reference = "Yeom et al. 2018"
    version = 2

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log p_y of the clean query."""
        return unsaturated(evidence, "log_p").target[:, 0]
