"""Label smoothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from defenses.base import Defense, demand
from models import Batch, one_hot


@dataclass(frozen=True)
class LabelSmoothing(Defense):
    """Targets are (1 - gamma) one-hot + gamma / C (Szegedy et al. 2016, section 7).

    HAMP's evaluation names .05 (Purchase100), .15 (Texas100) and .01 (CIFAR-100), but these are shares of the greatest
    entropy, which it turns into labels as its own: .97, .91 and .99 for the true class, here gamma .0303, .0909, .0101.
    HampLabelSmoothing takes such shares. The default gamma, .05, is this project's own.
    """

    reference: ClassVar[str] = "Szegedy et al., CVPR 2016"
    gamma: float = 0.05

    def __post_init__(self) -> None:
        demand("label-smoothing: gamma", self.gamma, 0, 1, strict=True)

    def targets(self, batch: Batch) -> Tensor:
        """Return the smoothed labels (K, B, C)."""
        return (1 - self.gamma) * one_hot(batch.labels, batch.classes) + self.gamma / batch.classes
