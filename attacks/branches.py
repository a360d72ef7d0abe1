"""A network of branches that are joined, in numpy, and its training by Adam on the mean squared error."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from scipy.special import expit

Inputs = Sequence[np.ndarray]  # of each branch, (b, F)
BETAS, TINY = (0.9, 0.999), 1e-8
BLOCK = 1 << 14  # numbers, which stay in a core's cache


class Branches:
    """Linear layers with ReLU after each: one chain a branch, then one on what they say side by side, and one number.

    sizes: the widths of each branch from its inputs on; joined: the widths after them. Weights are normal with
    deviation `spread`, biases 0; all of it in float64: in float32 training makes
    so much of how a kind of processor rounds its products that each would have other scores.
    """

    def __init__(
        self, sizes: Sequence[tuple[int, ...]], joined: tuple[int, ...], spread: float, rng: np.random.Generator
    ) -> None:
        self.chains = [[*pairwise(widths)] for widths in sizes]
        self.chains.append([*pairwise((sum(widths[-1] for widths in sizes), *joined, 1))])
        self.weights = [
            [array for shape in chain for array in (spread * rng.standard_normal(shape), _zeros(shape[1]))]
            for chain in self.chains
        ]

    def answer(self, inputs: Inputs) -> np.ndarray:
        """(b,) the number before the sigmoid."""
        return self._forward(inputs)[-1][-1][:, 0]

    def _forward(self, inputs: Inputs) -> list[list[np.ndarray]]:
        """What enters each layer, and what leaves the last, chain by chain."""
        made = [_through(weights, x, True) for weights, x in zip(self.weights, inputs, strict=False)]
        return [*made, _through(self.weights[-1], np.concatenate([of[-1] for of in made], 1), False)]

    def gradients(self, inputs: Inputs, member: np.ndarray) -> list[list[np.ndarray]]:
        """Of the mean of (sigmoid(answer) - member)^2, chain by chain, in the order of `weights`."""
        passed = self._forward(inputs)
        p = expit(passed[-1][-1])
        slope = 2 / len(p) * (p - member[:, None]) * p * (1 - p)
        joined, below = _back(self.weights[-1], passed[-1], slope, False)
        ends = np.cumsum([of[-1].shape[1] for of in passed[:-1]])[:-1]
        parts = np.split(below, ends, axis=1)
        own = [_back(w, x, s, True)[0] for w, x, s in zip(self.weights, passed, parts, strict=False)]
        return [*own, joined]

    def copy(self) -> list[list[np.ndarray]]:
        """The weights as they are now."""
        return [[array.copy() for array in chain] for chain in self.weights]


class Adam:
    """Adam (Kingma and Ba 2015), betas .9 and .999, eps 1e-8, on weights in place, BLOCK numbers at a time."""

    def __init__(self, weights: list[list[np.ndarray]]) -> None:
        self.flat = [array.reshape(-1) for chain in weights for array in chain]
        self.means, self.squares = ([np.zeros_like(array) for array in self.flat] for _ in range(2))
        self.spare = np.empty((2, BLOCK))
        self.steps = 0

    def step(self, gradients: list[list[np.ndarray]], rate: float) -> None:
        """Change the weights by their gradients."""
        self.steps += 1
        first, second = (1 - beta**self.steps for beta in BETAS)
        flat = [g.reshape(-1) for chain in gradients for g in chain]
        for arrays in zip(self.flat, self.means, self.squares, flat, strict=True):
            for start in range(0, len(arrays[0]), BLOCK):
                weights, mean, square, own = (array[start : start + BLOCK] for array in arrays)
                a, b = self.spare[:, : len(own)]
                mean += np.multiply(np.subtract(own, mean, out=a), 1 - BETAS[0], out=a)
                square += np.multiply(np.subtract(np.multiply(own, own, out=a), square, out=a), 1 - BETAS[1], out=a)
                np.add(np.sqrt(np.divide(square, second, out=a), out=a), TINY, out=a)
                weights -= np.divide(np.multiply(mean, rate / first, out=b), a, out=b)


def _zeros(width: int) -> np.ndarray:
    return np.zeros(width)


def _through(weights: list[np.ndarray], x: np.ndarray, last: bool) -> list[np.ndarray]:
    """What enters each layer of a chain, and what leaves it; `last`: whether there is a ReLU after the last, too."""
    made = [x]
    for i in range(0, len(weights), 2):
        x = x @ weights[i] + weights[i + 1]
        made.append(np.maximum(x, 0, out=x) if last or i + 2 < len(weights) else x)
        x = made[-1]
    return made


def _back(
    weights: list[np.ndarray], passed: list[np.ndarray], slope: np.ndarray, last: bool
) -> tuple[list[np.ndarray], np.ndarray]:
    """Gradients of a chain's weights, and of what enters it, from those of what leaves it."""
    found: list[np.ndarray] = []
    for i in range(len(weights) - 2, -1, -2):
        if last or i + 2 < len(weights):
            slope = slope * (passed[i // 2 + 1] > 0)
        found = [passed[i // 2].T @ slope, slope.sum(0), *found]
        slope = slope @ weights[i].T
    return found, slope
