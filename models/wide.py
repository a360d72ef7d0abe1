"""One module that is K models: their channels lie side by side, and no channel sees another model's.

A layer of K models in which (B, C, ...) becomes (B, K C, ...) is a convolution in K groups, a BatchNorm of K C
channels, or K matrix products; everything between such layers acts on each channel alone and stays as it is. This is
preferred to torch.func.vmap, which runs the same grouped convolutions but leaves autocast's reduced precision out.
"""

from __future__ import annotations

import copy
from collections.abc import Callable
from typing import Protocol, runtime_checkable

import torch
from torch import Tensor, nn

LANES = 16  # numbers; the widest vector of the processors at hand, in float32

Features = Callable[[Tensor], Tensor]  # of what the last layer is given, (K, B, F), what it is to read


@runtime_checkable
class Stackable(Protocol):
    """A module with a batched form of its own, which its author promises to be right; others are widened."""

    def stacked(self, parameters: dict[str, Tensor], x: Tensor, features: Features | None = None) -> Tensor:
        """Return logits (K, B, C) for parameters with a leading K and records x (K, B, ...).

        features: what the last layer is to read, of what it is given, both (K, B, F).
        """


@runtime_checkable
class Taped(Protocol):
    """A module all of whose parameters are weights and biases of linear layers, and which says what passes these."""

    def taped(self, parameters: dict[str, Tensor], x: Tensor) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Return logits (K, B, C), and for each layer what enters it, (K, inputs, B), and leaves it, (K, outputs, B).

        The records' axis of these may be longer than B.
        """


# Layers that are understood: they act on each channel alone, or `widen` knows them. Their exact types: what a subclass
# does is not known. A module of one's own says so with `widens = True` in its class.
_CHANNELWISE = (nn.Tanh, nn.ReLU, nn.LeakyReLU, nn.ELU, nn.GELU, nn.SiLU, nn.Sigmoid, nn.Softplus, nn.Identity)
_POOLS = (nn.MaxPool2d, nn.AvgPool2d, nn.AdaptiveAvgPool2d)
_AXES = {nn.Linear: 2, nn.Conv2d: 4, nn.BatchNorm2d: 4, **dict.fromkeys(_POOLS, 4)}  # that a layer's input must have
_KNOWN = {nn.Sequential, nn.ModuleList, nn.Flatten, *_CHANNELWISE, *_AXES}


def known(module: nn.Module, shape: tuple[int, ...]) -> bool:
    """Return whether K models like `module`, for raw records of `shape`, can be run as one program.

    All others are trained one by one: a layer that is not understood would mix its neighbours' channels in silence.
    """
    if isinstance(module, Stackable):
        return True
    names = [len(list(module.named_parameters(remove_duplicate=d))) for d in (True, False)]
    if names[0] != names[1] or not all(_is_known(part) for part in module.modules()):
        return False
    wrong: list[nn.Module] = []

    def look(part: nn.Module, inputs: tuple[Tensor, ...]) -> None:
        if inputs[0].dim() != _AXES[type(part)]:
            wrong.append(part)

    empty = copy.deepcopy(module).to(device="meta")
    for part in empty.modules():
        if type(part) in _AXES:
            part.register_forward_pre_hook(look)
    axes = (shape[2], *shape[:2]) if len(shape) == 3 else shape
    try:
        made = empty(torch.zeros(2, *axes, device="meta"))
    except Exception:  # on its own it fails with its own words
        return False
    return not wrong and isinstance(made, Tensor) and made.dim() == 2


def best_apart(module: nn.Module) -> bool:
    """Return whether it has convolutions that are better run apart than in groups on a GPU: see `models.fit`. A module
    of one's own with BatchNorm says so with `apart = True` in its class.
    """
    kinds = {type(part) for part in module.modules()}
    told = any(vars(kind).get("apart") is True for kind in kinds)
    return nn.Conv2d in kinds and (told or nn.BatchNorm2d not in kinds)


def _is_known(part: nn.Module) -> bool:
    if vars(type(part)).get("widens") is not True and type(part) not in _KNOWN:
        return False
    if isinstance(part, nn.Flatten) and (part.start_dim, part.end_dim) != (1, -1):
        return False
    if isinstance(part, nn.BatchNorm2d) and part.momentum is None:
        return False
    if isinstance(part, nn.MaxPool2d) and part.return_indices:
        return False
    return "forward" not in vars(part) and not part._forward_hooks and not part._forward_pre_hooks


class Products(nn.Module):
    """K linear layers: weight (K outputs, inputs), bias (K outputs) or None."""

    def __init__(self, linear: nn.Linear, models: int) -> None:
        super().__init__()
        self.weight, self.bias, self.models = linear.weight, linear.bias, models

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, K outputs) for x (B, K inputs)."""
        own = x.unflatten(1, (self.models, -1)).movedim(1, 0)
        weight = self.weight.unflatten(0, (self.models, -1))
        if self.bias is None:
            return torch.bmm(own, weight.mT).movedim(0, 1).flatten(1)
        bias = self.bias.unflatten(0, (self.models, -1))
        return torch.baddbmm(bias.unsqueeze(1), own, weight.mT).movedim(0, 1).flatten(1)


def widen(module: nn.Module, models: int) -> nn.Module:
    """Return a copy, without weights of its own, of `module` for the channels of so many models.

    It must be `known`.
    """
    if isinstance(module, nn.Linear):
        return Products(module, models)
    wide = copy.copy(module)
    if isinstance(wide, nn.Conv2d):
        wide.groups *= models
    if isinstance(wide, nn.BatchNorm2d):
        wide.num_features *= models
    wide._modules = {name: part and widen(part, models) for name, part in module._modules.items()}
    return wide
