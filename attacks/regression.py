"""What attacks share that learn, from population records, what the target gives to records which it never saw."""

from __future__ import annotations

import warnings
from collections.abc import Callable, Sequence
from typing import Any, Protocol

import numpy as np

from attacks.evidence import Evidence

FOLDS = 3  # regressors; each is fitted without one third of the population, and new records get their mean
LEAST = 30  # population records

Fresh = Callable[[int], Any]  # from the number of features to a regressor with fit(x, y) and predict(x)


class Head(Protocol):
    """What is learnt from population records: `score` of records x (n, F) with responses y (n,), and on each of the
    population records, held out, the gain over what a constant predicts.
    """

    gains: np.ndarray

    def score(self, x: np.ndarray, y: np.ndarray) -> np.ndarray:
        """(n,) higher where y is larger than it is on non-members like x."""


class Regressed:
    """Learns a head for each side, from the side's own population, when the side is first asked for."""

    def __init__(self, learn: Callable[[np.ndarray, np.ndarray], Head]) -> None:
        self._learn = learn
        self._heads: dict[Evidence, Head] = {}

    def score(self, evidence: Evidence) -> np.ndarray:
        """(n,) the head's score of the clean query's phi. Raises ValueError on fewer than 30 population records."""
        if evidence not in self._heads:
            population = evidence.population
            assert population is not None
            if len(population.labels) < LEAST:
                raise ValueError(f"this attack needs {LEAST} population records, got {len(population.labels)}")
            self._heads[evidence] = self._learn(features(population), population.signal("phi").target[:, 0])
        return self._heads[evidence].score(features(evidence), evidence.signal("phi").target[:, 0])

    @property
    def facts(self) -> dict[str, float | str]:
        """By how much, on held-out population records, the regressors predict better than a constant, and whether that
        is more than chance (two standard errors); of all sides the worst. Where it is not, the attack is one threshold
        for all records, with noise.
        """
        if not self._heads:
            return {}
        found = [(float(of.gains.mean()), float(of.gains.std()) / len(of.gains) ** 0.5) for of in self._heads.values()]
        better = all(mean > 2 * error for mean, error in found)
        return {
            "gain over a constant": min(mean for mean, _ in found),
            "better than a constant": "yes" if better else "no",
        }


def features(evidence: Evidence) -> np.ndarray:
    """(n, D + 1) the raw records, flat, and the label."""
    inputs = evidence.inputs
    assert inputs is not None
    return np.concatenate([inputs.reshape(len(inputs), -1), evidence.labels[:, None]], axis=1).astype(np.float32)


def trees(count: int, rng: np.random.Generator, **how: Any) -> Fresh:
    """Makes gradient-boosted trees, all from one seed, each on half of the records and at most 32 features a split
    (Friedman 2002).
    """
    from sklearn.ensemble import GradientBoostingRegressor  # in one thread: others' processes are no hindrance

    seed, of = int(rng.integers(2**31)), {"learning_rate": 0.1, "min_samples_leaf": 20, "subsample": 0.5, **how}
    return lambda features: GradientBoostingRegressor(
        n_estimators=count, max_features=min(features, 32), random_state=seed, **of
    )


def networks(hidden: tuple[int, ...], rng: np.random.Generator) -> Fresh:
    """Makes networks with these hidden layers, trained by Adam until a held-out fifth no longer gains."""
    from sklearn.compose import TransformedTargetRegressor
    from sklearn.neural_network import MLPRegressor
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    seed = int(rng.integers(2**31))

    def fresh(features: int) -> Any:
        made = MLPRegressor(
            hidden_layer_sizes=hidden,
            early_stopping=True,
            validation_fraction=0.2,
            alpha=features / 4,  # with the usual 0.0001, 446 features of 1,100 records predict worse than a constant
            learning_rate_init=0.01,
            max_iter=200,
            random_state=seed,
        )
        return TransformedTargetRegressor(make_pipeline(StandardScaler(), made), transformer=StandardScaler())

    return fresh


def crossfit(x: np.ndarray, y: np.ndarray, fresh: Fresh) -> tuple[list[Any], np.ndarray]:
    """FOLDS regressors of y (m,) on x (m, F), each without one fold, and (m,) what that one predicts of its fold."""
    fold, models, held_out = np.arange(len(y)) % FOLDS, [], np.empty(len(y))
    for k in range(FOLDS):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that the last of its epochs was reached
            models.append(fresh(x.shape[1]).fit(x[fold != k], y[fold != k]))
        held_out[fold == k] = models[k].predict(x[fold == k])
    return models, held_out


def folds_of(y: np.ndarray, of: Callable[[np.ndarray], np.ndarray]) -> np.ndarray:
    """(m, P) for each of y (m,) what `of` (P,) makes of the other folds."""
    fold = np.arange(len(y)) % FOLDS
    return np.stack([of(y[fold != k]) for k in range(FOLDS)])[fold]


def predicted(models: Sequence[Any], x: np.ndarray) -> np.ndarray:
    """(n,) the mean of what the regressors predict of x (n, F)."""
    return np.asarray(np.mean([model.predict(x) for model in models], axis=0))
