"""Quantile regression (Bertran et al. 2023), by pinball loss."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Rehearsal
from attacks.ranges import check
from attacks.regression import Fresh, Regressed, crossfit, folds_of, predicted, trees

TAILS = np.geomspace(0.5, 0.02, 4)  # false positive rates whose thresholds are learnt; each costs as much as the first


@dataclass(frozen=True)
class QuantilePinball(Attack):
    """Which share of non-members like the record would have so large a phi, from thresholds at a few such shares.

    Gradient-boosted trees, fitted on population records: those of the target for the target, those of the shadow model
    for the shadow model.
    """

    reference = "Bertran et al. 2023"
    uses = ("population", "inputs")
    trees: int = 50

    def __post_init__(self) -> None:
        check(self, trees=(1, 10_000))

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> Regressed:
        """Nothing is learnt from the rehearsal's own records."""
        fresh = [trees(self.trees, rng, loss="quantile", alpha=1 - tail) for tail in TAILS]
        return Regressed(lambda x, y: Pinball(x, y, fresh))


class Pinball:
    """The quantiles of y at 1 - TAILS, learnt from x (m, F) and y (m,); `gains` (m,) are by how much the pinball loss
    of a held-out y, summed over TAILS, is below that of the same thresholds for all.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, fresh: Sequence[Fresh]) -> None:
        fitted = [crossfit(x, y, of) for of in fresh]
        self._models = [models for models, _ in fitted]
        held_out = np.sort(np.stack([of for _, of in fitted], axis=1), axis=1)
        apart = float(np.mean(held_out[:, -1] - held_out[:, 0])) or float(np.std(y)) or 1.0
        self._pace = np.log(TAILS[0] / TAILS[-1]) / apart
        alone = folds_of(y, lambda known: np.quantile(known, 1 - TAILS))
        self.gains = pinball(y, alone).sum(1) - pinball(y, held_out).sum(1)

    def score(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """(n,) -log of the share, linear between thresholds in order; beyond both ends as steep as on average."""
        thresholds = np.sort(np.stack([predicted(models, x) for models in self._models], axis=1), axis=1)
        return level(y, thresholds, -np.log(TAILS), self._pace)


def pinball(y: np.ndarray, thresholds: np.ndarray) -> np.ndarray:
    """(n, L) the loss that the (1 - TAILS) quantile of y (n,) minimises, of thresholds (n, L)."""
    apart = y[:, None] - thresholds
    return np.maximum((1 - TAILS) * apart, -TAILS * apart)


def level(y: np.ndarray, thresholds: np.ndarray, levels: np.ndarray, pace: float) -> np.ndarray:
    """(n,) where y (n,) lies among thresholds (n, L) that ascend, which mean `levels` (L,): linear between them; beyond
    both ends `pace` a unit.
    """
    found = levels[0] + pace * (np.minimum(y - thresholds[:, 0], 0) + np.maximum(y - thresholds[:, -1], 0))
    for low, high, step in zip(thresholds.T[:-1], thresholds.T[1:], np.diff(levels), strict=True):
        wide = high > low
        inside = np.clip((y - low) / np.where(wide, high - low, 1), 0, 1)
        found += step * np.where(wide, inside, y >= high)
    return found
