"""What learns beside the models of a cohort, such as an attack that they are trained against."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

import torch
from torch import Tensor

from models.batch import Batch


@dataclass(frozen=True, eq=False)
class Beside:
    """The K models in training, as a companion sees them.

    Seeds, a model's own in each; classes C; batch, the records of a step, and steps, how many an epoch has; members
    (K, n) and spare (K, s) int64: the rows that each model's defender owns, trained on and not; device and dtype of the
    models. ask(rows) returns what the models say as they are now, in evaluation mode and full precision, of any of
    these rows (K, B), logits (K, B, C), and the labels (K, B).
    """

    seeds: tuple[int, ...]
    classes: int
    batch: int
    steps: int
    members: Tensor
    spare: Tensor
    device: torch.device
    dtype: torch.dtype
    ask: Callable[[Tensor], tuple[Tensor, Tensor]]


class Companion(Protocol):
    """Anything that learns between the steps of K models; what it is to one must not depend on the others."""

    def before(self, step: int) -> None:
        """Learn before the models take step number `step`, counted from 0 through the whole training."""

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the models' losses (K,) in the place of their defense's; it may be recorded and replayed."""

    def facts(self) -> Sequence[dict[str, Any]]:
        """Return what is worth noting, plain values, for each of the K models at the end."""
