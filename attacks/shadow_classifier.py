"""Attacks that learn a classifier from a shadow model's outputs (Shokri et al. 2017; Salem et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.learning import One, PerClass, fitted, network


@dataclass(frozen=True)
class ShadowTop3(Attack):
    """A network on the three greatest probabilities of the output."""

    reference = "Salem et al. 2019, section III"

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> One:
        """One hidden layer of 64 for all classes, stopped by held-out shadow records."""
        model = fitted(network((64,), rng), top3(rehearsal.evidence), rehearsal.member)
        return One(top3, model)


@dataclass(frozen=True)
class ShadowNetwork(Attack):
    """A network a class on the whole output, sorted, and the loss."""

    reference = "Shokri et al. 2017, section V"

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> PerClass:
        """One hidden layer of 64 a class; classes without both kinds of records share one."""
        return PerClass.fit(whole, rehearsal, lambda: network((64,), rng))


def log_probabilities(evidence: Evidence) -> np.ndarray:
    """(n, C) log p of the clean query, at least -30."""
    x = evidence.target[:, 0].astype(np.float64)
    x = x - x.max(-1, keepdims=True)
    return np.maximum(x - np.log(np.exp(x).sum(-1, keepdims=True)), -30)


def top3(evidence: Evidence) -> np.ndarray:
    """(n, 3) the greatest log probabilities, in order; fewer where there are fewer classes."""
    return np.sort(log_probabilities(evidence), axis=1)[:, ::-1][:, :3]


def whole(evidence: Evidence) -> np.ndarray:
    """(n, C + 1) all log probabilities, sorted, and phi of the label."""
    ordered = np.sort(log_probabilities(evidence), axis=1)[:, ::-1]
    return np.concatenate([ordered, np.clip(evidence.signal("phi").target[:, :1], -30, 30)], axis=1)
