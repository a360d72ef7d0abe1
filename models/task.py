"""What is to be trained: the arguments of models.fit, and a failure as its result."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

import numpy as np
import torch
from torch import Tensor, nn

from models.batch import Batch
from models.companion import Beside, Companion
from models.hooks import Privacy
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

    def features(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Return what the last layer reads, (K, B, F), of what it is given."""

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the loss (K,) of logits (K, B, C)."""

    def weight_decay(self) -> float | None:
        """Return the factor of the weights that is added to the gradient, or None."""

    def privacy(self) -> Privacy | None:
        """Return how gradients are made differentially private, or None."""

    def companion(self, beside: Beside) -> Companion | None:
        """Return what learns beside the models, or None."""


class Trained(Protocol):
    """A trained model: any predictor, and what is worth noting about its training."""

    facts: dict[str, Any]  # plain values, such as {"epsilon": 1.3}
    state: dict[str, np.ndarray]  # what a defense learnt beside the network, by name

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return logits (n, C) for raw records x (n, ...)."""


@dataclass(frozen=True, eq=False)
class Task:
    """A cohort: K models of one network, recipe and defense on different records of a pool.

    x (N, ...) raw records, y (N,) labels below `classes`; the network sees x * scale + shift (over the last axis).
    rows: K arrays of equal length n, the rows of the pool that each model trains on. seeds: K whole numbers; each alone
    determines its model's initial weights, record order and augmentation. device: "cpu", "cuda", "cuda:1", "mps", ...
    dtype: of weights and inputs; float64 is for tests.
    validation, spare: for each model the rows that its defender owns besides, to choose by and to use as non-members;
    nothing of them is audited as a non-member. () stands for none.
    taught: for each model the probabilities (N, C) that it learns in the place of labels, which no hook changes then;
    () where all learn the labels.
    advance(m) is told of m more epochs of a model, for a progress bar; from one thread at a time, not always the
    caller's.
    watch(members, e, predictors) is shown the models number `members` as they are after e epochs; from several threads,
    each with models of its own.

    Raises ValueError when rows and seeds do not match, when rows, labels, scale, seeds or `taught` are none of these
    data, and when the recipe keeps an epoch by validation rows and a model has none.
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
    taught: tuple[np.ndarray, ...] = ()
    advance: Callable[[int], object] = lambda _: None
    watch: Callable[[range, int, Sequence[Trained]], object] = lambda members, epochs, predictors: None

    def __post_init__(self) -> None:
        if not self.rows or len(self.rows) != len(self.seeds):
            raise ValueError(f"task: {len(self.rows)} sets of rows, {len(self.seeds)} seeds, expected as many")
        lengths = sorted({len(r) for r in self.rows})
        if len(lengths) > 1 or not lengths[0]:
            raise ValueError(f"task: rows have the lengths {lengths}, expected one length above 0")
        for name in ("validation", "spare", "taught"):
            own = getattr(self, name)
            if own and len(own) != len(self.rows):
                raise ValueError(f"task: {len(own)} sets of {name}, expected one a model, {len(self.rows)}")
        if self.recipe.keep == "validation" and not (self.validation and all(map(len, self.validation))):
            raise ValueError("task: a model without validation rows, expected some, since the recipe keeps by them")
        for table in self.taught:
            if table.shape != (len(self.x), self.classes) or table.dtype.kind != "f":
                expected = (len(self.x), self.classes)
                raise ValueError(f"task: taught {table.shape} {table.dtype}, expected {expected} floats")
        self._check_pool()

    def _check_pool(self) -> None:
        count, channels = len(self.x), self.x.shape[-1] if self.x.ndim > 1 else 0
        if self.y.shape != (count,) or not channels:
            raise ValueError(f"task: x {self.x.shape} and y {self.y.shape}, expected (N, ...) records and (N,) labels")
        if self.x.dtype.kind not in "biuf" or self.y.dtype.kind not in "iu":
            raise ValueError(f"task: x is {self.x.dtype} and y {self.y.dtype}, expected numbers and whole numbers")
        if self.y.min() < 0 or self.y.max() >= self.classes:
            raise ValueError(f"task: labels from {self.y.min()} to {self.y.max()}, expected 0 to {self.classes - 1}")
        for rows in (*self.rows, *self.validation, *self.spare):
            rows = np.asarray(rows)
            if rows.size and (rows.dtype.kind not in "iu" or rows.min() < 0 or rows.max() >= count):
                raise ValueError(f"task: rows from {rows.min()} to {rows.max()}, expected rows of {count} records")
        for name in ("scale", "shift"):
            if len(getattr(self, name)) not in (1, channels):
                raise ValueError(f"task: {len(getattr(self, name))} numbers as {name}, expected 1 or {channels}")
        if not self.dtype.is_floating_point:
            raise ValueError(f"task: dtype is {self.dtype}, expected one of floats")
        wrong = [seed for seed in self.seeds if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0]
        if wrong:
            raise ValueError(f"task: the seed {wrong[0]!r}, expected whole numbers of at least 0")

    def __len__(self) -> int:
        """The number of models."""
        return len(self.rows)

    def only(self, k: int) -> Task:
        """Return the task of model k alone."""
        one = slice(k, k + 1)
        return replace(
            self,
            rows=self.rows[one],
            seeds=self.seeds[one],
            validation=self.validation[one],
            spare=self.spare[one],
            taught=self.taught[one],
        )


@dataclass(frozen=True)
class Diverged:
    """A model whose training failed, and why."""

    reason: str
