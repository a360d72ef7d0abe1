"""Salem, Zhang, Humbert, Fritz and Backes 2018: the confidence."""

from __future__ import annotations

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.signals import log_p_max


class Conf(Attack):
    """max_i log p_i: confidence, whatever the label."""

    reference = "Salem et al. 2018; HP-MIA eq. 4"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log of the greatest probability of the clean query."""
        return log_p_max(evidence.target, evidence.labels)[:, 0]
