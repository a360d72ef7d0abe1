"""What attacks that learn from a shadow model's records share."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from attacks.evidence import Evidence, Rehearsal

LEAST = 20  # records of each kind that a class needs for a classifier of its own
HELD_OUT = 0.2  # of the records, on which the epoch to stop at is chosen
ENOUGH = 10  # records of each kind that a classifier needs
STEPS, PATIENCE = 20, 20  # steps an epoch, since a shadow model may have but some hundred records; epochs

Features = Callable[[Evidence], np.ndarray]


def network(hidden: tuple[int, ...], rng: np.random.Generator, x: np.ndarray, member: np.ndarray) -> Any:
    """A classifier with these hidden layers, trained by Adam on features x (n, F) and member (n,) bool, both kinds
    present, until a held-out fifth has not gained for PATIENCE epochs. Raises ValueError on fewer than ENOUGH records
    of a kind.
    """
    if min(member.sum(), (~member).sum()) < ENOUGH:
        raise ValueError(f"this attack needs {ENOUGH} members and {ENOUGH} others to learn from")
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    made = MLPClassifier(
        hidden,
        batch_size=-(-len(x) // STEPS),
        early_stopping=True,
        validation_fraction=HELD_OUT,
        n_iter_no_change=PATIENCE,
        max_iter=200,
        random_state=int(rng.integers(2**31)),
    )
    return fitted(make_pipeline(StandardScaler(), made), x, member)


def fitted(model: Any, x: np.ndarray, member: np.ndarray) -> Any:
    """The classifier after training on features x (n, F) and member (n,) bool, both kinds present."""
    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the last of its epochs was reached
        return model.fit(x, member)


def log_odds(model: Any, x: np.ndarray) -> np.ndarray:
    """(n,) log odds of membership for features x (n, F)."""
    p = model.predict_proba(x)[:, 1]
    tiny = np.finfo(np.float64).eps
    return np.log(np.clip(p, tiny, 1)) - np.log(np.clip(1 - p, tiny, 1))


@dataclass(frozen=True)
class One:
    """One classifier for all records."""

    features: Features
    model: Any

    def score(self, evidence: Evidence) -> np.ndarray:
        """(n,) log odds of membership."""
        return log_odds(self.model, self.features(evidence))


@dataclass(frozen=True)
class PerClass:
    """One classifier a class that has enough records of both kinds; one for all the others."""

    features: Features
    models: dict[int, Any]
    rest: Any

    @classmethod
    def fit(cls, features: Features, rehearsal: Rehearsal, fresh: Callable[[], Any]) -> PerClass:
        """Fitted on the rehearsal's records; `fresh` makes a classifier."""
        x, labels, member = features(rehearsal.evidence), rehearsal.evidence.labels, rehearsal.member
        rest, models = fitted(fresh(), x, member), {}
        for label in np.unique(labels):
            own = labels == label
            if min(member[own].sum(), (~member[own]).sum()) >= LEAST:
                models[int(label)] = fitted(fresh(), x[own], member[own])
        return cls(features, models, rest)

    def score(self, evidence: Evidence) -> np.ndarray:
        """(n,) log odds of membership."""
        x, scores = self.features(evidence), np.empty(len(evidence.labels))
        for label in np.unique(evidence.labels):
            own = evidence.labels == label
            scores[own] = log_odds(self.models.get(int(label), self.rest), x[own])
        return scores
