"""The modified entropy, with one global threshold as in HP-MIA's Table 5 (Song and Mittal 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.unsaturated import unsaturated


@dataclass(frozen=True)
class ModifiedEntropy(Attack):
    """Entropy that takes the label into account."""

    reference = "Song and Mittal 2021; HP-MIA eq. 5"
    version = 2

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) minus the modified entropy of the clean query."""
        return unsaturated(evidence, "mentr").target[:, 0]
