"""The label-only attack by data augmentation (Choquette-Choo, Tramèr, Carlini and Papernot 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.learning import PerClass

HIDDEN, RATE, EPOCHS = (10, 10), 0.01, 30
DECAY = 2.0  # L2 factor of the weights


@dataclass(frozen=True)
class LabelAugmentation(Attack):
    """A small network a class on which copies of a record are predicted rightly, fitted on the rehearsal.

    `queries`: the copies; the authors have rotations (`queries=(clean, rotations)`) and shifts. They choose a learning
    rate by accuracy on the shadow model; here it is one, and the weights are kept small, since a class may have some
    tens of records: too few to hold some out.
    """

    reference = "Choquette-Choo et al. 2021, section 4.2"
    version = 2
    access = "label"
    queries: tuple[str, ...] = ("clean", "flips-shifts")

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> PerClass:
        """One network of two hidden layers of 10 a class; classes without both kinds of records share one."""
        return PerClass.fit(bits, rehearsal, lambda: small(rng))


def bits(evidence: Evidence) -> np.ndarray:
    """(n, Q) 1.0 where a query is predicted rightly."""
    return evidence.signal("correct").target


def small(rng: np.random.Generator) -> Any:
    """A classifier for few records."""
    from sklearn.neural_network import MLPClassifier
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    seed = int(rng.integers(2**31))
    made = MLPClassifier(HIDDEN, alpha=DECAY, learning_rate_init=RATE, max_iter=EPOCHS, random_state=seed)
    return make_pipeline(StandardScaler(), made)
