"""The only training loop: a cohort of models in, as many trained predictors out."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from threading import Event, Lock
from typing import Any, Protocol

import numpy as np
import torch
from torch import Generator, Tensor, nn

from models.augment import draws
from models.cohort import Stopped, in_cohorts, side_by_side, threads_for
from models.predict import Predictor
from models.recipe import Recipe
from models.records import Inputs, Records
from models.stack import Stack, Stackable

FIT_VERSION = 1
STACKED, THREADED, IN_TURN = "stacked", "threaded", "in turn"
TINY = 200_000  # parameters; up to here a stack of Mlps beats training them in turn on a CPU
TINY_WIDTH = 32  # models; more at once leave the caches and gain nothing


class Network(Protocol):
    """What builds a module; see models.networks."""

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """Return a module for records of `shape`."""


class Hooks(Protocol):
    """What a defense may change in training; every axis left of B is the models'."""

    def targets(self, labels: Tensor, classes: int) -> Tensor:
        """Return targets (..., B, C) for labels (..., B)."""

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss (...,) of logits (..., B, C)."""

    def weight_decay(self) -> float | None:
        """Return the factor of the weights that is added to the gradient, or None."""


@dataclass(frozen=True, eq=False)
class Task:
    """A cohort: K models of one network, recipe and defense on different records of a pool.

    x (N, ...) raw records, y (N,) labels below `classes`; the network sees x * scale + shift (over the last axis).
    rows: K arrays of equal length n, the rows of the pool that each model trains on. seeds: K whole numbers; each alone
    determines its model's initial weights, record order and augmentation. device: "cpu", "cuda", "cuda:1", ...
    dtype: of weights and inputs; float64 is for tests.

    Raises ValueError when rows and seeds do not match.
    """

    x: np.ndarray
    y: np.ndarray
    classes: int
    scale: tuple[float, ...]
    shift: tuple[float, ...]
    rows: tuple[np.ndarray, ...]
    seeds: tuple[int, ...]
    network: Network
    recipe: Recipe
    defense: Hooks
    device: str = "cpu"
    dtype: torch.dtype = torch.float32

    def __post_init__(self) -> None:
        if not self.rows or len(self.rows) != len(self.seeds):
            raise ValueError(f"task: {len(self.rows)} sets of rows, {len(self.seeds)} seeds, expected as many")
        lengths = sorted({len(r) for r in self.rows})
        if len(lengths) > 1 or not lengths[0]:
            raise ValueError(f"task: rows have the lengths {lengths}, expected one length above 0")


@dataclass(frozen=True)
class Diverged:
    """A model whose training failed, and why."""

    reason: str


def fit(task: Task, on_step: Callable[[int], None] | None = None) -> Sequence[Predictor | Diverged]:
    """Train the K models of a task; return a Predictor or Diverged for each, in the order of task.rows.

    on_step(m) is called once an epoch of a cohort, with the number of model-epochs finished since the call before it
    (one call at a time, not always from the caller's thread).
    A model's result does not depend on the other models of the task: on a CPU to the bit, elsewhere up to rounding.

    On a CPU, tiny networks are stacked and stepped as one program. Others are trained one model a thread, side by side,
    in mixed precision, and one after another with all threads in fp32, which then keeps as many cores busy. On a GPU
    all networks are stacked, as many models at once as its free memory holds.
    """
    device = torch.device(task.device)
    inputs = Inputs(task.scale, task.shift, device, task.dtype)
    records = Records(task.x, task.y, inputs, task.recipe.augment)
    progress = _Progress(on_step)

    def stacked(members: range) -> list[Predictor | Diverged]:
        with threads_for(len(members)) if device.type == "cpu" else contextlib.nullcontext():
            return _train(task, members, records, inputs, progress, batched=True)

    def threaded(members: range) -> list[Predictor | Diverged]:
        def one(k: int, stop: Event) -> Predictor | Diverged:
            return _train(task, range(k, k + 1), records, inputs, progress, batched=False, stop=stop)[0]

        return side_by_side(members, one)

    def in_turn(members: range) -> list[Predictor | Diverged]:
        return _train(task, members, records, inputs, progress, batched=False)

    way = {STACKED: stacked, THREADED: threaded, IN_TURN: in_turn}[_way(task)]
    return in_cohorts(len(task.rows), cohort_width(task), way)


def cohort_width(task: Task) -> int:
    """Return how many models `fit` trains at once, and so how many an interruption can lose."""
    if torch.device(task.device).type != "cpu":
        return len(task.rows)
    return {STACKED: TINY_WIDTH, THREADED: torch.get_num_threads(), IN_TURN: 1}[_way(task)]


def _way(task: Task) -> str:
    """Return how to train the models of a task."""
    if torch.device(task.device).type != "cpu":
        return STACKED
    with torch.device("meta"):
        module = task.network.build(task.x.shape[1:], task.classes)
    if isinstance(module, Stackable) and sum(p.numel() for p in module.parameters()) <= TINY:
        return STACKED
    return THREADED if task.recipe.precision == "mixed" else IN_TURN


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


_GLOBAL_GENERATOR = Lock()


def _start(task: Task, seed: int) -> tuple[nn.Module, Generator]:
    """Return a model's initial module and the generator of its record order and augmentation, on the CPU."""
    mixed = int(np.random.SeedSequence(seed).generate_state(1)[0])  # torch's generator keeps 32 bits of a seed
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(mixed)
        module = task.network.build(task.x.shape[1:], task.classes)
        state = torch.default_generator.get_state()
    generator = Generator()
    generator.set_state(state)
    return module, generator


def _optimizer(task: Task, leaves: list[Tensor]) -> torch.optim.Optimizer:
    recipe, decay = task.recipe, task.defense.weight_decay() or 0.0
    if recipe.optimizer == "adam":
        return torch.optim.Adam(leaves, recipe.learning_rate, weight_decay=decay, fused=True)
    return torch.optim.SGD(leaves, recipe.learning_rate, recipe.momentum, weight_decay=decay, fused=True)


def _train(
    task: Task,
    members: range,
    records: Records,
    inputs: Inputs,
    progress: _Progress,
    batched: bool,
    stop: Event | None = None,
) -> list[Predictor | Diverged]:
    device, recipe = records.x.device, task.recipe
    modules, generators = zip(*(_start(task, task.seeds[k]) for k in members), strict=True)
    stack = Stack.of(modules, device, task.dtype, batched)
    optimizer = _optimizer(task, stack.leaves)
    rows = torch.stack([torch.from_numpy(np.asarray(task.rows[k], dtype=np.int64)) for k in members])
    total = torch.zeros(len(members), device=device, dtype=task.dtype)
    mixed = recipe.precision == "mixed" and task.dtype == torch.float32

    def step(index: Tensor, draw: Tensor | None) -> None:
        x, y = records.batch(index, draw)
        targets = task.defense.targets(y, task.classes).to(task.dtype)
        with torch.autocast(device.type, torch.bfloat16, enabled=mixed, cache_enabled=False):
            logits = stack.logits(x, training=True)
        loss = task.defense.loss(logits.to(task.dtype), targets)
        gradients = torch.autograd.grad(loss.sum(), stack.leaves)
        for leaf, gradient in zip(stack.leaves, gradients, strict=True):
            leaf.grad = gradient
        optimizer.step()
        total.add_(loss.detach())

    reasons: dict[int, str] = {}
    for epoch in range(recipe.epochs):
        for group in optimizer.param_groups:
            group["lr"] = recipe.rate(epoch)
        for index, draw in _epoch(rows, generators, recipe, device):
            if stop is not None and stop.is_set():
                raise Stopped
            step(index, draw)
        for k, loss in enumerate(total.tolist()):
            if not np.isfinite(loss):
                reasons.setdefault(k, f"loss became {'NaN' if np.isnan(loss) else 'infinite'} in epoch {epoch + 1}")
        total.zero_()
        progress.reach(members, epoch + 1)
    return [Diverged(reasons[k]) if k in reasons else Predictor(stack, k, inputs) for k in range(len(members))]


def _epoch(
    rows: Tensor, generators: Sequence[Generator], recipe: Recipe, device: torch.device
) -> Iterator[tuple[Tensor, Any]]:
    """Yield the batches of an epoch as rows of the pool (K, B) and draws (K, B, D) for the augmentation, or None."""
    length = rows.shape[1]
    order = torch.stack([own[torch.randperm(length, generator=g)] for own, g in zip(rows, generators, strict=True)])
    order = order.to(device)
    draw = None
    if recipe.augment:
        shape = (length, draws(recipe.augment))
        draw = torch.stack([torch.rand(shape, generator=g) for g in generators]).to(device)
    for start in range(0, length, recipe.batch):
        batch = slice(start, start + recipe.batch)
        yield order[:, batch], None if draw is None else draw[:, batch]
