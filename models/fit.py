"""The only training loop: a cohort of models in, as many trained predictors out.

Here stands how models are trained at once, and why; what happens to them is in models.training.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from threading import Event, Lock

import torch

from models.cohort import in_cohorts, side_by_side
from models.memory import bytes_per_model, on_meta
from models.predict import Predictor
from models.records import Inputs, Records
from models.stack import Stackable
from models.task import Diverged, Task
from models.training import train_cohort

FIT_VERSION = 1
STACKED, THREADED, IN_TURN = "stacked", "threaded", "in turn"
TINY = 200_000  # parameters; up to here a stack of Mlps beats training them in turn on a CPU
TINY_WIDTH = 32  # models; more at once leave the caches and gain nothing
STACKS = 2  # side by side; Python steps one at a time, which more stacks would wait for
SHARE = 0.8  # of a GPU's free memory, for a cohort
WIDEST = 128  # models; launches are long paid for, and an interruption loses a cohort


def fit(task: Task, on_step: Callable[[int], None] | None = None) -> Sequence[Predictor | Diverged]:
    """Train the K models of a task; return a Predictor or Diverged for each, in the order of task.rows.

    on_step(m) is called once an epoch of a cohort, with the number of model-epochs finished since the call before it
    (one call at a time, not always from the caller's thread).
    A model's result does not depend on the other models of the task: on a CPU to the bit (a lone one in mixed precision
    up to rounding), elsewhere up to rounding.

    On a CPU, tiny networks are stacked and stepped as one program; two such stacks on a thread each are about as fast
    as one on two threads when the machine is idle, and many times as fast when it is busy, since nothing waits for a
    thread that lost its core. Others are trained one model a thread, side by side, in mixed precision, and with all
    threads one after another in fp32, which keeps as many cores busy, or when there is but one. On a GPU all networks
    are stacked, as many models at once as its free memory holds: small steps are bound by launches, which a stack pays
    once and a CUDA graph not at all. Convolutions are grouped (models.wide); whether products of unfolded images or
    streams of separate models are faster there has not been measured.
    """
    device = torch.device(task.device)
    inputs = Inputs(task.scale, task.shift, device, task.dtype)
    records = Records(task.x, task.y, inputs, task.recipe.augment)
    progress = _Progress(on_step)

    def train(members: range, batched: bool, stop: Event) -> list[Predictor | Diverged]:
        return train_cohort(task, members, records, batched, lambda e: progress.reach(members, e), stop)

    def stacked(members: range) -> list[Predictor | Diverged]:
        if device.type != "cpu":
            return train(members, True, Event())
        each = -(-len(members) // min(STACKS, torch.get_num_threads()))
        parts = [members[i : i + each] for i in range(0, len(members), each)]
        return side_by_side(parts, lambda part, stop: train(part, True, stop))

    def threaded(members: range) -> list[Predictor | Diverged]:
        parts = [members[i : i + 1] for i in range(len(members))]
        return side_by_side(parts, lambda part, stop: train(part, False, stop))

    def in_turn(members: range) -> list[Predictor | Diverged]:
        return train(members, False, Event())

    way = {STACKED: stacked, THREADED: threaded, IN_TURN: in_turn}[_way(task)]
    return in_cohorts(len(task.rows), cohort_width(task), way)


def cohort_width(task: Task) -> int:
    """Return how many models `fit` trains at once, and so how many an interruption can lose."""
    device = torch.device(task.device)
    if device.type == "cuda":
        free, _ = torch.cuda.mem_get_info(device)
        return max(1, min(WIDEST, int(SHARE * free) // bytes_per_model(task)))
    return {STACKED: TINY_WIDTH, THREADED: torch.get_num_threads(), IN_TURN: 1}[_way(task)]


def _way(task: Task) -> str:
    """Return how to train the models of a task."""
    if torch.device(task.device).type != "cpu":
        return STACKED
    module = on_meta(task)
    if isinstance(module, Stackable) and sum(p.numel() for p in module.parameters()) <= TINY:
        return STACKED
    return THREADED if task.recipe.precision == "mixed" and len(task.rows) > 1 else IN_TURN


class _Progress:
    """Counts model-epochs; those of a model that is trained again count once."""

    def __init__(self, on_step: Callable[[int], None] | None) -> None:
        self.on_step = on_step
        self.epochs: dict[int, int] = {}
        self.lock = Lock()

    def reach(self, members: range, epochs: int) -> None:
        with self.lock:
            new = sum(max(0, epochs - self.epochs.get(k, 0)) for k in members)
            self.epochs.update({k: max(epochs, self.epochs.get(k, 0)) for k in members})
            if new and self.on_step is not None:
                self.on_step(new)
