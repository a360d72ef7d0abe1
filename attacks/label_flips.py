"""Robustness to flipped bits, from labels alone (Choquette-Choo, Tramèr, Carlini and Papernot 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Rehearsal
from attacks.ranges import check
from attacks.steadiness import Steadiness


@dataclass(frozen=True)
class LabelFlips(Attack):
    """How often the label is predicted when some of a record's d bits are flipped; how many is chosen on the rehearsal.

    `counts`: of bits to choose from, each bit being flipped with probability count / d; `m`: draws at each. (The
    authors drew thousands.) Misclassified records come last.
    """

    reference = "Choquette-Choo et al. 2021, section 4.4"
    access = "label"
    counts: tuple[float, ...] = (3.0, 10.0, 30.0)
    m: int = 10

    def __post_init__(self) -> None:
        check(self, counts=(1e-6, 1e6), m=(1, 10_000))
        if not self.counts:
            raise ValueError("counts: expected one number of bits or more, got none")

    @property
    def queries(self) -> tuple[str, ...]:
        """The clean one and a set of flipped bits for each count."""
        return ("clean", *self._sets())

    def _sets(self) -> dict[str, float]:
        return {f"bit-flips(count={count}, m={self.m})": count for count in self.counts}

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> Steadiness:
        """Choose the count."""
        return Steadiness.fit(rehearsal, self._sets(), "flips")
