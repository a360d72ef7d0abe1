"""The two-sided form of offline LiRA (Carlini, Chien, Nasr, Song, Terzis and Tramèr 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.calibration import calibrating, standardised
from attacks.evidence import Evidence, Rehearsal


@dataclass(frozen=True)
class LiraTwoSided(Attack):
    """Minus the log density among models that never saw the record; also called offline LiRA in places."""

    reference = "Carlini et al. 2022, online form without its IN half; variances as in lira-offline"
    version = 2
    needs = "reference"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of -log N(phi; mean_out, std_out)."""
        z, std = standardised(*calibrating(evidence, "phi"))
        return (z**2 / 2 + np.log(std)).mean(1)
