"""Robustness to noise, from labels alone (Choquette-Choo, Tramèr, Carlini and Papernot 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Rehearsal
from attacks.ranges import check
from attacks.steadiness import Steadiness


@dataclass(frozen=True)
class LabelNoise(Attack):
    """How often the label is predicted when Gaussian noise is added; how much noise is chosen on the rehearsal.

    `sigmas`: deviations to choose from, in units of what the network sees; `m`: draws at each. (The authors drew
    thousands.) Misclassified records come last.
    """

    reference = "Choquette-Choo et al. 2021, section 4.4"
    access = "label"
    sigmas: tuple[float, ...] = (0.1, 0.3, 1.0)
    m: int = 10

    def __post_init__(self) -> None:
        check(self, sigmas=(1e-6, 1e6), m=(1, 10_000))
        if not self.sigmas:
            raise ValueError("sigmas: expected one deviation or more, got none")

    @property
    def queries(self) -> tuple[str, ...]:
        """The clean one and a set of noise for each deviation."""
        return ("clean", *self._sets())

    def _sets(self) -> dict[str, float]:
        return {f"noise(sigma={sigma}, m={self.m})": sigma for sigma in self.sigmas}

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> Steadiness:
        """Choose the deviation."""
        return Steadiness.fit(rehearsal, self._sets(), "sigma")
