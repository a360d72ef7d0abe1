"""K models of one network as one set of stacked tensors.

Elementwise optimiser kernels treat the last few numbers of a tensor differently from the rest, in the last bit. So each
model's share of a tensor is padded to whole vectors: then what a model becomes depends, to the bit, neither on its
position in the stack nor on how many models there are.
"""

from __future__ import annotations

import copy
from collections.abc import Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.func import functional_call

from models import wide
from models.faults import HookError
from models.features import reading
from models.wide import Features


class Slot(NamedTuple):
    """One parameter of the network."""

    name: str
    shape: torch.Size

    def to_memory(self, parameter: Tensor) -> Tensor:
        """Return a parameter as the numbers (P,) in which it is kept: a convolution's with its channels last."""
        return (parameter.movedim(1, -1) if parameter.dim() == 4 else parameter).flatten()

    def from_memory(self, memory: Tensor) -> Tensor:
        """Return the parameters (K, *shape) kept in memory (K, P), as a view."""
        if len(self.shape) == 4:
            outputs, inputs, height, width = self.shape
            return memory.view(-1, outputs, height, width, inputs).movedim(-1, 2)
        return memory.view(-1, *self.shape)


class Stack:
    """K models: leaves, one (K, P) for each parameter, and buffers name -> (K, ...).

    batched: run all models as one program, else (only for K = 1) the module as it is.
    """

    def __init__(
        self, module: nn.Module, slots: list[Slot], leaves: list[Tensor], buffers: dict[str, Tensor], batched: bool
    ) -> None:
        self.module = module
        alone = not batched or isinstance(module, wide.Stackable)
        self.program = module if alone else wide.widen(module, len(leaves[0]))
        # asked once: whether something keeps a protocol takes long to find out
        self.own = self.program.stacked if isinstance(self.program, wide.Stackable) else None
        self.slots = slots
        self.leaves = leaves
        self.buffers = buffers
        self.batched = batched

    @classmethod
    def of(cls, modules: Sequence[nn.Module], device: torch.device, dtype: torch.dtype, batched: bool) -> Stack:
        """Return the stack of K modules of one network."""
        empty = copy.deepcopy(modules[0]).to(device="meta")
        stack = cls.zeros(empty, len(modules), device, dtype, batched)
        with torch.no_grad():
            for slot, leaf in zip(stack.slots, stack.leaves, strict=True):
                for row, module in zip(leaf, modules, strict=True):
                    row[: slot.shape.numel()] = slot.to_memory(module.get_parameter(slot.name))
            for name, buffer in stack.buffers.items():
                for row, module in zip(buffer, modules, strict=True):
                    row.copy_(module.get_buffer(name))
        return stack

    @classmethod
    def zeros(cls, module: nn.Module, models: int, device: torch.device, dtype: torch.dtype, batched: bool) -> Stack:
        """Return a stack of so many models like `module` whose weights are all 0."""
        slots = [Slot(name, p.shape) for name, p in module.named_parameters()]
        sizes = [slot.shape.numel() for slot in slots]
        leaves = [
            torch.zeros(models, size + -size % wide.LANES, device=device, dtype=dtype, requires_grad=p.requires_grad)
            for size, p in zip(sizes, module.parameters(), strict=True)
        ]
        buffers = {
            name: torch.zeros(models, *b.shape, device=device, dtype=dtype if b.is_floating_point() else b.dtype)
            for name, b in module.named_buffers()
        }
        return cls(module, slots, leaves, buffers, batched)

    def __len__(self) -> int:
        return len(self.leaves[0])

    @property
    def trained(self) -> list[Tensor]:
        """The leaves that training changes."""
        return [leaf for leaf in self.leaves if leaf.requires_grad]

    def models(self, start: int, stop: int) -> Stack:
        """Return the models start..stop-1 as a stack of their own that shares memory with this one."""
        leaves = [leaf.detach()[start:stop] for leaf in self.leaves]
        buffers = {name: buffer[start:stop] for name, buffer in self.buffers.items()}
        return Stack(self.module, self.slots, leaves, buffers, self.batched)

    def parameters(self) -> dict[str, Tensor]:
        """Return the parameters by name, each (K, *shape): views of the leaves."""
        views = {}
        for slot, leaf in zip(self.slots, self.leaves, strict=True):
            size = slot.shape.numel()
            own = leaf if size == leaf.shape[1] else leaf.narrow(1, 0, size)
            views[slot.name] = slot.from_memory(own)
        return views

    def finite(self) -> Tensor:
        """Return whether all weights of each model are finite, (K,) bool."""
        return torch.stack([leaf.detach().isfinite().all(1) for leaf in self.leaves]).all(0)

    def logits(self, x: Tensor, training: bool, features: Features | None = None) -> Tensor:
        """Return the logits (K, B, C) of every model on its own records x (K, B, ...).

        Running statistics in buffers are updated in training mode. features: what the last layer is to read, of what
        it is given, both (K, B, F). Raises HookError where there is no such layer.
        """
        parameters = self.parameters()
        if self.program.training != training:
            self.program.train(training)
        if not self.batched:
            own = {name: p.squeeze(0) for name, p in parameters.items()}
            buffers = {name: b[0] for name, b in self.buffers.items()}
            return self._read(own, buffers, x[0], features)[None]
        if self.own is not None:
            return self.own(parameters, x, features)
        own = {name: p.flatten(0, 1) for name, p in parameters.items()}
        shared = {name: b.flatten(0, 1) if b.dim() > 1 else b for name, b in self.buffers.items()}
        images = x.movedim(0, 1).flatten(1, 2)
        return self._read(own, shared, images, features).unflatten(1, (len(x), -1)).movedim(1, 0)

    def _read(
        self, parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor, features: Features | None
    ) -> Tensor:
        def run() -> Tensor:
            return functional_call(self.program, (parameters, buffers), (x,))

        made = reading(features, self.program, len(self), run)
        if not isinstance(made, Tensor):
            raise HookError(f"the network's forward: expected logits, one tensor, got {type(made).__name__}")
        return made
