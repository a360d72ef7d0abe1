"""Training of one cohort: start K models, step them together, watch for divergence."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from threading import Event, Lock

import numpy as np
import torch
from torch import Generator, Tensor, nn

from models.augment import draws
from models.cohort import Stopped
from models.graph import Captured
from models.predict import Predictor
from models.recipe import Recipe
from models.records import Records
from models.stack import Stack
from models.task import Diverged, Task

_GLOBAL_GENERATOR = Lock()


def start(task: Task, seed: int) -> tuple[nn.Module, Generator]:
    """Return a model's initial module and the generator of its record order and augmentation, on the CPU."""
    mixed = int(np.random.SeedSequence(seed).generate_state(1)[0])  # torch's generator keeps 32 bits of a seed
    with _GLOBAL_GENERATOR, torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(mixed)
        module = task.network.build(task.x.shape[1:], task.classes)
        state = torch.default_generator.get_state()
    generator = Generator()
    generator.set_state(state)
    return module, generator


def train_cohort(
    task: Task, members: range, records: Records, batched: bool, reach: Callable[[int], None], stop: Event
) -> list[Predictor | Diverged]:
    """Return a Predictor or Diverged for each of the task's models `members`.

    batched: step them as one program, else there is one. reach(e) is told how many epochs are done. Raises Stopped when
    `stop` is set.
    """
    cohort = _Cohort(task, members, records, batched)
    for epoch in range(task.recipe.epochs):
        cohort.run_epoch(epoch, stop)
        reach(epoch + 1)
    return [
        Diverged(cohort.reasons[k]) if k in cohort.reasons else Predictor(cohort.stack, k, records.inputs)
        for k in range(len(members))
    ]


class _Cohort:
    """The state of K models in training."""

    def __init__(self, task: Task, members: range, records: Records, batched: bool) -> None:
        self.task, self.records, self.device = task, records, records.x.device
        modules, self.generators = zip(*(start(task, task.seeds[k]) for k in members), strict=True)
        self.stack = Stack.of(modules, self.device, task.dtype, batched)
        self.optimizer = _optimizer(task, self.stack.leaves, self.device)
        self.rows = torch.stack([torch.from_numpy(np.asarray(task.rows[k], dtype=np.int64)) for k in members])
        self.total = torch.zeros(len(members), device=self.device, dtype=task.dtype)  # of the losses of an epoch
        self.reasons: dict[int, str] = {}
        on_gpu = self.device.type == "cuda"
        self.step = Captured(self._step, min(task.recipe.batch, self.rows.shape[1])) if on_gpu else self._step

    def run_epoch(self, epoch: int, stop: Event) -> None:
        _set_rate(self.optimizer, self.task.recipe.rate(epoch))
        for index, draw in _batches(self.rows, self.generators, self.task.recipe, self.device):
            if stop.is_set():
                raise Stopped
            self.step(index, draw)
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
        task = self.task
        x, y = self.records.batch(index, draw)
        targets = task.defense.targets(y, task.classes).to(task.dtype)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=_mixed(task, self.device), cache_enabled=False):
            logits = self.stack.logits(x, training=True)
        loss = task.defense.loss(logits.to(task.dtype), targets)
        if loss.shape != self.total.shape:
            raise ValueError(f"defense: loss has the shape {tuple(loss.shape)}, expected {tuple(self.total.shape)}")
        for leaf, gradient in zip(self.stack.leaves, torch.autograd.grad(loss.sum(), self.stack.leaves), strict=True):
            leaf.grad = gradient
        self.optimizer.step()
        self.optimizer.zero_grad()  # else this step's gradients lie beside the next one's
        self.total.add_(loss.detach())


def _mixed(task: Task, device: torch.device) -> bool:
    if task.recipe.precision != "mixed" or task.dtype != torch.float32:
        return False
    return device.type != "cpu" or torch.ops.mkldnn._is_mkldnn_bf16_supported()


def _optimizer(task: Task, leaves: list[Tensor], device: torch.device) -> torch.optim.Optimizer:
    recipe, decay = task.recipe, task.defense.weight_decay() or 0.0
    on_gpu = device.type == "cuda"  # a captured step reads its learning rate from the device
    rate = torch.tensor(recipe.learning_rate, device=device) if on_gpu else recipe.learning_rate
    if recipe.optimizer == "adam":
        return torch.optim.Adam(leaves, rate, weight_decay=decay, fused=True, capturable=on_gpu)
    return torch.optim.SGD(leaves, rate, recipe.momentum, weight_decay=decay, fused=True)


def _set_rate(optimizer: torch.optim.Optimizer, rate: float) -> None:
    for group in optimizer.param_groups:
        if isinstance(group["lr"], Tensor):
            group["lr"].fill_(rate)
        else:
            group["lr"] = rate


def _batches(
    rows: Tensor, generators: Sequence[Generator], recipe: Recipe, device: torch.device
) -> Iterator[tuple[Tensor, Tensor | None]]:
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
