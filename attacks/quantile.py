"""Quantile regression (Bertran, Tang, Roth, Kearns, Morgenstern and Wu 2023), with a Gaussian head."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Rehearsal
from attacks.ranges import check
from attacks.regression import Fresh, Regressed, crossfit, folds_of, networks, predicted, trees


@dataclass(frozen=True)
class Quantile(Attack):
    """How far a record's phi lies above what the target gives to non-members like it.

    A regressor with a Gaussian head (gradient-boosted trees for the mean and for the logarithm of the squared residual)
    is fitted on population records, which the target never saw: one for the target, one for the shadow model. No
    reference model is needed.
    """

    reference = "Bertran et al. 2023"
    version = 2
    uses = ("population", "inputs")
    trees: int = 50

    def __post_init__(self) -> None:
        check(self, trees=(1, 10_000))

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> Regressed:
        """Nothing is learnt from the rehearsal's own records."""
        fresh = trees(self.trees, rng)
        return Regressed(lambda x, y: Gaussian(x, y, fresh))


@dataclass(frozen=True)
class QuantileNetwork(Attack):
    """The same with small networks on the flat record, in the place of trees: for images."""

    reference = "Bertran et al. 2023; scikit-learn's network in the place of a ConvNeXt"
    uses = ("population", "inputs")
    hidden: tuple[int, ...] = (64,)

    def __post_init__(self) -> None:
        check(self, hidden=(1, 100_000))

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> Regressed:
        """Nothing is learnt from the rehearsal's own records."""
        fresh = networks(self.hidden, rng)
        return Regressed(lambda x, y: Gaussian(x, y, fresh))


class Gaussian:
    """N(mean(x), deviation(x)^2) of y, learnt from x (m, F) and y (m,); `gains` (m,) are by how much its log density of
    a held-out y exceeds that of one Gaussian for all.
    """

    def __init__(self, x: np.ndarray, y: np.ndarray, fresh: Fresh) -> None:
        self._means, held_out = crossfit(x, y, fresh)
        residuals = y - held_out
        floor = max(float(np.var(residuals)) * 1e-4, np.finfo(float).tiny)
        logs = np.log(residuals**2 + floor)
        self._least, self._most = logs.min(), logs.max()  # a network may predict anything far from what it knows
        self._logs, held_out = crossfit(x, logs, fresh)
        log_variance = np.clip(held_out, self._least, self._most)
        self._log_scale = _log_scale(residuals, log_variance)
        alone = folds_of(y, lambda known: np.array([known.mean(), np.log(max(known.var(), np.finfo(float).tiny))]))
        apart = y - alone[:, 0]
        constant = _log_density(apart, alone[:, 1] + _log_scale(apart, alone[:, 1]))
        self.gains = _log_density(residuals, log_variance + self._log_scale) - constant

    def score(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """(n,) (y - mean(x)) / deviation(x)."""
        log_variance = np.clip(predicted(self._logs, x), self._least, self._most) + self._log_scale
        return (y - predicted(self._means, x)) / np.exp(log_variance / 2)


def _log_scale(residuals: np.ndarray, log_variance: np.ndarray) -> float:
    """log of the mean of residuals^2 over their variances: the log of a squared normal is not 0 on average."""
    mean = float(np.mean(residuals**2 / np.exp(log_variance)))
    return float(np.log(mean)) if mean > 0 else 0.0


def _log_density(residuals: np.ndarray, log_variance: np.ndarray) -> np.ndarray:
    return -0.5 * (log_variance + residuals**2 / np.exp(log_variance))
