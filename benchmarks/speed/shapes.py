"""What is timed: five suites' networks and recipes on uniform random records of the right shape.

Speed does not depend on the values. Neither the textbook loop nor our engine augments here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import torch

from benchmarks.speed import floor
from benchmarks.training.suites import Suite, find
from defenses import NoDefense
from models import Recipe, Task

COHORTS = (1, 4, 16, 64)


@dataclass(frozen=True, eq=False)
class Shape:
    """A suite's network on records of `record`, which are bits where it has one axis and else bytes."""

    name: str
    suite: Suite
    record: tuple[int, ...]
    classes: int
    extra: tuple[int, ...] = ()  # cohorts besides the usual

    @property
    def precisions(self) -> tuple[str, ...]:
        """The precisions that are timed: fp32, and mixed where the suite's recipe is mixed."""
        return ("fp32", "mixed") if self.suite.recipe.precision == "mixed" else ("fp32",)

    def cohorts(self, device: str) -> tuple[int, ...]:
        """The numbers of models that are timed on a device."""
        on_gpu = (100,) if torch.device(device).type == "cuda" else ()
        return tuple(sorted({*COHORTS, *self.extra, *on_gpu}))

    @property
    def steps_per_epoch(self) -> int:
        """Steps of an epoch of the suite's own recipe."""
        return floor.steps_per_epoch(self.suite.recipe, self.suite.part)

    @property
    def steps(self) -> int:
        """Steps of the suite's whole recipe."""
        return self.steps_per_epoch * self.suite.recipe.epochs

    @property
    def scale(self) -> tuple[float, ...]:
        """What a raw record is multiplied with."""
        return (1.0,) if len(self.record) == 1 else (1 / 255,)

    def recipe(self, precision: str, epochs: int) -> Recipe:
        """The suite's recipe in this precision, for so many epochs, without augmentation and validation."""
        return replace(self.suite.recipe, epochs=epochs, precision=precision, augment=(), keep="last")

    def data(self, steps: int) -> tuple[np.ndarray, np.ndarray]:
        """Random records (n, ...) uint8 and labels (n,) of an epoch of `steps` steps, no longer than the suite's."""
        n = min(steps * self.suite.recipe.batch, self.suite.part)
        rng = np.random.default_rng(0)
        x = rng.integers(0, 2 if len(self.record) == 1 else 256, (n, *self.record), dtype=np.uint8)
        return x, rng.integers(0, self.classes, n)

    def task(self, precision: str, models: int, steps: int, epochs: int, device: str) -> Task:
        """What `models.fit` is asked to train: every model on all the records."""
        x, y = self.data(steps)
        return Task(
            x=x,
            y=y,
            classes=self.classes,
            scale=self.scale,
            shift=(0.0,),
            rows=(np.arange(len(y)),) * models,
            seeds=tuple(range(models)),
            network=self.suite.network,
            recipe=self.recipe(precision, epochs),
            defense=NoDefense(),
            device=device,
        )


SHAPES = (
    Shape("digits-mlp", find("digits"), (8, 8, 1), 10, extra=(32,)),
    Shape("purchase100-mlp", find("purchase100"), (600,), 100),
    Shape("mnist-cnn", find("mnist"), (28, 28, 1), 10),
    Shape("cifar-alexnet", find("cifar10_alexnet"), (32, 32, 3), 10),
    Shape("cifar-wrn-28-2", find("cifar10_wrn"), (32, 32, 3), 10),
)


def work(shape: Shape) -> floor.Work:
    """Return the work of one step of a shape."""
    return floor.work(shape.suite.network, shape.suite.recipe, shape.suite.part, shape.record, shape.classes)
