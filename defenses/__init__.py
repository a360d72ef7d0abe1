"""Defenses: one paper a file, each a frozen dataclass of hooks."""

from defenses.base import Defense, adopt
from defenses.hamp import Hamp
from defenses.l2 import L2
from defenses.label_smoothing import LabelSmoothing
from defenses.none import NoDefense

BUILTIN: dict[str, type] = {"none": NoDefense, "l2": L2, "label-smoothing": LabelSmoothing, "hamp": Hamp}

__all__ = ["BUILTIN", "L2", "Defense", "Hamp", "LabelSmoothing", "NoDefense", "adopt"]
