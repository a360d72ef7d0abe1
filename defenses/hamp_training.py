"""HAMP's training alone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from defenses.base import Defense
from defenses.hamp import Hamp


@dataclass(frozen=True)
class HampTraining(Hamp):
    """HAMP's soft labels and entropy bonus; outputs are given out as they are."""

    version: ClassVar[int] = 1
    word: ClassVar[str] = "hamp-training"

    release = Defense.release
