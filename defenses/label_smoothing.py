"""Label smoothing."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from defenses.base import Defense, demand, one_hot


@dataclass(frozen=True)
class LabelSmoothing(Defense):
    """Targets are (1 - gamma) one-hot + gamma / C (Szegedy et al. 2016, section 7).

    gamma in HAMP's evaluation: .05 on Purchase100, .15 on Texas100, .01 on CIFAR-100.
    """

    reference: ClassVar[str] = "Szegedy et al., CVPR 2016"
    gamma: float = 0.05

    def __post_init__(self) -> None:
        demand("label-smoothing: gamma", self.gamma, 0, 1, strict=True)

    def targets(self, labels: Tensor, classes: int) -> Tensor:
        """Return the smoothed labels."""
        return (1 - self.gamma) * one_hot(labels, classes) + self.gamma / classes
