"""How somebody trains a model: a scikit-learn estimator, or a function of his own."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol

import numpy as np
from sklearn.base import clone

from benchmarks.audit.collecting import from_sklearn, refuse_margins
from benchmarks.audit.columns import first, whole
from benchmarks.audit.describing import SEEDED
from benchmarks.audit.outputs import labels_of
from benchmarks.games.threads import one_thread
from benchmarks.naming.calling import answering
from benchmarks.naming.registry import Plugin

Predict = Callable[[Any], np.ndarray]  # inputs (b, ...) -> answers (b, C)


class Procedure(Protocol):
    """Trains a model anew on any records; its answers are of a `kind` of outputs.KINDS."""

    @property
    def name(self) -> str:
        """What it is called in sentences: ``estimator SVC``, ``function train``."""

    @property
    def kind(self) -> str:
        """Logits or probabilities."""

    def trained(self, inputs: Any, labels: np.ndarray, seed: int) -> Predict:
        """What a model answers that was trained on these records. Raises ValueError, in one sentence."""


@dataclass(frozen=True, eq=False)
class ByEstimator:
    """Clones of an estimator, each with random states of its own; `classes` (C,) are those of all records."""

    estimator: Any
    classes: np.ndarray
    kind = "probabilities"

    @property
    def name(self) -> str:
        """The class of the estimator."""
        return f"estimator {type(self.estimator).__name__}"

    def trained(self, inputs: Any, labels: np.ndarray, seed: int) -> Predict:
        """Fit a clone; a class that it did not see has probability 0."""
        rng = np.random.default_rng(seed)
        with _telling(self.name, self.estimator), one_thread("openmp"):
            made = clone(self.estimator)
            seeded = [key for key in sorted(made.get_params()) if key.rpartition("__")[2] == SEEDED]
            made.set_params(**{key: int(rng.integers(2**31)) for key in seeded}).fit(inputs, labels)
        return partial(self._answers, made)

    def _answers(self, made: Any, inputs: Any) -> np.ndarray:
        with one_thread("openmp"):
            said = from_sklearn(made, inputs)
        places = np.searchsorted(self.classes, made.classes_)
        answers = np.zeros((len(said), len(self.classes)), said.dtype)
        answers[:, places] = said
        return answers


@dataclass(frozen=True, eq=False)
class ByFunction:
    """train(inputs, labels, seed) -> predict, and predict(inputs) -> logits (b, C)."""

    train: Any
    kind = "logits"

    @property
    def name(self) -> str:
        """The name of the function."""
        made = _innermost(self.train)
        return f"function {getattr(made, '__name__', type(made).__name__)}"

    def trained(self, inputs: Any, labels: np.ndarray, seed: int) -> Predict:
        """Call the function."""
        with _telling(self.name, self.train):
            predict = self.train(inputs, labels, seed)
        if not callable(predict):
            raise ValueError(f"{self.name}: expected a function that answers inputs, got {type(predict).__name__}")
        return partial(self._answers, predict)

    def _answers(self, predict: Any, inputs: Any) -> np.ndarray:
        count = inputs.shape[0]
        with _telling(self.name, self.train):
            said = np.asarray(predict(inputs))
        if said.shape[:1] != (count,) or said.ndim != 2 or said.shape[1] < 2 or said.dtype.kind != "f":
            got = f"{said.dtype} of shape {said.shape}"
            raise ValueError(f"{self.name}: expected logits ({count}, C) of 2 classes or more, got {got}")
        with np.errstate(over="ignore"):
            made = said.astype(np.float32)
        wrong = ~np.isfinite(made)
        if wrong.any():
            got = f"{said[wrong][0]:g} in record {first(wrong)}"
            raise ValueError(f"{self.name}: expected finite numbers that float32 holds, got {got}")
        return made


def procedure_of(train: Any, labels: Any) -> tuple[Procedure, np.ndarray]:
    """How `train` trains, and the labels (n,) as it takes them: of any kind for an estimator, int64 for a function.

    Raises ValueError on what trains nothing, on an estimator without probabilities, and on labels of another kind.
    """
    known = np.asarray(labels)
    if isinstance(train, type) or hasattr(train, "fit"):
        refuse_margins(train)
        if known.ndim != 1 or known.dtype.kind not in "buifUO":
            raise ValueError(f"labels: expected a class for each record, got {known.dtype} of shape {known.shape}")
        with _telling("estimator labels", train):
            return ByEstimator(train, np.unique(known)), known
    if not callable(train):
        got = type(train).__name__
        raise ValueError(f"train: expected an estimator, or a function (inputs, labels, seed) -> predict, got {got}")
    return ByFunction(train), labels_of("labels", whole("labels", known))


def _telling(name: str, value: Any) -> AbstractContextManager[None]:
    kind, _, of = name.partition(" ")
    return answering(kind, Plugin(of, _innermost(value)))


def _innermost(function: Any) -> Any:
    while isinstance(function, partial):
        function = function.func
    return function
