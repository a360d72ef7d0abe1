"""Attack R (Ye, Maddi, Murakonda, Bindschaedler and Shokri 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.calibration import calibrating
from attacks.evidence import Evidence, Rehearsal
from attacks.unsaturated import unsaturated


def outside(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """(n,) how far `values` (n,) lie above the greatest (positive) or below the smallest of `among` (R, n), else 0."""
    low, high = np.nanmin(among, axis=0), np.nanmax(among, axis=0)
    return np.maximum(values - high, 0) - np.maximum(low - values, 0)


def position(values: np.ndarray, among: np.ndarray, beyond: np.ndarray | None = None) -> np.ndarray:
    """(n,) where `values` (n,) lie among `among` (R, n), from 0 to 1: the mid-rank, linearly interpolated.

    A value of `among` has (share below it) + (share equal to it) / 2, so that giving each of them several times
    changes nothing, and a value equal to all of them has 1/2. NaN do not count. Beyond the ends the position goes on
    towards 0 or 1, by the distance `beyond` (n,), `outside` unless given: the share left there is divided by
    1 + log(1 + distance), which keeps positions strict from the smallest distance to float32's greatest.
    """
    count = (~np.isnan(among)).sum(0)
    left = np.where(among < values, among, -np.inf).max(0)
    right = np.where(among > values, among, np.inf).min(0)

    def middle(of: np.ndarray) -> np.ndarray:
        return (among < of).sum(0) / count + (among == of).sum(0) / count / 2

    at_left, at_right = middle(left), middle(right)
    within = np.isfinite(left) & np.isfinite(right)
    share = np.divide(values - left, right - left, out=np.zeros(len(values)), where=within)
    between = np.clip(at_left + share * (at_right - at_left), at_left, at_right)
    distance = np.log1p(np.abs(outside(values, among) if beyond is None else beyond))
    under, over = at_right / (1 + distance), at_left + (1 - at_left) * (distance / (1 + distance))
    ends = np.where(np.isfinite(left), over, under)
    tied = (among == values).any(0)
    return np.where(tied, middle(values), np.where(within, between, ends))


@dataclass(frozen=True)
class AttackR(Attack):
    """Where the target's loss lies among the record's losses on the reference models."""

    reference = "Ye et al. 2022, section 4.3"
    version = 2
    needs = "reference"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) position of log p_y of the clean query among the references' (higher = smaller loss).

        Beyond their ends by the distance in log(p_y / (1 - p_y)), on which outputs close to certainty differ.
        """
        odds, others = calibrating(evidence, "phi")
        own, references = unsaturated(evidence, "log_p")
        return position(own[:, 0], references[:, :, 0], outside(odds[:, 0], others[:, :, 0]))
