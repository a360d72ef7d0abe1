"""SELENA: a student of sub-models that never saw the record."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from defenses.base import Defense
from defenses.teaching import learn, phase, probabilities, slower
from models import Diverged, Predictor, Task, Trained, cohort_width, fit


@dataclass(frozen=True)
class Selena(Defense):
    """SELENA (Tang et al., USENIX Security 2022): Split-AI (section 4.1) taught to a student (section 4.2).

    Each of `submodels` networks trains on those of the model's records that it does not leave out, by the suite's
    recipe; each record is left out by exactly `outside` of them (K = 25 and L = 10 in the paper). The soft label of a
    record is the mean of the softmax outputs of these, and the student, of the same network, minimises the
    cross-entropy with it over all records.

    The authors draw the L sub-models of each record on its own; here the draw is balanced, so that sub-models train on
    equally many records, up to one, and then one of a sub-model's records counts twice. HAMP's port averages logits
    and takes KL; here it is the authors' form. The authors choose checkpoints on the test set; here all epochs are
    trained, or validation records choose, as the recipe says. Their students on Purchase100 and Texas100 train longer
    than the sub-models, here as long.
    """

    reference: ClassVar[str] = "Tang et al., USENIX Security 2022"
    submodels: int = 25
    outside: int = 10

    def __post_init__(self) -> None:
        for name, value, low, high in (
            ("submodels", self.submodels, 2, 1000),
            ("outside", self.outside, 1, self.submodels - 1),
        ):
            if type(value) is not int or not low <= value <= high:
                raise ValueError(f"selena: {name} is {value!r}, expected a whole number from {low} to {high}")

    def train(self, task: Task, rngs: Sequence[np.random.Generator]) -> Sequence[Trained | Diverged]:
        """Return a student for each of the K models; see models.Task. One whose sub-models diverge has diverged.

        Raises ValueError where a sub-model would have no record.
        """
        task = replace(task, advance=slower(task.advance, self.submodels + 1))
        taught: list[np.ndarray | Diverged] = []
        width = max(1, cohort_width(task) // self.submodels)  # so that so many sub-models are in memory, not K times
        for start in range(0, len(task), width):
            taught += self._soft_labels(task, range(len(task))[start : start + width], rngs)
        students = learn(task, taught)
        for student, answer, rows in zip(students, taught, task.rows, strict=True):
            if isinstance(student, Predictor) and not isinstance(answer, Diverged):
                right = float((answer.argmax(-1) == task.y[rows]).mean())
                student.facts |= {"trainings": self.submodels + 1, "soft labels right": round(right, 4)}
        return students

    def _soft_labels(
        self, task: Task, models: range, rngs: Sequence[np.random.Generator]
    ) -> list[np.ndarray | Diverged]:
        """Return the soft labels (n, C) of each of some models' records, or Diverged, by sub-models of their own."""
        out = [left_out(len(task.rows[k]), self.submodels, self.outside, rngs[k]) for k in models]
        rows = [own for k, of in zip(models, out, strict=True) for own in rows_of(task.rows[k], of, rngs[k])]
        seeds = [int(seed) for k in models for seed in rngs[k].integers(2**62, size=self.submodels)]
        made = fit(phase(task, [k for k in models for _ in range(self.submodels)], rows, seeds))
        taught: list[np.ndarray | Diverged] = []
        for i, k in enumerate(models):
            own = made[i * self.submodels : (i + 1) * self.submodels]
            sound = [of for of in own if isinstance(of, Predictor)]
            wrong = next((Diverged(f"a sub-model: {of.reason}") for of in own if isinstance(of, Diverged)), None)
            taught.append(wrong or answers(sound, task.x[task.rows[k]], out[i], task.classes))
        return taught


def left_out(records: int, submodels: int, outside: int, rng: np.random.Generator) -> np.ndarray:
    """Return a random (n, S) bool, whether each of S sub-models leaves out a record: exactly `outside` of them do.

    Records come in a random order, and each is left out by sub-models that left out fewest so far, so that the numbers
    of records of any two sub-models differ by 1 at most.
    """
    out, counts = np.zeros((records, submodels), bool), np.zeros(submodels)
    for record in rng.permutation(records):
        chosen = np.argsort(counts + rng.random(submodels))[:outside]
        out[record, chosen] = True
        counts[chosen] += 1
    return out


def rows_of(rows: np.ndarray, out: np.ndarray, rng: np.random.Generator) -> list[np.ndarray]:
    """Return for each of S sub-models those of the rows (n,) that it does not leave out, by `out` (n, S), as many each:
    a shorter one gets random ones of its own again.

    Raises ValueError where one has none.
    """
    own = [rows[~of] for of in out.T]
    most = max(map(len, own))
    if not all(map(len, own)):
        raise ValueError(f"{len(rows)} training records are too few for {out.shape[1]} sub-models")
    return [np.concatenate([of, rng.choice(of, most - len(of))]) for of in own]


def answers(models: Sequence[Trained], x: np.ndarray, out: np.ndarray, classes: int) -> np.ndarray:
    """Return for each of the records x (n, ...) the mean softmax output (n, C) of those of S models that leave it out,
    by `out` (n, S); no other model is asked about it.
    """
    total = np.zeros((len(x), classes))
    for model, own in zip(models, out.T, strict=True):
        total[own] += probabilities(model.predict(x[own]))
    made: np.ndarray = total / out.sum(1, keepdims=True)
    return made
