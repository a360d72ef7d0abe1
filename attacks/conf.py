"""The confidence (Salem, Zhang, Humbert, Fritz and Backes 2018)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.unsaturated import unsaturated


@dataclass(frozen=True)
class Conf(Attack):
    """max_i log p_i: confidence, whatever the label."""

    reference = "Salem et al. 2018; HP-MIA eq. 4"
    version = 2

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log of the greatest probability of the clean query."""
        return unsaturated(evidence, "log_p_max").target[:, 0]
