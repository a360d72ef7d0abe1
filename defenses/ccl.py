"""CCL: a convex and a concave loss together."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar, Literal, get_args

from torch import Tensor

from defenses.base import Defense, demand
from models import Batch

Concave = Literal["exponential", "quadratic"]


@dataclass(frozen=True)
class Ccl(Defense):
    """The loss of a record is beta x (alpha x cross-entropy + (1 - alpha) x a concave function of p_y).

    Liu et al. 2024: exponential is -e^p_y, the paper's CCEL; quadratic is -(p_y + p_y^2 / 2), its CCQL. alpha and beta
    are the public code's, which trains with SGD; with Adam beta changes next to nothing. Its focal variant, whose
    concave term has the wrong sign, is left out.
    """

    reference: ClassVar[str] = "Liu et al., ICML 2024"
    alpha: float = 0.5
    beta: float = 0.05
    concave: Concave = "exponential"

    def __post_init__(self) -> None:
        demand("ccl: alpha", self.alpha, 0, 1)
        demand("ccl: beta", self.beta, 0, math.inf)
        if self.concave not in get_args(Concave):
            raise ValueError(f"ccl: concave is {self.concave!r}, expected one of {', '.join(get_args(Concave))}")

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the losses (K,), means over B; p_y is the probability under batch.targets, one-hot or not."""
        assert batch.targets is not None
        log_output = logits.log_softmax(-1)
        convex = -(batch.targets * log_output).sum(-1)
        true = (batch.targets * log_output.exp()).sum(-1)
        concave = -true.exp() if self.concave == "exponential" else -(true + true.square() / 2)
        return self.beta * (self.alpha * convex + (1 - self.alpha) * concave).mean(-1)
