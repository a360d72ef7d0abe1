"""What a plugin's own code raises, told with the plugin's name and the line in that code."""

from __future__ import annotations

import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from benchmarks.naming.loading import OURS
from benchmarks.naming.registry import Plugin
from benchmarks.naming.wording import kind_of

LIBRARIES = {"sklearn", "torch"}  # which others' classes come from, and whose lines tell them little


@contextmanager
def answering(kind: str, plugin: Plugin) -> Iterator[None]:
    """Turn whatever is raised within, sys.exit included, into one sentence; `kind` is attack or defense.

    Raises ValueError with the plugin's name, the error, and the place in the plugin's code.
    """
    try:
        yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        words = kind_of(error)
        advice = "; evidence is read-only; copy before changing it" if "read-only" in words else ""
        raise ValueError(f"{kind} {plugin.name}: {words}{_place(plugin.value, error)}{advice}") from error


def _place(value: Any, error: BaseException) -> str:
    """Where in the code of the plugin's own package `error` was raised; where it only inherits, where at all."""
    packages = _packages(value)
    own = packages - OURS - LIBRARIES or packages - OURS or packages
    frames = list(traceback.walk_tb(error.__traceback__))[2:]  # the first two are of this file
    ours = [(f, n) for f, n in frames if str(f.f_globals.get("__name__")).partition(".")[0] in own]
    for frame, line in reversed(ours or frames):
        return f" ({Path(frame.f_code.co_filename).name}:{line})"
    return ""  # what was returned could not be made an array


def _packages(value: Any) -> set[str]:
    """The top-level packages of a plugin's classes, or of a function, and of the plugins that it holds."""
    held = vars(value).values() if hasattr(value, "__dict__") else ()
    things = [thing for v in (value, *held) for thing in (v, *type(v).__mro__)]
    return {str(getattr(thing, "__module__", "")).partition(".")[0] for thing in things} - {"", "None", "builtins"}
