"""The online likelihood ratio attack, LiRA (Carlini, Chien, Nasr, Song, Terzis and Tramèr 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.sides import Moments, log_normal, sides

LEAST = 1e-12  # variance; Carlini et al. guard against 0 likewise


@dataclass(frozen=True)
class LiraOnline(Attack):
    """How much likelier phi is among models that saw the record, each record with variances of its own.

    A variance of two or three values says next to nothing: below about 64 reference models `lira-online-fixed` finds
    more. Where a side has a single value, its variance is the one common to all records.
    """

    reference = "Carlini et al. 2022, eq. 3 and 4"
    needs = "shadow"
    queries: tuple[str, ...] = ("clean",)

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of log N(phi; mean_in, var_in) - log N(phi; mean_out, var_out)."""
        own, inside, outside = sides(evidence, "phi")
        ratio = [log_normal(own, side.mean, of_record(side)) for side in (inside, outside)]
        return (ratio[0] - ratio[1]).mean(1)


def of_record(side: Moments) -> np.ndarray:
    """(n, Q) variances of a side's records, the pooled one of those with a single value."""
    pooled = side.pooled if side.pooled > 0 else 1.0
    own = side.squares / np.maximum(side.number, 1)
    return np.where(side.number > 1, np.maximum(own, LEAST * pooled), pooled)
