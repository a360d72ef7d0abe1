"""RelaxLoss."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

import torch
from torch import Tensor

from defenses.base import Defense, demand
from models import Batch, cross_entropy, one_hot


@dataclass(frozen=True)
class RelaxLoss(Defense):
    """Keep the mean loss L of a batch at the level alpha (Chen, Yu and Fritz 2022, algorithm 1).

    Epochs 0, 2, ...: |L - alpha|. Epochs 1, 3, ...: L where L > alpha, else the mean over records of
    [wrong] x CE(t) - CE, where t keeps p_y, at most `upper`, for the label and spreads the rest evenly; a gradient
    goes through t, too, as in the public code.

    alpha / upper of the authors: Purchase100 .8 / .3 (the default), Texas100 2.5 / .1, CIFAR-10 1 / 1, CIFAR-100 3 / 1.
    Nothing is gained unless alpha is below log C and above the loss that training would reach.
    """

    reference: ClassVar[str] = "Chen, Yu and Fritz, ICLR 2022"
    alpha: float = 0.8
    upper: float = 0.3

    def __post_init__(self) -> None:
        demand("relaxloss: alpha", self.alpha, 0, math.inf)
        demand("relaxloss: upper", self.upper, 0, 1)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the relaxed losses (K,)."""
        assert batch.targets is not None
        mean = cross_entropy(logits, batch.targets)
        odd = torch.where(mean > self.alpha, mean, self._flattening(logits, batch) - mean)
        return torch.where(batch.epoch % 2 == 0, (mean - self.alpha).abs(), odd)

    def _flattening(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean over B of the cross-entropy with t of those records that are classified wrongly."""
        log_output, label = logits.log_softmax(-1), one_hot(batch.labels, batch.classes).to(logits.dtype)
        kept = (label * log_output.exp()).sum(-1, keepdim=True).clamp(max=self.upper)
        soft = label * kept + (1 - label) * (1 - kept) / max(1, batch.classes - 1)
        wrong = logits.argmax(-1) != batch.labels
        return -(wrong * (soft * log_output).sum(-1)).mean(-1)
