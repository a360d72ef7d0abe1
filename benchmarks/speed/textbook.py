"""The loop that textbooks and other suites train with: the baseline of the speed benchmarks.

A DataLoader shuffles a TensorDataset, modules run eagerly in float32 with the layers in the papers' order, Adam has its
defaults, and one model is trained after another. Nothing of it is used elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset

from models import AlexNet, Cnn, Mlp, Recipe, WideResNet


def dataset(x: np.ndarray, y: np.ndarray, scale: tuple[float, ...], shift: tuple[float, ...]) -> TensorDataset:
    """Return raw records x (n, ...) and labels y (n,) as float32 inputs, channels first, and labels."""
    inputs = torch.from_numpy(x * np.array(scale, np.float32) + np.array(shift, np.float32))
    if inputs.dim() == 4:
        inputs = inputs.permute(0, 3, 1, 2).contiguous()
    return TensorDataset(inputs, torch.tensor(y))


def train(
    build: Callable[[], nn.Module], sets: Sequence[TensorDataset], recipe: Recipe, device: str
) -> list[nn.Module]:
    """Return one model for each data set, trained one after another; torch's global generator is the randomness.

    Of the recipe count epochs, batch and learning rate.
    """
    models = []
    for own in sets:
        model = build().to(device)
        optimizer = torch.optim.Adam(model.parameters(), lr=recipe.learning_rate)
        criterion = nn.CrossEntropyLoss()
        loader = DataLoader(own, batch_size=recipe.batch, shuffle=True)
        model.train()
        for _ in range(recipe.epochs):
            for x, y in loader:
                x, y = x.to(device), y.to(device)
                optimizer.zero_grad()
                loss = criterion(model(x), y)
                loss.backward()
                optimizer.step()
        models.append(model)
    return models


def module(network: Any, shape: tuple[int, ...], classes: int) -> nn.Module:
    """Return a network of models.networks for records of `shape`, written as its paper's reader would write it."""
    builders: dict[type, Callable[..., nn.Module]] = {Mlp: _mlp, Cnn: _cnn, AlexNet: _alexnet, WideResNet: _wrn}
    return builders[type(network)](network, shape, classes)


def _mlp(network: Mlp, shape: tuple[int, ...], classes: int) -> nn.Module:
    sizes = (int(np.prod(shape)), *network.hidden)
    activation = {"tanh": nn.Tanh, "relu": nn.ReLU}[network.activation]
    layers: list[nn.Module] = [nn.Flatten()]
    for inputs, outputs in pairwise(sizes):
        layers += [nn.Linear(inputs, outputs), activation()]
    return nn.Sequential(*layers, nn.Linear(sizes[-1], classes))


def _cnn(network: Cnn, shape: tuple[int, ...], classes: int) -> nn.Module:
    height, width, channels = shape
    flat = 48 * (((height - 4) // 2 - 4) // 2) * (((width - 4) // 2 - 4) // 2)
    return nn.Sequential(
        nn.Conv2d(channels, 24, 5),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Conv2d(24, 48, 5),
        nn.Tanh(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(flat, network.hidden),
        nn.Tanh(),
        nn.Linear(network.hidden, classes),
    )


def _alexnet(network: AlexNet, shape: tuple[int, ...], classes: int) -> nn.Module:
    height, width, channels = shape
    return nn.Sequential(
        nn.Conv2d(channels, 64, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(64, 192, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Conv2d(192, 384, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(384, 256, 3, padding=1),
        nn.ReLU(),
        nn.Conv2d(256, 256, 3, padding=1),
        nn.ReLU(),
        nn.MaxPool2d(2),
        nn.Flatten(),
        nn.Linear(256 * (height // 8) * (width // 8), 2048),
        nn.ReLU(),
        nn.Linear(2048, 1024),
        nn.ReLU(),
        nn.Linear(1024, classes),
    )


class _Block(nn.Module):
    """A pre-activation residual block."""

    def __init__(self, inputs: int, outputs: int, stride: int) -> None:
        super().__init__()
        self.bn1 = nn.BatchNorm2d(inputs)
        self.conv1 = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False)
        self.bn2 = nn.BatchNorm2d(outputs)
        self.conv2 = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False)
        self.relu = nn.ReLU()
        self.project = nn.Conv2d(inputs, outputs, 1, stride, bias=False) if inputs != outputs else None

    def forward(self, x: Tensor) -> Tensor:
        out = self.relu(self.bn1(x))
        shortcut = x if self.project is None else self.project(out)
        out = self.conv1(out)
        out = self.conv2(self.relu(self.bn2(out)))
        return out + shortcut


def _wrn(network: WideResNet, shape: tuple[int, ...], classes: int) -> nn.Module:
    blocks: list[nn.Module] = []
    inputs = 16
    for outputs, stride in ((16, 1), (32, 2), (64, 2)):
        for first in [True] + [False] * ((network.depth - 4) // 6 - 1):
            blocks.append(_Block(inputs, outputs * network.width, stride if first else 1))
            inputs = outputs * network.width
    stem = nn.Conv2d(shape[-1], 16, 3, padding=1, bias=False)
    head = [nn.BatchNorm2d(inputs), nn.ReLU(), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(inputs, classes)]
    model = nn.Sequential(stem, *blocks, *head)
    for layer in model.modules():
        if isinstance(layer, nn.Conv2d):
            nn.init.kaiming_normal_(layer.weight, mode="fan_out", nonlinearity="relu")
    return model
