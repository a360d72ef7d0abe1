"""The logistic regression a record on labels, for records of bits (Aerni, Zhang and Tramèr 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.label_regression import regressed
from attacks.ranges import check


@dataclass(frozen=True)
class LabelRegressionFlips(Attack):
    """`label-regression` where records are rows of bits: a copy has some of the d bits flipped, no pixels moved.

    `counts`: of bits, each being flipped with probability count / d; `m`: copies at each. The copies are those of
    `label-flips`; the authors have images alone.
    """

    reference = "Aerni et al. 2024, section 4; copies of Choquette-Choo et al. 2021"
    access = "label"
    needs = "shadow"
    counts: tuple[float, ...] = (3.0, 10.0, 30.0)
    m: int = 10
    C: float = 1.0

    def __post_init__(self) -> None:
        check(self, counts=(1e-6, 1e6), m=(1, 1000), C=(1e-9, 1e9))
        if not self.counts:
            raise ValueError("counts: expected one number of bits or more, got none")

    @property
    def queries(self) -> tuple[str, ...]:
        """The clean one and a set of flipped bits for each count."""
        return ("clean", *(f"bit-flips(count={count}, m={self.m})" for count in self.counts))

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log odds. Raises ValueError where no record has reference models on both sides."""
        return regressed(evidence, self.C)
