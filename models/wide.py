"""One module that is K models: their channels lie side by side, and no channel sees another model's.

A layer of K models in which (B, C, ...) becomes (B, K C, ...) is a convolution in K groups, a BatchNorm of K C
channels, or K matrix products; everything between such layers acts on each channel alone and stays as it is. This is
preferred to torch.func.vmap, which runs the same grouped convolutions but leaves autocast's reduced precision out.
"""

from __future__ import annotations

import copy

import torch
from torch import Tensor, nn
from torch.func import functional_call


class _Products(nn.Module):
    """K linear layers: weight (K outputs, inputs), bias (K outputs)."""

    def __init__(self, linear: nn.Linear, models: int) -> None:
        super().__init__()
        self.weight, self.bias, self.models = linear.weight, linear.bias, models

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, K outputs) for x (B, K inputs)."""
        own = x.unflatten(1, (self.models, -1)).movedim(1, 0)
        weight, bias = (p.unflatten(0, (self.models, -1)) for p in (self.weight, self.bias))
        return torch.baddbmm(bias.unsqueeze(1), own, weight.mT).movedim(0, 1).flatten(1)


def widen(module: nn.Module, models: int) -> nn.Module:
    """Return a copy, without weights of its own, of `module` for the channels of so many models.

    It may hold convolutions, BatchNorm, linear layers and whatever acts on each channel alone.
    """
    if isinstance(module, nn.Linear):
        return _Products(module, models)
    wide = copy.copy(module)
    if isinstance(wide, nn.Conv2d):
        wide.groups = models
    if isinstance(wide, nn.BatchNorm2d):
        wide.num_features *= models
    wide._modules = {name: part and widen(part, models) for name, part in module._modules.items()}
    return wide


def logits(wide: nn.Module, parameters: dict[str, Tensor], buffers: dict[str, Tensor], x: Tensor) -> Tensor:
    """Return the logits (K, B, C) of K models on their own images x (K, B, channels, H, W).

    parameters and buffers: by name, each with a leading K; running statistics in them are updated in training mode.
    """
    own = {name: p.flatten(0, 1) for name, p in parameters.items()}
    shared = {name: b.flatten(0, 1) if b.dim() > 1 else b for name, b in buffers.items()}
    images = x.movedim(0, 1).flatten(1, 2)
    return functional_call(wide, (own, shared), (images,)).unflatten(1, (len(x), -1)).movedim(1, 0)
