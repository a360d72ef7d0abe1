"""Training of one cohort: start K models, step them together, watch for divergence."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Generator, Iterator, Sequence
from dataclasses import replace
from threading import Event
from typing import Any

import numpy as np
import torch
from torch import Tensor

from models import hooks, private, wide
from models.asking import beside
from models.augment import draws
from models.batch import Batch, Draws
from models.building import start
from models.cohort import Stopped, interleaved
from models.companion import Companion
from models.faults import HookError, line, place
from models.graph import Captured
from models.keeping import Best
from models.optimizers import optimizer
from models.predict import Predictor
from models.recipe import Recipe
from models.records import Records, as_tensor
from models.stack import Stack
from models.task import Diverged, Task

Steps = Generator[None, None, list[Predictor | Diverged]]


class Cohort:
    """The state of K models in training.

    batched: step them as one program, else there is one. All that is drawn from torch's global generator is drawn here,
    so that cohorts that are made one after another can be trained side by side.
    """

    def __init__(self, task: Task, members: range, records: Records, batched: bool) -> None:
        self.task, self.records, self.device = task, records, records.x.device
        seeds = tuple(task.seeds[k] for k in members)
        modules, self.generators = zip(*(start(task, seed) for seed in seeds), strict=True)
        self.stack = Stack.of(modules, self.device, task.dtype, batched)
        factor = hooks.weight_decay(task.defense)
        decay = task.recipe.weight_decay if factor is None else factor
        self.optimizer = optimizer(self.stack.trained, task.recipe, decay, self.device)
        self.rows = torch.stack([torch.from_numpy(np.asarray(task.rows[k], dtype=np.int64)) for k in members])
        self.total = torch.zeros(len(members), device=self.device, dtype=task.dtype)  # of the losses of an epoch
        self.targets = torch.zeros(len(members), device=self.device, dtype=task.dtype)  # their sum; NaN if one is
        self.done, self.counts = 0, torch.zeros(2, dtype=torch.int64, device=self.device)  # steps; epoch, step
        self.draws = Draws(seeds, self.counts[1])
        self.taught: Tensor | None = None
        if task.taught:
            tables = torch.stack([as_tensor(task.taught[k], self.device) for k in members])
            self.taught, self.which = tables.to(task.dtype), torch.arange(len(members), device=self.device)[:, None]
        self.best = Best(task, members, self.stack) if task.recipe.keep == "validation" else None
        self.reasons: dict[int, str] = {}
        own = ("targets", "mix", "features", "loss", "weight_decay", "privacy", "companion")
        plain = all(hooks.standard(task.defense, hook) for hook in own)
        ours = type(task.network).__module__.startswith(f"{__package__}.")
        self.ours = plain and ours  # nobody else's code runs in a step
        self.members, self.known = members, wide.known(self.stack.module, task.x.shape[1:])
        self.privacy, length = hooks.privacy(task.defense), self.rows.shape[1]
        if self.privacy and private.refused(self.stack.module):
            raise HookError(
                f"network {type(task.network).__name__}: BatchNorm mixes the records of a batch, so that no record has "
                f"a gradient of its own to clip; expected a network without it, such as one with GroupNorm"
            )
        width = private.width(length, task.recipe.batch) if self.privacy else min(task.recipe.batch, length)
        recorded = self.device.type == "cuda" and self.known
        self.step = Captured(self._step, width) if recorded else self._step
        self.companion = hooks.companion(task.defense, lambda: beside(task, members, self.rows, records, self.stack))

    def train(self, reach: Callable[[int], None], stop: Event) -> Steps:
        """Train, a step between one `next` and the next; return a Predictor or Diverged for each model.

        reach(e) is told how many epochs are done. Raises Stopped when `stop` is set.
        """
        with contextlib.nullcontext() if self.known else _own_generator(self.task.seeds[self.members[0]], self.device):
            for epoch in range(self.task.recipe.epochs):
                yield from self._run_epoch(epoch, stop)
                now = [self._predictor(k) for k in range(len(self.rows))]
                self.task.watch(self.members, epoch + 1, now)
                if self.best:
                    self.best.look(epoch + 1, now)
                reach(epoch + 1)
        facts = hooks.facts(self.companion, len(self.rows))
        if self.best:
            self.best.restore()
        return [Diverged(self.reasons[k]) if k in self.reasons else self._kept(k, own) for k, own in enumerate(facts)]

    def _kept(self, k: int, facts: dict[str, Any]) -> Predictor:
        predictor = self._predictor(k)
        predictor.facts.update({**(self.best.facts(k) if self.best else {}), **facts})
        return predictor

    def _predictor(self, k: int) -> Predictor:
        return Predictor(self.stack, k, self.records.inputs, self.task.x.shape[1:])

    def _run_epoch(self, epoch: int, stop: Event) -> Iterator[None]:
        self.optimizer.set_rate(self.task.recipe.rate(epoch))
        if self.task.recipe.restart:
            self.optimizer.restart()
        self.counts[0].fill_(epoch)
        batches = private.batches if self.privacy else _batches
        for index, draw in batches(self.rows, self.generators, self.task.recipe, self.device):
            if stop.is_set():
                raise Stopped
            try:
                if self.companion is not None:
                    hooks.call(self.companion, "before", self.done)
                self.done += 1
                self.step(index, draw)
            except (torch.OutOfMemoryError, ValueError):
                raise
            except Exception as error:  # what a hook or a network returned cannot be trained on
                if self.ours:
                    raise
                raise HookError(f"a step of training failed: {line(error)}") from error
            yield
        if not self.targets.isfinite().all():
            raise HookError(f"targets: expected finite numbers, got NaN or infinite in epoch {epoch + 1}")
        for k, loss in enumerate(self.total.tolist()):
            if not np.isfinite(loss):
                what = "NaN" if np.isnan(loss) else "infinite"
                self.reasons.setdefault(k, f"loss became {what} in epoch {epoch + 1}")
        if epoch + 1 == self.task.recipe.epochs:
            for k, finite in enumerate(self.stack.finite().tolist()):
                if not finite:
                    self.reasons.setdefault(k, f"weights became infinite or NaN by epoch {epoch + 1}")
        self.total.zero_()

    def _step(self, index: Tensor, draw: Tensor | None) -> None:
        """Train on the rows index (K, B) of the pool. Nothing in here waits for the device."""
        self.draws.begin(self.counts[1].clone())
        self.optimizer.step(self._gradients(index, draw) if self.privacy is None else self._private(index, draw))
        self.counts[1].add_(1)

    def _batch(self, index: Tensor, draw: Tensor | None) -> Batch:
        x, y = self.records.batch(index, draw)
        epoch, step = self.counts.clone()
        taught = None if self.taught is None else self.taught[self.which, index]
        return Batch(y, index, x, epoch, step, self.task.classes, taught, self.draws)

    def _gradients(self, index: Tensor, draw: Tensor | None) -> Sequence[Tensor | None]:
        batch = self._batch(index, draw)
        losses, soft = forward(self.task, self.stack, batch, _mixed(self.task, self.device), self.companion)
        self._count(losses.detach(), batch, soft)
        return torch.autograd.grad(losses.sum(), self.stack.trained, allow_unused=True)

    def _private(self, index: Tensor, draw: Tensor | None) -> list[Tensor]:
        """Return noisy means of clipped gradients; the rows index are those of private.batches."""
        assert self.privacy is not None
        length, usual = self.rows.shape[1], self.task.recipe.batch
        expected, width = length / private.steps(length, usual), private.width(length, usual)
        noise, sums = private.normal(self.stack.trained, self.draws), list[Tensor]()
        for part in (slice(i, i + width) for i in range(0, index.shape[1], width)):
            rows, real = index[:, part], index[:, part] >= 0
            batch = self._batch(torch.where(real, rows, ~rows), None if draw is None else draw[:, part])
            taught = batch.targets
            soft = hooks.targets(self.task.defense, batch, self.task.dtype) if taught is None else taught
            made, losses = private.clipped(self.stack, self.privacy.clip, batch.inputs, soft, real)
            sums = [a + b for a, b in zip(sums, made, strict=True)] if sums else made
            self._count(losses.sum(-1) / expected, batch, soft)
        return private.noised(self.privacy, sums, expected, noise)

    def _count(self, losses: Tensor, batch: Batch, soft: Tensor) -> None:
        self.total.add_(losses)
        if batch.targets is None and not hooks.standard(self.task.defense, "targets"):
            self.targets.add_(soft.detach().sum((-2, -1)))


def train_cohort(
    task: Task, members: range, records: Records, batched: bool, reach: Callable[[int], None], stop: Event
) -> list[Predictor | Diverged]:
    """Return what `Cohort(task, members, records, batched).train(reach, stop)` does."""
    return interleaved([Cohort(task, members, records, batched).train(reach, stop)])[0]


def forward(
    task: Task, stack: Stack, batch: Batch, reduced: bool, companion: Companion | None = None
) -> tuple[Tensor, Tensor]:
    """Return the losses (K,) of a stack on a batch, and the targets (K, B, C), after the hooks of the task's defense.

    reduced: compute products in bfloat16. companion: whose loss it is, if not the defense's.

    Raises HookError where a hook does not keep its contract, ValueError where the network does not.
    """
    if batch.targets is None:
        batch = replace(batch, targets=hooks.targets(task.defense, batch, task.dtype))
    batch = hooks.mixed(task.defense, batch, task.dtype)
    assert batch.targets is not None
    with torch.autocast(batch.inputs.device.type, torch.bfloat16, enabled=reduced, cache_enabled=False):
        logits = _logits(task, stack, batch)
    return hooks.loss(companion or task.defense, logits.to(task.dtype), batch), batch.targets


@contextlib.contextmanager
def _own_generator(seed: int, device: torch.device) -> Iterator[None]:
    """Make torch's global generators, which dropout draws from, a function of a model's seed."""
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(int(np.random.SeedSequence([seed, 2]).generate_state(1)[0]))
        yield


def _logits(task: Task, stack: Stack, batch: Batch) -> Tensor:
    name, expected = type(task.network).__name__, (*batch.labels.shape[1:], batch.classes)
    try:
        made = stack.logits(batch.inputs, training=True, features=hooks.features(task.defense, batch))
    except (torch.OutOfMemoryError, KeyboardInterrupt, HookError):
        raise
    except BaseException as error:
        raise ValueError(f"network {name}: {line(error)}{place(task.network, error)}") from error
    if tuple(made.shape[1:]) != expected:
        raise ValueError(f"network {name}: expected logits of shape {expected}, got {tuple(made.shape[1:])}")
    return made


def _mixed(task: Task, device: torch.device) -> bool:
    if task.recipe.precision != "mixed" or task.dtype != torch.float32:
        return False
    return device.type == "cuda" or (device.type == "cpu" and torch.ops.mkldnn._is_mkldnn_bf16_supported())


def _batches(
    rows: Tensor, generators: Sequence[torch.Generator], recipe: Recipe, device: torch.device
) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Yield the batches of an epoch as rows of the pool (K, B) and draws (K, B, D) for the augmentation, or None."""
    length = rows.shape[1]
    order = torch.stack([own[torch.randperm(length, generator=g)] for own, g in zip(rows, generators, strict=True)])
    order = order.to(device)
    draw = None
    if recipe.augment:
        shape = (length, draws(recipe.augment))
        draw = torch.stack([torch.rand(shape, generator=g, dtype=torch.float32) for g in generators]).to(device)
    for first in range(0, length, recipe.batch):
        batch = slice(first, first + recipe.batch)
        yield order[:, batch], None if draw is None else draw[:, batch]
