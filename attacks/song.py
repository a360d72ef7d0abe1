"""Song and Mittal 2021: entropy and modified entropy, with one global threshold as in HP-MIA's Table 5."""

from __future__ import annotations

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.signals import entropy, modified_entropy


class Entropy(Attack):
    """-H(p): an output without doubt speaks for a member."""

    reference = "Song and Mittal 2021"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) minus the entropy of the clean query, in nats."""
        return entropy(evidence.target, evidence.labels)[:, 0]


class ModifiedEntropy(Attack):
    """Entropy that takes the label into account."""

    reference = "Song and Mittal 2021; HP-MIA eq. 5"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) minus the modified entropy of the clean query."""
        return modified_entropy(evidence.target, evidence.labels)[:, 0]
