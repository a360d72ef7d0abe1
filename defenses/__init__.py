"""Defenses, one a file, each a frozen dataclass of hooks. Names are loaded when used: this alone imports no torch."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from defenses.adopting import adopt
    from defenses.base import Defense
    from defenses.check import check_defense
    from defenses.dmp import Dmp
    from defenses.hamp import Hamp
    from defenses.l2 import L2
    from defenses.label_smoothing import LabelSmoothing
    from defenses.memguard import MemGuard
    from defenses.none import NoDefense
    from defenses.release import ReleaseContext
    from defenses.running import released, trained
    from defenses.selena import Selena

_HOME = {
    "L2": "l2",
    "Defense": "base",
    "Dmp": "dmp",
    "Hamp": "hamp",
    "LabelSmoothing": "label_smoothing",
    "MemGuard": "memguard",
    "NoDefense": "none",
    "ReleaseContext": "release",
    "Selena": "selena",
    "adopt": "adopting",
    "check_defense": "check",
    "released": "running",
    "trained": "running",
}

__all__ = [
    "L2",
    "Defense",
    "Dmp",
    "Hamp",
    "LabelSmoothing",
    "MemGuard",
    "NoDefense",
    "ReleaseContext",
    "Selena",
    "adopt",
    "check_defense",
    "released",
    "trained",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'defenses' has no attribute {name!r}")
    return getattr(import_module(f"defenses.{_HOME[name]}"), name)
