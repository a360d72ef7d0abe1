"""Attack R (Ye, Maddi, Murakonda, Bindschaedler and Shokri 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.calibration import calibrating
from attacks.evidence import Evidence, Rehearsal


def position(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Where `values` (n,) lie among `among` (R, n), linearly interpolated: 0 at the smallest, 1 at the greatest.

    NaN entries do not count. Beyond the ends the position goes on, below 0 or above 1, by a share of its distance
    that saturates at 1, so that ranks stay finite and strict.
    """
    ordered = np.sort(among, axis=0)  # NaN last
    count = (~np.isnan(among)).sum(0)
    columns = np.arange(len(values))
    low, high = ordered[0], ordered[count - 1, columns]
    lower = np.clip((ordered <= values).sum(0) - 1, 0, np.maximum(count - 2, 0))
    left, right = ordered[lower, columns], ordered[np.minimum(lower + 1, count - 1), columns]
    inside = (lower + (values - left) / np.where(right > left, right - left, 1)) / np.maximum(count - 1, 1)
    under, over = np.maximum(low - values, 0), np.maximum(values - high, 0)
    result = np.clip(np.where(count > 1, inside, 0.5), 0, 1)
    return np.where(over > 0, 1 + over / (1 + over), np.where(under > 0, -under / (1 + under), result))


@dataclass(frozen=True)
class AttackR(Attack):
    """Where the target's loss lies among the record's losses on the reference models."""

    reference = "Ye et al. 2022, section 4.3"
    needs = "reference"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) interpolated position of log p_y of the clean query among the references' (higher = smaller loss)."""
        own, references = calibrating(evidence, "log_p")
        return position(own[:, 0], references[:, :, 0])
