"""Attacks and defenses by name: built in, or brought by other packages through entry points.

A spelling such as ``l2(0.001)`` or ``two-stage(second=lira-offline)`` names a plugin and sets its fields.
"""

from __future__ import annotations

import difflib
import re
import sys
import traceback
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import MISSING, Field, dataclass, fields, is_dataclass
from functools import cache
from importlib.metadata import EntryPoint, entry_points
from pathlib import Path
from typing import Any

import numpy as np

import attacks
import defenses


@dataclass(frozen=True)
class Plugin:
    """A plugin with its hyperparameters set, and the name under which boards show it."""

    name: str  # as spelled: the registered name and every field that differs from its default
    value: Any  # an Attack or a Defense


@dataclass(frozen=True)
class Broken:
    """What stands in the place of a class that cannot be used; only who names it is told why."""

    reason: str


@cache
def attack_classes() -> dict[str, type | Broken]:
    """Every attack by name."""
    return _gather("mia_arena.attacks", attacks.BUILTIN, attacks.adopt)


@cache
def defense_classes() -> dict[str, type | Broken]:
    """Every defense by name."""
    return _gather("mia_arena.defenses", defenses.BUILTIN, defenses.adopt)


def _gather(group: str, builtin: dict[str, type], adopt: Any) -> dict[str, type | Broken]:
    classes: dict[str, type | Broken] = dict(builtin)
    for point in entry_points(group=group):
        if point.name in classes:
            classes[point.name] = Broken(f"two plugins are named {point.name!r}; one of them is {_origin(point)}")
            continue
        try:
            classes[point.name] = adopt(point.load())
        except Exception as error:
            classes[point.name] = Broken(f"{_origin(point)} cannot be used: {_line(error)}")
    return classes


def _origin(point: EntryPoint) -> str:
    return f"{point.value} of the package {point.dist.name}" if point.dist else point.value


def _line(error: Exception) -> str:
    return " ".join(f"{type(error).__name__}: {error}".split())


def usable(classes: Mapping[str, type | Broken]) -> dict[str, type]:
    """Those that are not broken: what ``all`` stands for."""
    return {name: cls for name, cls in classes.items() if not isinstance(cls, Broken)}


def warn_of_broken(kind: str, classes: Mapping[str, type | Broken]) -> None:
    """Say on stderr, a line each, what ``all`` goes without; `kind` is attack or defense."""
    for name, cls in classes.items():
        if isinstance(cls, Broken):
            print(f"warning: {kind} {name} is left out: {cls.reason}", file=sys.stderr)


def nearest(word: str, known: Iterable[str], most: int = 3) -> str:
    """The end of an error sentence: the nearest of the `known` names, at most so many, or all of them."""
    known = sorted(known, key=_natural)
    near = {n: difflib.SequenceMatcher(None, n.lower(), word.lower()).ratio() for n in known}
    close = [n for n in sorted(known, key=near.__getitem__, reverse=True) if near[n] >= 0.5][:most]
    return f"did you mean {' or '.join(close)}?" if close else f"there are {', '.join(known)}"


def _natural(name: str) -> list[str | int]:
    """A key that puts figure3 before figure10."""
    return [int(part) if part.isdecimal() else part for part in re.split(r"(\d+)", name)]


def parse(option: str, spelling: str, classes: Mapping[str, type | Broken]) -> Plugin:
    """The plugin that `spelling` names, its fields set.

    Raises ValueError, in one sentence that names `option`, on an unknown name, field or value, or a broken plugin.
    """
    match = re.fullmatch(r"\s*([\w.-]+)\s*(?:\((.*)\))?\s*", spelling)
    if match is None:
        raise ValueError(f"{option}: cannot read {spelling!r}; expected NAME or NAME(VALUE, ...), as in l2(0.001)")
    name, arguments = match.groups()
    if name not in classes:
        raise ValueError(f"{option}: unknown name {name!r}; {nearest(name, classes)}")
    cls = classes[name]
    if isinstance(cls, Broken):
        raise ValueError(f"{option} {name}: {cls.reason}")
    try:
        value = cls(**_arguments(arguments or "", _fields(cls)))
    except ValueError as error:
        raise ValueError(f"{option} {spelling}: {error}") from error
    except Exception as error:
        raise ValueError(f"{option} {spelling}: {_line(error)}") from error
    return Plugin(spell(name, value), value)


