"""Students: models that learn what other models say of records, in the place of labels."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from scipy.special import softmax

from models import Diverged, Predictor, Task, fit

BYTES = 1 << 30  # of what students learn, held at a time


def probabilities(logits: np.ndarray) -> np.ndarray:
    """Return the softmax (..., C) of logits (..., C), worked out in float64."""
    made: np.ndarray = softmax(logits.astype(np.float64), axis=-1)
    return made


def learn(task: Task, answers: Sequence[np.ndarray | Diverged]) -> list[Predictor | Diverged]:
    """Train each of the K models of a task by the probabilities answers[k] (n, C) of its rows task.rows[k] (n,).

    The loss is the cross-entropy with them, whose gradient is that of KL(answers || student). A model whose teachers
    diverged, which stands in the place of their answers, has diverged, too.
    """
    width = max(1, BYTES // (4 * len(task.x) * task.classes))
    taught = [(k, answer) for k, answer in enumerate(answers) if not isinstance(answer, Diverged)]
    made: dict[int, Predictor | Diverged] = {k: of for k, of in enumerate(answers) if isinstance(of, Diverged)}
    for start in range(0, len(taught), width):
        part = taught[start : start + width]
        rows = [task.rows[k] for k, _ in part]
        tables = tuple(_table(task, k, answer) for k, answer in part)
        owners = [k for k, _ in part]
        students = fit(phase(task, owners, rows, [task.seeds[k] for k in owners], taught=tables))
        made |= {k: student for (k, _), student in zip(part, students, strict=True)}
    return [made[k] for k in range(len(task))]


def phase(task: Task, owners: Sequence[int], rows: Sequence[np.ndarray], seeds: Sequence[int], **changes: Any) -> Task:
    """Return a task for other models, with these rows and seeds, which nobody watches. The recipe chooses their epoch,
    where it does, on the validation rows of the models number `owners` of the task; they own nothing else.
    """
    validation = tuple(task.validation[k] for k in owners) if chosen(task) else ()
    own: dict[str, Any] = {"validation": validation, "spare": (), "watch": lambda members, epochs, predictors: None}
    return replace(task, rows=tuple(rows), seeds=tuple(seeds), **{**own, **changes})


def chosen(task: Task) -> bool:
    """Return whether validation rows choose the epoch of a task's models."""
    return task.recipe.keep == "validation"


def slower(advance: Callable[[int], object], times: int) -> Callable[[int], None]:
    """Return an `advance` (see models.Task) for work that does `times` epochs in the place of each one."""
    done = 0

    def count(epochs: int) -> None:
        nonlocal done
        whole, done = divmod(done + epochs, times)
        if whole:
            advance(whole)

    return count


def _table(task: Task, k: int, answers: np.ndarray) -> np.ndarray:
    """(N, C): the answers in the rows of model k, which alone it looks at."""
    table = np.zeros((len(task.x), task.classes), np.float32)
    table[task.rows[k]] = answers
    return table
