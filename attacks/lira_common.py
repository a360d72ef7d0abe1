"""The likelihood ratio with one common variance, which then drops out (Brännvall 2026: BASE2*)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.sides import sides


@dataclass(frozen=True)
class LiraCommon(Attack):
    """How far phi lies beyond the middle between a record's IN and OUT means, times their distance."""

    reference = "Brännvall 2026, BASE2*"
    needs = "shadow"
    queries: tuple[str, ...] = ("clean",)

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of (mean_in - mean_out) (phi - (mean_in + mean_out) / 2)."""
        own, inside, outside = sides(evidence, "phi")
        score = (inside.mean - outside.mean) * (own - (inside.mean + outside.mean) / 2)
        return score.mean(1)
