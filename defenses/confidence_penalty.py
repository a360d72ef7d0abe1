"""Confidence penalty."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from torch import Tensor

from defenses.base import Defense, demand
from models import Batch, cross_entropy


@dataclass(frozen=True)
class ConfidencePenalty(Defense):
    """The loss is the cross-entropy - beta x the entropy of the output (Pereyra et al. 2017, equation 3).

    beta .1 is what RelaxLoss' authors compare with.
    """

    reference: ClassVar[str] = "Pereyra et al., ICLR workshop 2017"
    beta: float = 0.1

    def __post_init__(self) -> None:
        demand("confidence-penalty: beta", self.beta, 0, math.inf)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the penalised losses (K,), means over B."""
        assert batch.targets is not None
        log_output = logits.log_softmax(-1)
        entropy = -(log_output.exp() * log_output).sum(-1).mean(-1)
        return cross_entropy(logits, batch.targets) - self.beta * entropy
