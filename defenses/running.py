"""A defense at work: what it is handed cannot reach anything else, and what it returns is checked."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from defenses.adopting import is_plain
from defenses.base import Defense
from defenses.release import ReleaseContext
from models import Diverged, HookError, Task, Trained, fit
from models.faults import line, place, shown
from models.hooks import call
from models.predict import is_own
from models.process import undisturbed


def trained(task: Task) -> list[Trained | Diverged]:
    """Return a trained predictor or Diverged for each model of a task, as the task's defense trains them.

    Raises HookError, in one sentence without the defense's name, where it raises or does not keep its contract;
    ValueError where the network does not.
    """
    defense: Any = task.defense
    if by_fit(defense):
        return checked(fit(task), task)
    with undisturbed(task.seeds[0]):
        made = call(defense, "train", own_part(task), generators(task))
    return checked(made, task)


def by_fit(defense: Any) -> bool:
    """Return whether a defense trains as models.fit does, not by a procedure of its own."""
    return getattr(defense.train, "__func__", None) is Defense.train


def generators(task: Task) -> list[np.random.Generator]:
    """Return a generator for each model of a task, a function of the model's own seed."""
    return [np.random.default_rng([seed, 2]) for seed in task.seeds]


def own_part(task: Task) -> Task:
    """Return the same task on copies of those records alone that its models' defenders own."""
    none = (np.zeros(0, np.int64),) * len(task)
    parts = (task.rows, task.validation or none, task.spare or none)
    used = np.unique(np.concatenate([rows for part in parts for rows in part]).astype(np.int64))
    rows, validation, spare = (tuple(np.searchsorted(used, own) for own in part) for part in parts)
    return replace(task, x=task.x[used], y=task.y[used], rows=rows, validation=validation, spare=spare)


def checked(made: object, task: Task) -> list[Trained | Diverged]:
    """Return what `train` returned. Raises HookError where that is not one result a model."""
    if not isinstance(made, Sequence) or len(made) != len(task):
        got = f"{len(made)}" if isinstance(made, Sequence) else type(made).__name__
        raise HookError(f"train: expected {len(task)} results, one a model, got {got}")
    results: list[Trained | Diverged] = []
    for one in made:
        if isinstance(one, Diverged):
            results.append(one)
            continue
        try:
            predict, facts, state = (
                getattr(one, "predict", None),
                getattr(one, "facts", {}),
                getattr(one, "state", {}),
            )
        except KeyboardInterrupt:
            raise
        except BaseException as error:
            raise HookError(f"train: {line(error)}{place(one, error)}") from error
        if not callable(predict):
            raise HookError(f"train: expected models with predict(x), or Diverged, got {type(one).__name__}")
        if not isinstance(facts, dict) or not is_plain(facts):
            raise HookError(f"train: expected facts to be a dict of plain values, got {shown(facts)}")
        kept = _kept(state)
        if is_own(one):
            one.state = kept
        results.append(one if is_own(one) else _Checked(one, facts, kept, task.classes))
    return results


def _kept(state: object) -> dict[str, np.ndarray]:
    """Return copies of what was learnt beside a network. Raises HookError where it is no finite arrays by name."""
    if not isinstance(state, dict) or not all(type(name) is str and name.isprintable() for name in state):
        raise HookError(f"train: expected state to be a dict of arrays by name, got {shown(state)}")
    for name, array in state.items():
        if type(array) is not np.ndarray or array.dtype.kind not in "biuf" or array.dtype.itemsize > 8:
            got = array.dtype if isinstance(array, np.ndarray) else type(array).__name__
            raise HookError(f"train: expected state {shown(name)} to be an array of numbers, got {got}")
        if not np.isfinite(array).all():
            raise HookError(f"train: expected state {shown(name)} to be finite, got NaN or infinite")
    return {name: np.array(array, array.dtype.newbyteorder("="), order="C") for name, array in state.items()}


class _Checked:
    """A predictor of a defense's own."""

    def __init__(self, trained: Any, facts: dict[str, Any], state: dict[str, np.ndarray], classes: int) -> None:
        self.trained, self.facts, self.state, self.classes = trained, copy.deepcopy(facts), state, classes

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return logits (n, C) float32 for raw records x (n, ...). Raises HookError where they are no such numbers."""
        with undisturbed(0):
            made = call(self.trained, "predict", x.copy())
        return logits_of("predicted", made, (len(x), self.classes))


def released(defense: Any, context: ReleaseContext, logits: np.ndarray) -> np.ndarray:
    """Return the logits (n, C) float32 that a defended model lets out for the context's queries with logits (n, C).

    Raises HookError, without the defense's name, where its `release` raises, or returns another shape, what is not
    finite, or another label though the defense keeps them.
    """
    with undisturbed(0):
        made = call(defense, "release", context, logits.copy())
    return released_as_declared(defense, made, logits)


def released_as_declared(defense: Any, made: object, logits: np.ndarray) -> np.ndarray:
    """Return what a `release` made of logits (n, C) as an array of one's own. Raises HookError where it is no such."""
    array = logits_of("released", made, logits.shape)
    changed = int((array.argmax(-1) != logits.argmax(-1)).sum()) if defense.keeps_labels else 0
    if changed:
        raise HookError(
            f"release: it changes the label of {changed} of {len(logits)} records, but declares keeps_labels"
        )
    return array


def logits_of(which: str, made: object, shape: tuple[int, ...]) -> np.ndarray:
    """Return a float32 array of one's own. Raises HookError where `made` is no finite numbers of that shape."""
    if isinstance(made, np.ma.MaskedArray):
        raise HookError(f"expected an array of {which} logits, got a MaskedArray")
    try:
        array = np.asarray(made)
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise HookError(f"{which} logits: {line(error)}") from error
    if array.shape != shape or array.dtype.kind not in "biuf":
        raise HookError(f"expected {shape} {which} logits, got {array.shape} {array.dtype}")
    with np.errstate(over="ignore"):  # counted below
        array = np.array(array, dtype=np.float32, order="C")
    wrong = len(array) - int(np.isfinite(array).all(-1).sum())
    if wrong:
        raise HookError(f"expected finite {which} logits, got NaN or infinite for {wrong} records")
    return array
