"""Early stopping."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from defenses.base import Defense, demand
from models import Diverged, Task, Trained, fit


@dataclass(frozen=True)
class EarlyStopping(Defense):
    """The model after a share of its recipe's epochs, rounded, at least one; the schedule is the whole recipe's.

    A share rather than a number of epochs, so that one instance means the same in suites of different length. Several
    instances on a board are the curve over epochs by which this defense is judged (Song and Mittal 2021, RelaxLoss).
    The epoch is fixed beforehand: validation records choose none, whatever the recipe keeps. The default share, .5, is
    this project's own.
    """

    reference: ClassVar[str] = "Song and Mittal, USENIX Security 2021"
    share: float = 0.5

    def __post_init__(self) -> None:
        demand("early-stopping: share", self.share, 0, 1)

    def train(self, task: Task, rngs: Sequence[np.random.Generator]) -> Sequence[Trained | Diverged]:
        """Return the models as they are after those epochs; facts: epochs."""
        epochs = max(1, round(self.share * task.recipe.epochs))
        models = fit(replace(task, recipe=replace(task.recipe, epochs=epochs, keep="last")))
        for model in models:
            if not isinstance(model, Diverged):
                model.facts["epochs"] = epochs
        return models
