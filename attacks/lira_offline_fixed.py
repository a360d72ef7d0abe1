"""Offline LiRA with one variance for all records (Carlini, Chien, Nasr, Song, Terzis and Tramèr 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.calibration import calibrating
from attacks.evidence import Evidence, Rehearsal


@dataclass(frozen=True)
class LiraOfflineFixed(Attack):
    """One-sided: how far phi lies above its mean among models that never saw the record.

    All records of a query share one variance, of values centred record by record; so one query ranks as the difference
    to the mean does.
    """

    reference = "Carlini et al. 2022, eq. 4 and section VI-B"
    needs = "reference"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of (phi - mean_out) / deviation; the deviation is 1 where all references agree."""
        own, out = calibrating(evidence, "phi")
        apart = own - out  # so that a target equal to all references is 0 without rounding
        mean = np.nanmean(apart, axis=0)
        free = np.maximum((~np.isnan(apart)).sum(0) - 1, 0).sum(0)
        common = np.nansum((apart - mean) ** 2, axis=(0, 1)) / np.maximum(free, 1)
        z: np.ndarray = mean / np.sqrt(np.where(common > 0, common, 1))
        return z.mean(1)
