"""What cannot be used is refused in one sentence, in the words of Python rather than of a command line."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager

from benchmarks.naming.nearest import nearest
from benchmarks.naming.options import MOST, SEED, whole
from benchmarks.naming.wording import shown, told


@contextmanager
def in_python() -> Iterator[None]:
    """Name arguments as Python does, ``attacks`` for ``--attacks``. Raises ValueError in place of OSError, too."""
    try:
        yield
    except (ValueError, OSError) as error:
        words = re.sub(r"--([a-z]+)", r"\1", told(error))
        raise ValueError(words) from error


def choice(what: str, name: str, known: Collection[str]) -> str:
    """The name, where it is known. Raises ValueError with the nearest one."""
    if name not in known:
        raise ValueError(f"{what}: unknown {shown(str(name))}; {nearest(str(name), known)}")
    return name


def sizes(**given: int | None) -> dict[str, int | None]:
    """The given numbers, None among them. Raises ValueError, naming it, on one that is none or out of its range."""
    made: dict[str, int | None] = {}
    for name, value in given.items():
        read = whole(0, SEED) if name == "seed" else whole(1, MOST.get(name))
        try:
            made[name] = None if value is None else read(value)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error
    return made


def number(name: str, value: float | None) -> float | None:
    """The number, or None. Raises ValueError, naming it, on one that is not positive and finite."""
    if value is not None and not (isinstance(value, int | float) and 0 < value < float("inf")):
        raise ValueError(f"{name}: expected a number above 0, got {value!r}")
    return value
