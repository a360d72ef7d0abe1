"""The offline likelihood ratio attack, LiRA (Carlini, Chien, Nasr, Song, Terzis and Tramèr 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.calibration import calibrating, standardised
from attacks.evidence import Evidence, Rehearsal


@dataclass(frozen=True)
class LiraOffline(Attack):
    """One-sided: how unlikely so large a phi is among models that never saw the record."""

    reference = (
        "Carlini et al. 2022, eq. 4; HP-MIA eq. 8; below 64 reference models the variance common to all records weighs "
        "more than a record's own"
    )
    version = 2
    needs = "reference"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of (phi - mean_out) / std_out.

        The ranking of one query is that of the Gaussian CDF of eq. 8, which would be 1.0 for many records.
        """
        z, _ = standardised(*calibrating(evidence, "phi"))
        return z.mean(1)
