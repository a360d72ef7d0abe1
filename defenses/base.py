"""What a defense may change: a class whose hooks all leave things as they are."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from models import Diverged, Predictor, Task, fit


class Defense:
    """The undefended model; a defense overrides the hooks that it needs.

    Defenses are frozen dataclasses whose fields are their hyperparameters. "..." stands for any axes on the left: the
    training loop calls the hooks for K models at once.
    """

    reference: ClassVar[str] = ""
    version: ClassVar[int] = 1

    def targets(self, labels: Tensor, classes: int) -> Tensor:
        """Return what is learnt, float (..., B, C), for labels (..., B) int64; here one-hot vectors."""
        return one_hot(labels, classes)

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return each model's loss (...,) for logits and targets (..., B, C); here the mean cross-entropy over B."""
        return cross_entropy(logits, targets)

    def weight_decay(self) -> float | None:
        """Return the L2 factor that is added to the gradient (as torch.optim.Adam's weight_decay), None for none."""
        return None

    def train(self, task: Task, on_step: Callable[[int], None] | None) -> Sequence[Predictor | Diverged]:
        """Return a trained predictor (or Diverged) for each model of the task; here by models.fit."""
        return fit(task, on_step)

    def release(
        self,
        inputs: np.ndarray,
        logits: np.ndarray,
        predict: Callable[[np.ndarray], np.ndarray],
        rng: np.random.Generator,
    ) -> np.ndarray:
        """Return the logits (n, C) that are given out for raw records inputs (n, ...) with the model's logits (n, C).

        predict: raw records (n, ...) -> the model's logits (n, C) float32.
        """
        return logits


def adopt(cls: type) -> type:
    """Return `cls` as a defense: the hooks that it lacks come from `Defense`. Raises ValueError where it has none."""
    if issubclass(cls, Defense):
        return cls
    hooks = [name for name in ("targets", "loss", "weight_decay", "train", "release") if hasattr(cls, name)]
    if not hooks:
        raise ValueError(f"{cls.__name__}: a defense needs one of targets, loss, weight_decay, train, release")
    return type(cls.__name__, (cls, Defense), {"__doc__": cls.__doc__})


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Return (..., B, C) float32 vectors that are 1 at labels (..., B)."""
    return (labels[..., None] == torch.arange(classes, device=labels.device)).float()


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean over B of the cross-entropy of logits (..., B, C) under soft labels targets (..., B, C)."""
    return -(targets * logits.log_softmax(-1)).sum(-1).mean(-1)


def demand(name: str, value: object, low: float, high: float, strict: bool = False) -> None:
    """Raise ValueError unless value is a number from low to high (`strict`: below high). NaN is none."""
    number = isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)
    if not number or not low <= value <= high or (strict and value == high):  # type: ignore[operator]
        if math.isinf(high):
            expected = f"a finite number of at least {low:g}"
        else:
            expected = f"a number from {low:g} to {'below ' if strict else ''}{high:g}"
        raise ValueError(f"{name} is {value!r}, expected {expected}")