def call(kind: str, plugin: Plugin, hook: str, *arguments: Any) -> Any:
    """What a hook of a plugin returns, as an array; `kind` is attack or defense.

    Raises ValueError, in one sentence with the place in the plugin's code, where the hook raises.
    """
    try:
        return np.asarray(getattr(plugin.value, hook)(*arguments))
    except Exception as error:
        advice = "; evidence is read-only; copy before changing it" if "read-only" in str(error) else ""
        raise ValueError(f"{kind} {plugin.name}: {_line(error)}{_place(plugin.value, error)}{advice}") from error


def _place(value: Any, error: Exception) -> str:
    """Where in the code of the plugin's own package `error` was raised; where it only inherits, where at all."""
    packages = {cls.__module__.partition(".")[0] for cls in type(value).__mro__}
    own = packages - {"attacks", "defenses", "builtins"} or packages
    frames = list(traceback.walk_tb(error.__traceback__))[1:]
    ours = [(f, n) for f, n in frames if str(f.f_globals.get("__name__")).partition(".")[0] in own]
    for frame, line in reversed(ours or frames):
        return f" ({Path(frame.f_code.co_filename).name}:{line})"
    return ""  # what was returned could not be made an array


def _fields(cls: type) -> tuple[Field[Any], ...]:
    return tuple(f for f in fields(cls) if f.init) if is_dataclass(cls) else ()


def _arguments(text: str, known: tuple[Field[Any], ...]) -> dict[str, Any]:
    """``"0.8, alpha=0.01"`` as the fields that it sets, each read as its default's type."""
    values: dict[str, Any] = {}
    for position, item in enumerate(text.split(",") if text.strip() else []):
        key, equals, word = (part.strip() for part in item.rpartition("="))
        if not equals:
            if position >= len(known):
                raise ValueError(f"takes {len(known)} values at most, got one more: {word!r}")
            key = known[position].name
        field = next((f for f in known if f.name == key), None)
        if field is None:
            there = nearest(key, [f.name for f in known]) if known else "it has none"
            raise ValueError(f"has no field {key!r}; {there}")
        if key in values:
            raise ValueError(f"sets {key} twice")
        values[key] = _read(key, word, field.default)
    return values


def _read(key: str, word: str, default: Any) -> Any:
    kind = str if default is MISSING else type(default)
    if kind not in (int, float):
        return word.strip("'\"")
    try:
        return kind(word)
    except ValueError:
        expected = "a number" if kind is float else "a whole number"
        raise ValueError(f"{key} must be {expected} such as {default}, got {word!r}") from None


def spell(name: str, value: Any) -> str:
    """`name` with every field of `value` that differs from its default, as one would type it."""
    changed = [f for f in _fields(type(value)) if getattr(value, f.name) != f.default]
    if not changed:
        return name
    if changed == [_fields(type(value))[0]]:
        return f"{name}({getattr(value, changed[0].name)})"
    return f"{name}({', '.join(f'{f.name}={getattr(value, f.name)}' for f in changed)})"


def settings(value: Any) -> dict[str, Any]:
    """All hyperparameters of a plugin, as plain values."""
    return {f.name: getattr(value, f.name) for f in _fields(type(value))}


def unique(plugins: Sequence[Plugin]) -> tuple[Plugin, ...]:
    """The plugins in order, each name once."""
    return tuple({p.name: p for p in plugins}.values())
