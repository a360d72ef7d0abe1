"""No defense."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from defenses.base import Defense


@dataclass(frozen=True)
class NoDefense(Defense):
    """The model as its recipe trains it."""

    reference: ClassVar[str] = "no defense"
