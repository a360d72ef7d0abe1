"""Dropout."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from defenses.base import Defense, demand
from models import Batch


@dataclass(frozen=True)
class Dropout(Defense):
    """In training, inputs of the last layer are 0 with probability `rate`, the others are divided by 1 - rate.

    Srivastava et al. 2014. Before the last layer only, with rate .5, as RelaxLoss' authors compare with; dropout before
    every layer is another defense. For networks that end in a torch.nn.Linear.
    """

    reference: ClassVar[str] = "Srivastava et al., JMLR 2014"
    rate: float = 0.5

    def __post_init__(self) -> None:
        demand("dropout: rate", self.rate, 0, 1, strict=True)

    def features(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Return what is left of hidden (K, B, F)."""
        kept = batch.uniform(*hidden.shape[1:]) >= self.rate
        return hidden * (kept.to(hidden.dtype) / (1 - self.rate))
