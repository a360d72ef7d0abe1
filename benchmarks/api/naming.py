"""Attacks and defenses as they are given in Python: by name, or as objects."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from benchmarks.naming.registry import ATTACKS, DEFENSES, Kind, Plugin, choose, find, spell


def split(kind: Kind, given: Any) -> tuple[tuple[str, ...], tuple[Any, ...]]:
    """Those that are given by name, and the objects. Raises ValueError on a class in the place of an object."""
    things: Iterable[Any] = (given,) if isinstance(given, str) or not isinstance(given, Iterable) else given
    names: list[str] = []
    objects: list[Any] = []
    for thing in things:
        if isinstance(thing, type):
            raise ValueError(f"{kind.word}s: expected an object, as {thing.__name__}(), got the class {thing.__name__}")
        if isinstance(thing, int | float | bytes | dict):
            raise ValueError(f"{kind.word}s: expected a name or an object, got {thing!r}")
        (names if isinstance(thing, str) else objects).append(thing)
    return tuple(names), tuple(objects)


def attacks(names: Sequence[str], objects: Sequence[Any]) -> tuple[tuple[Plugin, ...], tuple[Plugin, ...]]:
    """The attacks of these names, and the objects as attacks, those of a notebook or script by the name of their class.

    Raises ValueError on what is none.
    """
    from attacks import adopt

    known = choose(ATTACKS, names, warn=True)
    own = tuple(Plugin(spell(ATTACKS, thing).removeprefix("__main__:"), adopt(thing)) for thing in objects)
    twice = {p.name for p in known} & {p.name for p in own}
    if twice or len({p.name for p in own}) < len(own):
        raise ValueError(f"attacks: {next(iter(twice), own[0].name if own else '')} is given twice")
    return known, own


def defenses(given: Any, here: bool) -> tuple[str, ...]:
    """Their spellings, by which any process finds them. Raises ValueError on an object that cannot be found by its
    class's place; `here`: whether models are trained in this process.
    """
    names, objects = split(DEFENSES, given)
    made = []
    for thing in objects:
        cls = type(thing)
        if "<locals>" in cls.__qualname__:
            raise ValueError(
                f"defenses: expected a class at the top of a module, got {cls.__name__}, inside a function"
            )
        if cls.__module__ == "__main__" and not here:
            raise ValueError(f"defenses: other processes do not find {cls.__name__}; put it into a module of its own")
        made.append(find(DEFENSES, spell(DEFENSES, thing)).name)
    return *names, *made
