"""Quantile regression (Bertran, Tang, Roth, Kearns, Morgenstern and Wu 2023)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal

FOLDS = 3  # of the population: each third's residuals come from a regressor that did not see it
LEAST = 30  # population records


@dataclass(frozen=True)
class Quantile(Attack):
    """How far a record's phi lies above what the target gives to non-members like it.

    A regressor with a Gaussian head (gradient-boosted trees for the mean and for the logarithm of the squared residual)
    is fitted on population records, which the target never saw: one for the target, one for the shadow model. No
    reference model is needed.
    """

    reference = "Bertran et al. 2023"
    uses = ("population", "inputs")
    trees: int = 100

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) (phi - mean(x)) / deviation(x) of the clean query.

        Raises ValueError on fewer than 30 population records.
        """
        population = evidence.population
        assert population is not None
        if len(population.labels) < LEAST:
            raise ValueError(f"this attack needs {LEAST} population records, got {len(population.labels)}")
        known, x = features(population), features(evidence)
        response = population.signal("phi").target[:, 0]
        seed = int(rng.integers(2**31))
        residuals = response - self._held_out(known, response, seed)
        mean = self._regressor(seed).fit(known, response).predict(x)
        floor = max(float(np.var(residuals)) * 1e-4, np.finfo(float).tiny)
        log_variance = np.log(residuals**2 + floor)
        deviation = np.exp(self._regressor(seed).fit(known, log_variance).predict(x) / 2)
        return (evidence.signal("phi").target[:, 0] - mean) / deviation

    def _regressor(self, seed: int):  # type: ignore[no-untyped-def]
        from sklearn.ensemble import HistGradientBoostingRegressor

        return HistGradientBoostingRegressor(max_iter=self.trees, learning_rate=0.1, random_state=seed)

    def _held_out(self, x: np.ndarray, y: np.ndarray, seed: int) -> np.ndarray:
        guess = np.empty_like(y)
        fold = np.arange(len(y)) % FOLDS
        for k in range(FOLDS):
            guess[fold == k] = self._regressor(seed).fit(x[fold != k], y[fold != k]).predict(x[fold == k])
        return guess


def features(evidence: Evidence) -> np.ndarray:
    """(n, D + 1) the raw records, flat, and the label."""
    inputs = evidence.inputs
    assert inputs is not None
    return np.concatenate([inputs.reshape(len(inputs), -1), evidence.labels[:, None]], axis=1).astype(np.float32)
