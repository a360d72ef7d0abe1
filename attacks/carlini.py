"""Carlini, Chien, Nasr, Song, Terzis and Tramèr 2022: the offline likelihood ratio attack (LiRA)."""

from __future__ import annotations

import numpy as np
from scipy.special import log_ndtr

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.references import on_references
from attacks.signals import phi

TINY = 1e-30  # Carlini et al.'s guard against a standard deviation of 0


def _standardised(evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
    """(phi - mean_out) / std_out and std_out, both (n, Q), over the models that never saw the record."""
    return standardised(phi(evidence.target, evidence.labels), on_references(evidence, phi))


def standardised(own: np.ndarray, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(own - mean) / std and std of phi `own` (...) among the reference models' `out` (R, ...); NaN are left out."""
    std = np.nanstd(out, axis=0) + TINY
    return np.clip((own - np.nanmean(out, axis=0)) / std, -1e9, 1e9), std


class LiraOffline(Attack):
    """One-sided: how unlikely so large a phi is among models that never saw the record."""

    reference = "Carlini et al. 2022, eq. 4; HP-MIA eq. 8"
    needs = "reference"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of (phi - mean_out) / std_out on a scale without saturation.

        With one query the ranking is that of the Gaussian CDF of eq. 8, which would be 1.0 for many records.
        """
        z, _ = _standardised(evidence)
        return z.mean(1) if z.shape[1] == 1 else log_ndtr(z).mean(1)


class LiraTwoSided(Attack):
    """Minus the log density among models that never saw the record; also called offline LiRA in places."""

    reference = "Carlini et al. 2022, online form without its IN half"
    needs = "reference"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of -log N(phi; mean_out, std_out)."""
        z, std = _standardised(evidence)
        return (z**2 / 2 + np.log(std)).mean(1)
