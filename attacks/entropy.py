"""The entropy, with one global threshold as in HP-MIA's Table 5 (Song and Mittal 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.unsaturated import unsaturated


@dataclass(frozen=True)
class Entropy(Attack):
    """-H(p): an output without doubt speaks for a member."""

    reference = "Song and Mittal 2021"
    version = 2

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) minus the entropy of the clean query, in nats."""
        return unsaturated(evidence, "entropy").target[:, 0]
