"""What is to be trained: the arguments of models.fit, and a failure as its result."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from models.batch import Batch
from models.recipe import Recipe


class Network(Protocol):
    """What builds a module; see models.networks."""

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """Return a module for records of `shape`."""


class Hooks(Protocol):
    """What a defense may change in training, for K models at once; see models.Batch."""

    def targets(self, batch: Batch) -> Tensor:
        """Return targets (K, B, C) for a batch that has none yet."""

    def mix(self, batch: Batch) -> Batch:
        """Return the batch that the network is trained on: inputs and targets may be others."""

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the loss (K,) of logits (K, B, C)."""

    def weight_decay(self) -> float | None:
        """Return the factor of the weights that is added to the gradient, or None."""


class Trained(Protocol):
    """A trained model: any predictor, and what is worth noting about its training."""

    facts: dict[str, Any]  # plain values, such as {"epsilon": 1.3}

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return logits (n, C) for raw records x (n, ...)."""


@dataclass(frozen=True, eq=False)
class Task:
    """A cohort: K models of one network, recipe and defense on different records of a pool.

    x (N, ...) raw records, y (N,) labels below `classes`; the network sees x * scale + shift (over the last axis).
    rows: K arrays of equal length n, the rows of the pool that each model trains on. seeds: K whole numbers; each alone
    determines its model's initial weights, record order and augmentation. device: "cpu", "cuda", "cuda:1", ...
    dtype: of weights and inputs; float64 is for tests.
    validation, spare: for each model the rows that its defender owns besides, to choose by and to use as non-members;
    nothing of them is audited as a non-member. () stands for none.
    advance(m) is told of m more epochs of a model, for a progress bar; from one thread at a time, not always the
    caller's.

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
    validation: tuple[np.ndarray, ...] = ()
    spare: tuple[np.ndarray, ...] = ()
    advance: Callable[[int], object] = lambda _: None

    def __post_init__(self) -> None:
        if not self.rows or len(self.rows) != len(self.seeds):
            raise ValueError(f"task: {len(self.rows)} sets of rows, {len(self.seeds)} seeds, expected as many")
        lengths = sorted({len(r) for r in self.rows})
        if len(lengths) > 1 or not lengths[0]:
            raise ValueError(f"task: rows have the lengths {lengths}, expected one length above 0")
        for name in ("validation", "spare"):
            own = getattr(self, name)
            if own and len(own) != len(self.rows):
                raise ValueError(f"task: {len(own)} sets of {name} rows, expected one a model, {len(self.rows)}")

    def __len__(self) -> int:
        """The number of models."""
        return len(self.rows)

    def only(self, k: int) -> Task:
        """Return the task of model k alone."""
        one = slice(k, k + 1)
        return replace(
            self, rows=self.rows[one], seeds=self.seeds[one], validation=self.validation[one], spare=self.spare[one]
        )


@dataclass(frozen=True)
class Diverged:
    """A model whose training failed, and why."""

    reason: str
