"""The logistic regression a record on labels, for records of bits (Aerni, Zhang and Tramèr 2024)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.label_flips import LabelFlips
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
        check(self, C=(1e-9, 1e9))
        LabelFlips(self.counts, self.m)  # raises ValueError on others than its own

    @property
    def queries(self) -> tuple[str, ...]:
        """The clean one and a set of flipped bits for each count."""
        return LabelFlips(self.counts, self.m).queries

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log odds. Raises ValueError where there are no reference models."""
        return regressed(evidence, self.C)
