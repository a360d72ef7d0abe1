"""How a network is trained, as plain values."""

from __future__ import annotations

import math
from dataclasses import dataclass, fields, replace
from typing import Any

AUGMENTATIONS = ("flip", "rotate", "crop")
OPTIMIZERS = ("adam", "sgd")
PRECISIONS = ("fp32", "mixed")
KEPT = ("last", "validation")
GREATEST = 1e30  # of a number that training computes with: its products must not leave float32's range
LATER = ("keep", "weight_decay", "restart")  # came later: at their defaults they are no part of a description


def _demand(name: str, value: object, expected: str, holds: bool) -> None:
    if not holds:
        raise ValueError(f"recipe: {name} is {value!r}, expected {expected}")


def _is_number(value: object) -> bool:
    return isinstance(value, (int, float)) and not isinstance(value, bool) and math.isfinite(value)


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 1


@dataclass(frozen=True)
class Recipe:
    """Everything about training but the data, the network and the defense.

    epochs: passes over the training records; batch: records a step (the last batch of an epoch may be smaller);
    optimizer: "adam" (betas .9, .999, eps 1e-8) or "sgd" with `momentum`; milestones: numbers of finished epochs
    after which the learning rate is multiplied by 0.1; augment: a choice of "flip", "rotate", "crop", applied in this
    order as written; precision: "fp32", or "mixed" (bfloat16 products, float32 weights, updates and evaluation; on
    Apple's GPU, and on a processor without bfloat16 arithmetic, the products are float32 too); keep: the weights after
    the "last" epoch, or those of the best accuracy on the "validation" records, the first of equals; weight_decay: that
    factor of the weights is added to the gradient, unless the defense has a factor of its own; restart: momentum begins
    anew with each epoch.

    Raises ValueError for values outside these ranges.
    """

    epochs: int
    batch: int
    learning_rate: float
    optimizer: str = "adam"
    momentum: float = 0.0
    milestones: tuple[int, ...] = ()
    augment: tuple[str, ...] = ()
    precision: str = "fp32"
    keep: str = "last"
    weight_decay: float = 0.0
    restart: bool = False

    def __post_init__(self) -> None:
        _demand("epochs", self.epochs, "a whole number, at least 1", _is_count(self.epochs))
        _demand("batch", self.batch, "a whole number, at least 1", _is_count(self.batch))
        rate = self.learning_rate
        _demand(
            "learning_rate", rate, f"a number above 0, at most {GREATEST:g}", _is_number(rate) and 0 < rate <= GREATEST
        )
        _demand("optimizer", self.optimizer, f"one of {OPTIMIZERS}", self.optimizer in OPTIMIZERS)
        momentum = self.momentum
        _demand("momentum", momentum, "a number from 0 to below 1", _is_number(momentum) and 0 <= momentum < 1)
        _demand("momentum", momentum, "0 with adam", self.optimizer == "sgd" or momentum == 0)
        increasing = isinstance(self.milestones, tuple) and all(_is_count(m) for m in self.milestones)
        increasing = increasing and list(self.milestones) == sorted(set(self.milestones))
        _demand("milestones", self.milestones, "increasing whole numbers, at least 1", increasing)
        known = isinstance(self.augment, tuple) and all(a in AUGMENTATIONS for a in self.augment)
        known = known and len(set(self.augment)) == len(self.augment)
        _demand("augment", self.augment, f"different ones of {AUGMENTATIONS}", known)
        _demand("precision", self.precision, f"one of {PRECISIONS}", self.precision in PRECISIONS)
        _demand("keep", self.keep, f"one of {KEPT}", self.keep in KEPT)
        decay = self.weight_decay
        fine = _is_number(decay) and 0 <= decay <= GREATEST
        _demand("weight_decay", decay, f"a number from 0 to {GREATEST:g}", fine)
        _demand("restart", self.restart, "true or false", isinstance(self.restart, bool))
        _demand("restart", self.restart, "false without momentum", not self.restart or self.momentum > 0)

    def rate(self, epoch: int) -> float:
        """Return the learning rate during epoch number `epoch`, counted from 0."""
        return self.learning_rate * 0.1 ** sum(epoch >= milestone for milestone in self.milestones)

    def lasting(self, epochs: int) -> Recipe:
        """Return the recipe for so many epochs, its milestones in proportion."""
        milestones = sorted({max(1, round(m * epochs / self.epochs)) for m in self.milestones})
        return replace(self, epochs=epochs, milestones=tuple(milestones))

    def plain(self) -> dict[str, Any]:
        """Return the fields by name, as they enter keys and records: those of `LATER` only where they are set."""
        told = {field.name: getattr(self, field.name) for field in fields(self)}
        return {f.name: told[f.name] for f in fields(self) if f.name not in LATER or told[f.name] != f.default}
