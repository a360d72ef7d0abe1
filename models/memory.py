"""How much memory a model takes in training, found without a device: one step on tensors that hold nothing."""

from __future__ import annotations

import weakref
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor, nn
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from models import private
from models.augment import draws
from models.batch import Batch
from models.building import skeleton
from models.faults import HookError
from models.hooks import Standard, one_hot
from models.records import Inputs
from models.stack import Stack
from models.task import Task
from models.training import forward


def on_meta(task: Task) -> nn.Module:
    """Return the task's module without memory for its weights."""
    return skeleton(task.network, task.x.shape[1:], task.classes)


def bytes_per_model(task: Task, batched: bool = True) -> int:
    """Return how many bytes one model of a cohort takes in training at its peak.

    That is its weights and the optimiser's state; at the worst moment of a step its batch, activations, gradients and
    temporaries; and its record order and random numbers of an epoch. What libraries add for themselves is not in it.
    """
    module = on_meta(task)
    with FakeTensorMode(), _Peak() as memory:
        stack = Stack.zeros(module, 1, torch.device("cpu"), task.dtype, batched)
        _step(task, stack)
    states = {"adam": 2, "sgd": 1 if task.recipe.momentum else 0}[task.recipe.optimizer]
    weights = sum(leaf.nbytes for leaf in stack.leaves)
    epoch = len(task.rows[0]) * (8 + 4 * draws(task.recipe.augment))
    return memory.peak + states * weights + epoch


def free(device: torch.device) -> int:
    """Return the bytes of a GPU that are free for this process: those that nobody holds, and those that its allocator
    keeps of what was trained before.
    """
    unheld, _ = torch.cuda.mem_get_info(device)
    return unheld + torch.cuda.memory_reserved(device) - torch.cuda.memory_allocated(device)


def _step(task: Task, stack: Stack) -> tuple[Tensor, ...]:
    """Return the gradients of one step on a batch of zeros."""
    secret, length = task.defense.privacy(), len(task.rows[0])
    secret = None if private.refused(stack.module) else secret  # such a network is refused in words when it is trained
    size = private.width(length, task.recipe.batch) if secret else min(task.recipe.batch, length)
    kind = torch.from_numpy(task.x[:0].copy()).dtype  # of what may be read-only
    x = Inputs(task.scale, task.shift, torch.device("cpu"), task.dtype)(
        torch.zeros(1, size, *task.x.shape[1:], dtype=kind)
    )
    batch = Batch.of(torch.zeros(1, size, dtype=torch.int64), task.classes, x)
    if secret:
        targets = one_hot(batch.labels, task.classes).to(task.dtype)
        real = torch.ones(1, size, dtype=torch.bool)
        return tuple(private.clipped(stack, secret.clip, x, targets, real)[0])
    mixed = task.recipe.precision == "mixed" and task.dtype == torch.float32
    try:
        losses, _ = forward(task, stack, batch, mixed)
    except HookError:  # a hook may look at values, which are not there
        losses, _ = forward(replace(task, defense=Standard()), stack, batch, mixed)
    return torch.autograd.grad(losses.sum(), stack.trained, allow_unused=True)


class _Peak(TorchDispatchMode):
    """Adds up the memory of all tensors made and alive; `peak` is the most of it.

    A view counts as its whole storage, so that the storages of what is viewed must have been made here, too.
    """

    def __init__(self) -> None:
        super().__init__()
        self.alive = self.peak = 0
        self.counted: set[int] = set()

    def __torch_dispatch__(self, func: Any, types: Any, args: Any = (), kwargs: Any = None) -> Any:
        """Run the operation and count the storages that it made."""
        result = func(*args, **(kwargs or {}))
        for tensor in result if isinstance(result, (tuple, list)) else (result,):
            if isinstance(tensor, Tensor):
                self._count(tensor.untyped_storage())
        return result

    def _count(self, storage: torch.UntypedStorage) -> None:
        key, size = storage._cdata, storage.nbytes()
        if key not in self.counted:
            self.counted.add(key)
            self.alive += size
            self.peak = max(self.peak, self.alive)
            weakref.finalize(storage, self._free, key, size)

    def _free(self, key: int, size: int) -> None:
        self.counted.discard(key)
        self.alive -= size
