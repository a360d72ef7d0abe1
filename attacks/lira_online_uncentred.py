"""Online LiRA with one variance a side, as most public code takes it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.sides import log_normal, sides


@dataclass(frozen=True)
class LiraOnlineUncentred(Attack):
    """Online LiRA whose fixed variances hold the spread between records, too: the form behind published numbers."""

    reference = "Carlini et al. 2022, section VI-B; the authors' code with fix_variance"
    needs = "shadow"
    queries: tuple[str, ...] = ("clean",)

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) as lira-online-fixed, with the variance of all values of a side in the place of the centred one."""
        own, inside, outside = sides(evidence, "phi")
        references, seen = evidence.signal("phi").references, evidence.trained_on[..., None]
        ratio = np.zeros_like(own)
        for sign, moments, mask in ((1, inside, seen), (-1, outside, ~seen)):
            values = np.where(mask, references, np.nan)
            variance = np.nanvar(values, axis=(0, 1))
            ratio += sign * log_normal(own, moments.mean, np.where(variance > 0, variance, 1.0))
        return ratio.mean(1)
