"""Online LiRA with one variance a side (Carlini, Chien, Nasr, Song, Terzis and Tramèr 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.sides import Moments, log_normal, sides


@dataclass(frozen=True)
class LiraOnlineFixed(Attack):
    """How much likelier phi is among models that saw the record, all records sharing one variance a side.

    The variances are of values centred record by record. Better than a record's own below about 64 reference models.
    """

    reference = "Carlini et al. 2022, section VI-B"
    needs = "shadow"
    queries: tuple[str, ...] = ("clean",)

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of log N(phi; mean_in, var_in) - log N(phi; mean_out, var_out)."""
        own, inside, outside = sides(evidence, "phi")
        of_in, of_out = variances(inside, outside)
        ratio = log_normal(own, inside.mean, of_in) - log_normal(own, outside.mean, of_out)
        return ratio.mean(1)


def variances(inside: Moments, outside: Moments) -> tuple[float, float]:
    """The centred variance of each side, the other's where one has none, and 1 where neither has: then differences
    of means are all that there is. Never 0.
    """
    found = [m.pooled for m in (inside, outside)]
    usable = [v for v in found if v > 0]
    if not usable:
        return 1.0, 1.0
    of_in, of_out = (v if v > 0 else usable[0] for v in found)
    return of_in, of_out
