"""What a defense may change: a class whose hooks all leave things as they are."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import ClassVar

import numpy as np

from defenses.release import ReleaseContext
from models import Diverged, Standard, Task, Trained, fit
from models.recipe import GREATEST

NEEDS = ("validation", "spare")


class Defense(Standard):
    """The undefended model; a defense overrides the hooks that it needs.

    Defenses are frozen dataclasses whose fields are their hyperparameters. The hooks of training (targets, mix,
    features, loss, weight_decay, privacy: see models.Standard) are called for K models at once and must treat each as
    if it were alone; random numbers for them are batch.uniform's.

    needs: which records of the defender's own it cannot do without, a choice of NEEDS. Where a protocol has none, the
    defense is left out.

    keeps_labels: whether `release` leaves the predicted class of every record as it is, as np.argmax finds it. Whoever
    is shown labels alone is then answered without it, and a release that does change one is refused.
    """

    reference: ClassVar[str] = ""
    version: ClassVar[int] = 1
    needs: ClassVar[tuple[str, ...]] = ()
    keeps_labels: ClassVar[bool] = False

    def train(self, task: Task, rngs: Sequence[np.random.Generator]) -> Sequence[Trained | Diverged]:
        """Return a trained predictor (or Diverged) for each of the K models of a task; here by models.fit.

        A procedure may return any predictor of its own (see models.Trained); a Predictor's `state`, arrays by name, is
        kept with its weights and handed to `release`. task: records x (N, ...) and labels y (N,)
        of which model k's own are the rows task.rows[k], task.validation[k] and task.spare[k]. rngs: K generators, of
        which model k uses its own, so that a model does not depend on its cohort.
        """
        return fit(task)

    def release(self, context: ReleaseContext, logits: np.ndarray) -> np.ndarray:
        """Return the logits (n, C) that are given out for records with the model's own logits (n, C).

        context: the records, and what else the defender knows; see defenses.ReleaseContext.
        """
        return logits


def demand(name: str, value: object, low: float, high: float, strict: bool = False) -> None:
    """Raise ValueError unless value is a number from low to high (`strict`: below), GREATEST at most. NaN is none."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not low <= value <= min(high, GREATEST) or (strict and value == high):  # type: ignore[operator]
        if math.isinf(high):
            expected = f"a number from {low:g} to {GREATEST:g}"
        else:
            expected = f"a number from {low:g} to {'below ' if strict else ''}{high:g}"
        raise ValueError(f"{name} is {value!r}, expected {expected}")
