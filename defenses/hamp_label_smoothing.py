"""HAMP's soft labels with the usual loss."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from defenses.base import Defense, demand
from defenses.hamp import soft_labels
from models import Batch


@dataclass(frozen=True)
class HampLabelSmoothing(Defense):
    """HAMP's soft labels, found by their entropy, with the cross-entropy alone: its evaluation's "label smoothing".

    gamma is a share of the greatest entropy: Purchase100 .05 (the default), Texas100 .15, CIFAR-100 .01. It is no mass:
    with 100 classes the label keeps .97, .91 and .99, and what it lacks goes to the other classes.
    """

    reference: ClassVar[str] = "Chen and Pattabiraman, NDSS 2024"
    gamma: float = 0.05

    def __post_init__(self) -> None:
        demand("hamp-label-smoothing: gamma", self.gamma, 0, 1)

    def targets(self, batch: Batch) -> Tensor:
        """Return the soft labels (K, B, C)."""
        return soft_labels(self.gamma, batch)
