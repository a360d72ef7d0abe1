"""The loss trajectory attack, TrajectoryMIA (Liu, Zhao, Backes and Zhang 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.learning import One, network
from attacks.ranges import check

SMALLEST, LARGEST = 1e-12, 30.0  # loss; beyond them a record says nothing more


@dataclass(frozen=True)
class Trajectory(Attack):
    """A network on a record's losses along the training of a student that learns from the model's outputs.

    Target and shadow model have a student each, who learns from the population alone: no reference model is needed.
    The network sees losses on a log scale, where those of members differ, too. The paper's (512, 128 and 32 hidden
    units) is for 100 epochs of distillation and 20,000 records; for 20 epochs and some thousand records a smaller one
    is the default.
    """

    reference = "Liu et al. 2022, section 4"
    epochs: int = 20
    hidden: tuple[int, ...] = (64, 32)

    def __post_init__(self) -> None:
        check(self, epochs=(1, 10_000), hidden=(1, 100_000))

    @property
    def queries(self) -> tuple[str, ...]:
        """The record itself, and its student's answers after each epoch."""
        return ("clean", f"trajectory(epochs={self.epochs})")

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> One:
        """Fitted on the shadow model's records, a fifth of which choose the epoch to stop at."""
        return One(losses, network(self.hidden, rng, losses(rehearsal.evidence), rehearsal.member))


def losses(evidence: Evidence) -> np.ndarray:
    """(n, E + 1) log(-log p_y), clipped: of the model itself, then of its student after each of E epochs."""
    return np.log(np.clip(-evidence.signal("log_p").target, SMALLEST, LARGEST))
