"""What is to be trained: the arguments of models.fit, and a failure as its result."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np
import torch
from torch import Tensor, nn

from models.recipe import Recipe


class Network(Protocol):
    """What builds a module; see models.networks."""

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """Return a module for records of `shape`."""


class Hooks(Protocol):
    """What a defense may change in training; every axis left of B is the models'."""

    def targets(self, labels: Tensor, classes: int) -> Tensor:
        """Return targets (..., B, C) for labels (..., B)."""

    def loss(self, logits: Tensor, targets: Tensor) -> Tensor:
        """Return the loss (...,) of logits (..., B, C)."""

    def weight_decay(self) -> float | None:
        """Return the factor of the weights that is added to the gradient, or None."""


@dataclass(frozen=True, eq=False)
class Task:
    """A cohort: K models of one network, recipe and defense on different records of a pool.

    x (N, ...) raw records, y (N,) labels below `classes`; the network sees x * scale + shift (over the last axis).
    rows: K arrays of equal length n, the rows of the pool that each model trains on. seeds: K whole numbers; each alone
    determines its model's initial weights, record order and augmentation. device: "cpu", "cuda", "cuda:1", ...
    dtype: of weights and inputs; float64 is for tests.

    Raises ValueError when rows and seeds do not match.
    """

    x: np.ndarray
    y: np.ndarray
    classes: int
    scale: tuple[float, ...]
    shift: tuple[float, ...]
    rows: tuple[np.ndarray, ...]
    seeds: tuple[int, ...]
    network: Network
    recipe: Recipe
    defense: Hooks
    device: str = "cpu"
    dtype: torch.dtype = torch.float32

    def __post_init__(self) -> None:
        if not self.rows or len(self.rows) != len(self.seeds):
            raise ValueError(f"task: {len(self.rows)} sets of rows, {len(self.seeds)} seeds, expected as many")
        lengths = sorted({len(r) for r in self.rows})
        if len(lengths) > 1 or not lengths[0]:
            raise ValueError(f"task: rows have the lengths {lengths}, expected one length above 0")


@dataclass(frozen=True)
class Diverged:
    """A model whose training failed, and why."""

    reason: str
