"""L2 regularisation."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import ClassVar

from defenses.base import Defense, demand


@dataclass(frozen=True)
class L2(Defense):
    """weight_decay times the weights is added to the gradient (coupled, as torch.optim.Adam does).

    It takes the place of the recipe's own factor, where that has one. The default is HP-MIA's (section 4.1), which also
    tries 1e-4 to 1e-2 (section 4.3.2).
    """

    reference: ClassVar[str] = "Krogh and Hertz, NIPS 1991; settings of HP-MIA"
    decay: float = 5e-4

    def __post_init__(self) -> None:
        demand("l2: decay", self.decay, 0, math.inf)

    def weight_decay(self) -> float | None:
        """Return the factor."""
        return self.decay
