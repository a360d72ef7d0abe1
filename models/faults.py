"""Faults of plugins, as one sentence with the place in the plugin's own code. Imports no torch."""

from __future__ import annotations

import traceback
from pathlib import Path

_INSIDE = __name__.startswith("mia_arena.")  # as in a wheel
OURS = {"builtins", "types"} | ({"mia_arena"} if _INSIDE else {"attacks", "defenses", "models"})

LONGEST = 600  # characters of an error's words


class HookError(ValueError):
    """A hook that raised, or returned what it must not; the caller puts the plugin's name in front."""


def line(error: BaseException) -> str:
    """Return the type and words of an error on one line, cut where it is long."""
    try:
        words = " ".join(str(error).split())
    except Exception:  # it has none to give
        words = ""
    words = words if len(words) <= LONGEST else f"{words[:LONGEST]}..."
    return f"{type(error).__name__}: {words}".rstrip(": ")


def shown(value: object) -> str:
    """Return a value as one types it, cut where it is long; its type where it cannot be shown."""
    try:
        return f"{value!r:.100}"
    except Exception:  # of a plugin's own __repr__
        return f"a {type(value).__name__}"


def place(owner: object, error: BaseException) -> str:
    """Return ` (file:line)`, where in the code of its own package `owner` raised; where it only inherits, where at all.

    Empty where the error came from no code of its own, such as a call that did not fit.
    """
    packages = {cls.__module__.partition(".")[0] for cls in type(owner).__mro__}
    own = packages - OURS or packages
    frames = list(traceback.walk_tb(error.__traceback__))[1:]
    ours = [(f, n) for f, n in frames if str(f.f_globals.get("__name__")).partition(".")[0] in own]
    for frame, number in reversed(ours or frames):
        return f" ({Path(frame.f_code.co_filename).name}:{number})"
    return ""
