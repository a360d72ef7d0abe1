"""The label-only attack by data augmentation (Choquette-Choo, Tramèr, Carlini and Papernot 2021)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.learning import PerClass, network


@dataclass(frozen=True)
class LabelAugmentation(Attack):
    """A small network a class on which augmented copies of a record are predicted rightly, fitted on the rehearsal."""

    reference = "Choquette-Choo et al. 2021, section 4.2"
    access = "label"
    queries: tuple[str, ...] = ("clean", "flips-shifts")

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> PerClass:
        """One network of two hidden layers of 10 a class; classes without both kinds of records share one."""

        def fresh() -> Any:
            return network((10, 10), rng)

        return PerClass.fit(bits, rehearsal, fresh)


def bits(evidence: Evidence) -> np.ndarray:
    """(n, Q) 1.0 where a query is predicted rightly."""
    return evidence.signal("correct").target
