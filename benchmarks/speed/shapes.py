"""What is timed: five suites' networks and recipes on uniform random records of the right shape.

Speed does not depend on the values. Neither the textbook loop nor our engine augments here.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.training.suites import SUITES, Suite
from defenses import NoDefense
from models import Recipe, Task
from models.memory import on_meta

COHORTS = (1, 4, 16, 64)
BYTES = {"fp32": 4, "mixed": 2}  # of an activation


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
        return -(-self.suite.part // self.suite.recipe.batch)

    @property
    def steps(self) -> int:
        """Steps of the suite's whole recipe."""
        return self.steps_per_epoch * self.suite.recipe.epochs

    @property
    def scale(self) -> tuple[float, ...]:
        """What a raw record is multiplied with."""
        return (1.0,) if len(self.record) == 1 else (1 / 255,)

    def recipe(self, precision: str, epochs: int) -> Recipe:
        """The suite's recipe in this precision, for so many epochs, without augmentation."""
        return replace(self.suite.recipe, epochs=epochs, precision=precision, augment=())

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
    Shape("digits-mlp", SUITES["digits"], (8, 8, 1), 10, extra=(32,)),
    Shape("purchase100-mlp", SUITES["purchase100"], (600,), 100),
    Shape("mnist-cnn", SUITES["mnist"], (28, 28, 1), 10),
    Shape("cifar-alexnet", SUITES["cifar10_alexnet"], (32, 32, 3), 10),
    Shape("cifar-wrn-28-2", SUITES["cifar10_wrn"], (32, 32, 3), 10),
)


@dataclass(frozen=True)
class Work:
    """What an average step of one model costs at least (the last batch of an epoch may be smaller).

    flops: of products and convolutions, forward and backward, a multiplication and an addition counted as two.
    parameters: of the network. kept: numbers that the forward pass writes and the backward pass reads.
    """

    flops: int
    parameters: int
    kept: int

    def floor_bytes(self, precision: str) -> int:
        """Bytes moved at least: Adam reads weights, gradients and two moments and writes all but the gradients back
        (7 float32 a parameter); what is kept for the backward pass is written once and read once.
        """
        return 28 * self.parameters + 2 * BYTES[precision] * self.kept


@lru_cache
def work(shape: Shape) -> Work:
    """Return the work of one step of a shape, counted on its module without computing anything."""
    task = shape.task("fp32", 1, 1, 1, "cpu")
    module = on_meta(task)
    parameters = list(module.parameters())
    own = {p.untyped_storage()._cdata for p in parameters}
    axes = shape.record if len(shape.record) < 3 else (shape.record[2], *shape.record[:2])
    x = torch.empty(len(task.y), *axes, device="meta")
    kept: dict[int, Tensor] = {}

    def keep(saved: Tensor) -> Tensor:
        kept[saved.untyped_storage()._cdata] = saved
        return saved

    with FlopCounterMode(display=False) as counter:
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda saved: saved):
            loss = nn.functional.cross_entropy(module(x), torch.zeros(len(x), dtype=torch.long, device="meta"))
        loss.backward()
    numbers = sum(t.numel() for key, t in kept.items() if key not in own and t.is_floating_point())
    full = shape.suite.part / (shape.steps_per_epoch * len(x))
    return Work(round(full * counter.get_total_flops()), sum(p.numel() for p in parameters), round(full * numbers))
