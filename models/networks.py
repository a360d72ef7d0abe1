"""The networks, as frozen dataclasses that build a module for a record shape and a number of classes.

A module takes float records (B, C, H, W) or (B, D) and returns logits (B, classes). `build` draws the initial weights
from torch's global generator of the CPU; `models.fit` seeds it. Pooling stands before the activation: as tanh and ReLU
are increasing, that is the same function as the papers' order, with a quarter of the activations to compute.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from typing import ClassVar

import torch
from torch import Tensor, nn
from torch.nn.functional import pad

from models.wide import LANES, Features

ACTIVATIONS = {"tanh": torch.tanh, "relu": torch.relu}


def image(shape: tuple[int, ...], network: str, least: int) -> tuple[int, int, int]:
    """Return the shape of images (H, W, C). Raises ValueError, with the network's name, on other or smaller records."""
    if len(shape) != 3 or min(shape[:2]) < least:
        raise ValueError(
            f"{network} takes images (height, width, channels) of at least {least} x {least}, "
            f"got records of shape {shape}"
        )
    return shape[0], shape[1], shape[2]


@dataclass(frozen=True)
class Cnn:
    """The small tanh network of HP-MIA for MNIST: two 5x5 convolutions (24, 48), pooling, one hidden layer."""

    version: ClassVar[int] = 1
    hidden: int = 100

    def __post_init__(self) -> None:
        if not isinstance(self.hidden, int) or self.hidden < 1:
            raise ValueError(f"cnn: hidden is {self.hidden!r}, expected a whole number, at least 1")

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """Return a module for records of `shape` (H, W, C), each side at least 16."""
        height, width, channels = image(shape, "cnn", 16)
        side = [((n - 4) // 2 - 4) // 2 for n in (height, width)]
        return nn.Sequential(
            nn.Conv2d(channels, 24, 5),
            nn.MaxPool2d(2),
            nn.Tanh(),
            nn.Conv2d(24, 48, 5),
            nn.MaxPool2d(2),
            nn.Tanh(),
            nn.Flatten(),
            nn.Linear(48 * side[0] * side[1], self.hidden),
            nn.Tanh(),
            nn.Linear(self.hidden, classes),
        )


@dataclass(frozen=True)
class AlexNet:
    """HP-MIA's AlexNet for CIFAR: five 3x3 convolutions, pooling after 1, 2 and 5, linear 2048, 1024, ReLU."""

    version: ClassVar[int] = 1

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """Return a module for records of `shape` (H, W, C), each side at least 8."""
        height, width, channels = image(shape, "alexnet", 8)
        layers: list[nn.Module] = []
        for out, pool in ((64, True), (192, True), (384, False), (256, False), (256, True)):
            layers += [nn.Conv2d(channels, out, 3, padding=1)]
            layers += [nn.MaxPool2d(2), nn.ReLU()] if pool else [nn.ReLU()]
            channels = out
        flat = channels * (height // 8) * (width // 8)
        layers += [nn.Flatten(), nn.Linear(flat, 2048), nn.ReLU(), nn.Linear(2048, 1024), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(1024, classes))


class _Residual(nn.Module):
    """A pre-activation block: BatchNorm, ReLU, 3x3 convolution, twice, and the shortcut."""

    widens: ClassVar[bool] = True  # see models.wide

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.shortcut = None if inputs == outputs else nn.Conv2d(inputs, outputs, 1, stride, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        active = torch.relu(self.norm1(x))
        out = self.conv2(torch.relu(self.norm2(self.conv1(active))))
        return out + (x if self.shortcut is None else self.shortcut(active))


class Average(nn.Module):
    """The mean of every channel."""

    widens: ClassVar[bool] = True

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, C) for x (B, C, H, W)."""
        return x.mean((2, 3))


@dataclass(frozen=True)
class WideResNet:
    """Wide residual network (Zagoruyko and Komodakis 2016), pre-activation, without dropout."""

    version: ClassVar[int] = 1
    depth: int = 28
    width: int = 2

    def __post_init__(self) -> None:
        if self.depth < 10 or (self.depth - 4) % 6:
            raise ValueError(f"wrn: depth is {self.depth!r}, expected 6 n + 4 with n at least 1")
        if self.width < 1:
            raise ValueError(f"wrn: width is {self.width!r}, expected at least 1")

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """Return a module for records of `shape` (H, W, C), each side at least 5.

        Of a batch of one record, BatchNorm needs more than one number.
        """
        _, _, channels = image(shape, "wrn", 5)
        widths = [16 * self.width, 32 * self.width, 64 * self.width]
        layers: list[nn.Module] = [nn.Conv2d(channels, 16, 3, padding=1, bias=False)]
        inputs = 16
        for stage, outputs in enumerate(widths):
            for block in range((self.depth - 4) // 6):
                layers.append(_Residual(inputs, outputs, 2 if stage and not block else 1))
                inputs = outputs
        layers += [nn.BatchNorm2d(inputs), nn.ReLU(), Average(), nn.Linear(inputs, classes)]
        network = nn.Sequential(*layers)
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")
        return network


class Layers(nn.Module):
    """Linear layers with one activation between them; records of any shape are flattened."""

    def __init__(self, sizes: tuple[int, ...], activation: str) -> None:
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(i, o) for i, o in pairwise(sizes))
        self.activation = ACTIVATIONS[activation]

    def forward(self, x: Tensor) -> Tensor:
        """Return logits (B, classes) for x (B, ...)."""
        x = x.flatten(1)
        for layer in self.layers[:-1]:
            x = self.activation(layer(x))
        return self.layers[-1](x)

    def stacked(self, parameters: dict[str, Tensor], x: Tensor, features: Features | None = None) -> Tensor:
        """Return logits (K, B, classes) of K models at once; every parameter has a leading K, x is (K, B, ...).

        Activations are kept as (K, features, B): the last axis of every product is then the batch, not the classes,
        and every gradient comes out in the weights' own layout. Both matter to small batched products. Records and
        features are padded to whole vectors, so that no model's numbers are computed in another way than its
        neighbours': features beyond the end are 0, and so are all weights and gradients that meet them.
        features: what the last layer is to read, of what it is given, both (K, B, F).
        """
        return self.taped(parameters, x, features)[0]

    def taped(
        self, parameters: dict[str, Tensor], x: Tensor, features: Features | None = None
    ) -> tuple[Tensor, list[tuple[Tensor, Tensor]]]:
        """Return what `stacked` does, and for each layer what enters and leaves it: see wide.Taped."""
        records, last, tape = x.shape[1], len(self.layers) - 1, []
        h = _whole(x.flatten(2), 2).mT
        for i in range(last + 1):
            if i == last and features is not None:
                h = _whole(features(h[:, : self.layers[last].in_features, :records].mT).mT, 2).contiguous()
            weight, bias = (parameters[f"layers.{i}.{part}"] for part in ("weight", "bias"))
            padded = 1 if i < last else 0
            z = torch.baddbmm(_whole(bias, padded).unsqueeze(-1), _whole(weight, 1 + padded), h)
            tape.append((h, z))
            h = z if i == last else self.activation(z)
        return h.mT[:, :records], tape


def _whole(x: Tensor, axes: int) -> Tensor:
    """Return x with zeros at the end of its last `axes` axes, which makes them whole vectors."""
    missing = [-n % LANES for n in reversed(x.shape[x.dim() - axes :])]
    return pad(x, [n for some in missing for n in (0, some)]) if any(missing) else x


@dataclass(frozen=True)
class Mlp:
    """Fully connected network; the default is the Tanh network of HP-MIA and HAMP for tabular records."""

    version: ClassVar[int] = 1
    hidden: tuple[int, ...] = (1024, 512, 256, 128)
    activation: str = "tanh"

    def __post_init__(self) -> None:
        if self.activation not in ACTIVATIONS:
            raise ValueError(f"mlp: activation is {self.activation!r}, expected one of {tuple(ACTIVATIONS)}")
        if not isinstance(self.hidden, tuple) or not all(isinstance(h, int) and h >= 1 for h in self.hidden):
            raise ValueError(f"mlp: hidden is {self.hidden!r}, expected whole numbers, at least 1")

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """Return a module for records of any `shape`, which it flattens."""
        size = 1
        for n in shape:
            size *= n
        return Layers((size, *self.hidden, classes), self.activation)
