"""HAMP's output stage alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from defenses.base import Defense
from defenses.hamp import reordered
from defenses.release import ReleaseContext


@dataclass(frozen=True)
class HampOutput(Defense):
    """The undefended model, whose outputs keep only their order, as HAMP's do."""

    reference: ClassVar[str] = "Chen and Pattabiraman, NDSS 2024"

    def release(self, context: ReleaseContext, logits: np.ndarray) -> np.ndarray:
        """Return for each record the sorted output on a random input, in the rank order of the record's own output."""
        return reordered(context, logits)
