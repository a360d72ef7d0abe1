"""Students: models that learn from another model's outputs alone, and what they say on their way (Liu et al. 2022)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
from scipy.special import softmax

from benchmarks.training.plan import Training
from benchmarks.training.store import digest
from models import Diverged, HookError, Recipe, Standard, Task, Trained, fit, predict_all

BYTES = 1 << 30  # of answers that are held at a time


def students(
    trainings: Sequence[Training], taught: Sequence[np.ndarray], x: np.ndarray, epochs: int, device: str
) -> Iterator[np.ndarray]:
    """Yield for each of K models what a student of it says of records x (n, ...) after each epoch, (n, epochs, C).

    taught: what the models let out on the m records of the population, K times (m, C) logits. A student is of its
    model's network, starts from weights of its own, and minimises KL(model, student) at temperature 1 over the
    population, by the model's recipe. Raises HookError where a student cannot be trained.
    """
    size = len(x) * epochs * taught[0].shape[1] * np.dtype(np.float32).itemsize
    width = max(1, BYTES // max(1, size))
    for start in range(0, len(trainings), width):
        part = slice(start, start + width)
        yield from _seen(task_of(trainings[part], taught[part], epochs, device), x)


def task_of(trainings: Sequence[Training], taught: Sequence[np.ndarray], epochs: int, device: str) -> Task:
    """What models.fit needs to train the students."""
    first = trainings[0]
    pool, rows = first.pool, first.split.population
    return Task(
        x=pool.x[rows],
        y=pool.y[rows],  # which nobody learns
        classes=pool.classes,
        scale=pool.scale,
        shift=pool.shift,
        rows=(np.arange(len(rows)),) * len(trainings),
        seeds=tuple(int(digest([t.key, "student"]), 16) % 2**62 for t in trainings),
        network=first.suite.network,
        recipe=recipe_of(first.recipe, epochs),
        defense=Standard(),
        device=device,
        taught=tuple(softmax(logits.astype(np.float64), axis=-1).astype(np.float32) for logits in taught),
    )


def recipe_of(recipe: Recipe, epochs: int) -> Recipe:
    """The recipe for so many epochs, its milestones in proportion; each record as it is, as the model was asked it."""
    return replace(recipe.lasting(epochs), augment=(), keep="last")


def _seen(task: Task, x: np.ndarray) -> Iterator[np.ndarray]:
    seen = np.empty((len(task), len(x), task.recipe.epochs, task.classes), np.float32)

    def watch(members: range, epochs: int, predictors: Sequence[Trained]) -> None:
        for k, logits in zip(members, predict_all(predictors, x), strict=True):
            seen[k, :, epochs - 1] = logits

    for result in fit(replace(task, watch=watch)):
        if isinstance(result, Diverged):
            raise HookError(f"a student of its outputs cannot be trained: {result.reason}")
    if not np.isfinite(seen).all():
        raise HookError("a student of its outputs cannot be trained: its logits became infinite")
    yield from seen
