"""The contract of an attack, and how a plugin that inherits nothing is made to keep it."""

from __future__ import annotations

from typing import Any, ClassVar

import numpy as np

from attacks.evidence import ACCESS, NEEDS, Evidence, Rehearsal
from attacks.thresholds import inclusion


class Attack:
    """Ranks records, and gives verdicts under a precision demand. Override `score`; `decide` comes for free.

    One sign everywhere: higher = more likely a member.
    """

    reference: ClassVar[str] = ""  # the paper
    access: Any = "probability"  # one of ACCESS
    needs: Any = "target"  # one of NEEDS
    version: ClassVar[int] = 1  # raised whenever scores change

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) float64, finite. `evidence` may also be the rehearsal's own."""
        raise TypeError(f"{type(self).__name__} has no score(evidence, rehearsal, rng)")

    def decide(
        self, evidence: Evidence, rehearsal: Rehearsal, alphas: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """(A, n) bool: for each precision demand, the records claimed to be members.

        Thresholds are chosen on `rehearsal` alone (HP-MIA, Algorithm 2) and applied to `evidence`.
        """
        thresholds = inclusion(self.score(rehearsal.evidence, rehearsal, rng), rehearsal.member, alphas)
        return self.score(evidence, rehearsal, rng) >= thresholds[:, None]


def adopt(cls: type) -> type:
    """`cls` as an attack: what it lacks comes from `Attack`. Raises ValueError when it cannot be one."""
    if not callable(getattr(cls, "score", None)):
        raise ValueError(f"{cls.__name__}: an attack needs a method score(evidence, rehearsal, rng)")
    adopted = cls if issubclass(cls, Attack) else type(cls.__name__, (cls, Attack), {"__doc__": cls.__doc__})
    for name, legal in (("access", ACCESS), ("needs", NEEDS)):
        value = getattr(adopted, name)
        if isinstance(value, str) and value not in legal:
            raise ValueError(f"{cls.__name__}.{name}: expected one of {', '.join(legal)}, got {value!r}")
    return adopted
