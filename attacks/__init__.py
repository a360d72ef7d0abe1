"""Membership inference attacks: one method a file, one contract (`Attack`), one sign: higher = member."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from attacks.registry import BUILTIN

if TYPE_CHECKING:
    from attacks.base import Attack, Declared, WrongAnswer, adopt, declared, plain
    from attacks.check import check_attack
    from attacks.evidence import Asked, Evidence, Outputs, Rehearsal, Signal, restrict
    from attacks.joining import Joined, joined
    from attacks.planting import planted
    from attacks.ready import Ready, prepare

_HOMES = {
    "attacks.base": ("Attack", "Declared", "WrongAnswer", "adopt", "declared", "plain"),
    "attacks.check": ("check_attack",),
    "attacks.evidence": ("Asked", "Evidence", "Outputs", "Rehearsal", "Signal", "restrict"),
    "attacks.joining": ("Joined", "joined"),
    "attacks.planting": ("planted",),
    "attacks.ready": ("Ready", "prepare"),
}
_HOME = {name: module for module, names in _HOMES.items() for name in names}

__all__ = [
    "BUILTIN",
    "Asked",
    "Attack",
    "Declared",
    "Evidence",
    "Joined",
    "Outputs",
    "Ready",
    "Rehearsal",
    "Signal",
    "WrongAnswer",
    "adopt",
    "check_attack",
    "declared",
    "joined",
    "plain",
    "planted",
    "prepare",
    "restrict",
]


def __getattr__(name: str) -> Any:
    """Load a public name when it is first asked for: listing attacks needs neither numpy nor scipy."""
    if name not in _HOME:
        raise AttributeError(f"module 'attacks' has no attribute {name!r}")
    return getattr(import_module(_HOME[name]), name)
