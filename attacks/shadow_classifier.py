"""Attacks that learn a classifier from a shadow model's outputs (Shokri et al. 2017; Salem et al. 2019)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.learning import One, network

HIDDEN = (64,)


@dataclass(frozen=True)
class ShadowTop3(Attack):
    """A network on the three greatest probabilities of the output."""

    reference = "Salem et al. 2019, section III"

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> One:
        """One hidden layer of 64 for all classes, stopped by held-out shadow records."""
        return One(top3, network(HIDDEN, rng, top3(rehearsal.evidence), rehearsal.member))


@dataclass(frozen=True)
class ShadowNetwork(Attack):
    """A network on the whole output, sorted, the loss and the label."""

    reference = "Shokri et al. 2017, section V; one network that sees the label, as HAMP's evaluation, not one a class"

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> One:
        """One hidden layer of 64, stopped by held-out shadow records."""
        return One(whole, network(HIDDEN, rng, whole(rehearsal.evidence), rehearsal.member))


def log_probabilities(evidence: Evidence) -> np.ndarray:
    """(n, C) log p of the clean query, at least -30."""
    x = evidence.target[:, 0].astype(np.float64)
    x = x - x.max(-1, keepdims=True)
    return np.maximum(x - np.log(np.exp(x).sum(-1, keepdims=True)), -30)


def top3(evidence: Evidence) -> np.ndarray:
    """(n, 3) the greatest log probabilities, in order; fewer where there are fewer classes."""
    return np.sort(log_probabilities(evidence), axis=1)[:, ::-1][:, :3]


def whole(evidence: Evidence) -> np.ndarray:
    """(n, 2 C + 1) all log probabilities, sorted, phi of the label, and the label as one of C."""
    logs = log_probabilities(evidence)
    phi = np.clip(evidence.signal("phi").target[:, :1], -30, 30)
    return np.concatenate([np.sort(logs, axis=1)[:, ::-1], phi, np.eye(logs.shape[1])[evidence.labels]], axis=1)
