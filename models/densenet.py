"""DenseNet: every layer of a block sees what all layers before it made."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor, nn

from models.networks import Average, image


class _Bottleneck(nn.Module):
    """BatchNorm, ReLU, 1x1 convolution to 4 x growth channels, BatchNorm, ReLU, 3x3 convolution to growth channels,
    which follow on the input's.
    """

    widens: ClassVar[bool] = True  # see models.wide
    apart: ClassVar[bool] = True  # see models.wide.best_apart

    def __init__(self, inputs: int, growth: int) -> None:
        super().__init__()
        self.norm1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, 4 * growth, 1, bias=False)
        self.norm2 = nn.BatchNorm2d(4 * growth)
        self.conv2 = nn.Conv2d(4 * growth, growth, 3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        new = self.conv2(torch.relu(self.norm2(self.conv1(torch.relu(self.norm1(x))))))
        models = self.conv2.groups  # whose channels lie side by side: new ones follow on each one's own
        last = [of.movedim(1, -1).unflatten(-1, (models, -1)) for of in (x, new)]  # as they lie in memory
        return torch.cat(last, -1).flatten(-2).movedim(-1, 1)


@dataclass(frozen=True)
class DenseNet:
    """DenseNet-BC (Huang et al. 2017) for CIFAR, without dropout: three blocks of (depth - 4) / 6 bottlenecks, between
    them transitions that halve channels and sides. The default, DenseNet-BC(100, 12), is HAMP's: 769,162 parameters of
    10 classes.
    """

    version: ClassVar[int] = 1
    depth: int = 100
    growth: int = 12

    def __post_init__(self) -> None:
        for name, value in (("depth", self.depth), ("growth", self.growth)):
            if type(value) is not int or value < 1:
                raise ValueError(f"densenet: {name} is {value!r}, expected a whole number, at least 1")
        if self.depth < 10 or (self.depth - 4) % 6:
            raise ValueError(f"densenet: depth is {self.depth!r}, expected 6 n + 4 with n at least 1")

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """Return a module for records of `shape` (H, W, C), each side at least 8."""
        _, _, inputs = image(shape, "densenet", 8)
        channels = 2 * self.growth
        layers: list[nn.Module] = [nn.Conv2d(inputs, channels, 3, padding=1, bias=False)]
        for block in range(3):
            for _ in range((self.depth - 4) // 6):
                layers.append(_Bottleneck(channels, self.growth))
                channels += self.growth
            layers += [nn.BatchNorm2d(channels), nn.ReLU()]
            if block < 2:
                layers += [nn.Conv2d(channels, channels // 2, 1, bias=False), nn.AvgPool2d(2)]
                channels //= 2
        network = nn.Sequential(*layers, Average(), nn.Linear(channels, classes))
        for module in network.modules():
            if isinstance(module, nn.Conv2d):
                nn.init.kaiming_normal_(module.weight, mode="fan_out", nonlinearity="relu")  # N(0, 2 / (k k outputs))
        return network
