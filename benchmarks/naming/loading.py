"""Where plugins come from: our own tables, entry points of other packages, and names like package.module:Class."""

from __future__ import annotations

import importlib
import re
import sys
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from threading import Timer
from typing import Any

from benchmarks.naming.nearest import nearest
from benchmarks.naming.wording import kind_of, one_line, said

HOME = "mia_arena." if __name__.startswith("mia_arena.") else ""  # as in a wheel; what stands before our modules
_SIDE_BY_SIDE = {"attacks", "benchmarks", "datasets", "defenses", "models"}
OURS = {"builtins", "mia_arena"} | (set() if HOME else _SIDE_BY_SIDE)
PATIENCE = 10.0  # seconds of an import after which a line says what is being waited for


@dataclass(frozen=True)
class Source:
    """A name, what it stands for, and whose it is."""

    name: str
    target: str  # "package.module:Attribute", or a module alone
    package: str | None  # the one that brought it; None: built in

    @property
    def ours(self) -> bool:
        """Whether its code is of this project."""
        return re.split("[.:]", self.target)[0].strip() in OURS

    def __str__(self) -> str:
        return f"{one_line(self.target)} of the package {self.package}" if self.package else self.target


def known_as(module: str) -> str:
    """The name that records and stores have of a module: ours have that of a checkout, in a wheel too."""
    return module.removeprefix(HOME)


def load(target: str) -> Any:
    """What ``package.module:Attribute`` or ``package.module`` names. Raises whatever the import raises."""
    module, _, path = target.partition(":")
    value: Any = importlib.import_module(module.strip())
    for name in path.strip().split(".") if path else ():
        try:
            value = getattr(value, name)
        except AttributeError as error:
            near = nearest(name, (known for known in dir(value) if not known.startswith("_")), 1)
            raise AttributeError(f"{error}; {near}" if near.startswith("did you mean") else str(error)) from error
    return value


def loaded(source: Source) -> Any:
    """What `source` stands for. Raises ValueError, in one sentence that says whose it is, where it cannot be had."""
    waiting = Timer(PATIENCE, lambda: print(f"waiting for the import of {source}", file=sys.stderr))
    waiting.daemon = True
    waiting.start()
    try:
        with blaming(source):
            return load(source.target)
    finally:
        waiting.cancel()


@contextmanager
def blaming(source: Source) -> Iterator[None]:
    """Turn whatever a plugin's own code raises, sys.exit included, into a ValueError that says whose it is.

    What it does to the process is undone.
    """
    try:
        with apart(source):
            yield
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        words = said(error) if type(error) is ValueError else kind_of(error)
        raise ValueError(f"{source} cannot be used: {words}") from error


def apart(source: Source) -> AbstractContextManager[None]:
    """Undo what others' code does to the process; nothing, and no import of torch, where the code is ours."""
    if source.ours:
        return nullcontext()
    from models.process import undisturbed

    return undisturbed(0)


def outsiders(group: str) -> tuple[Source, ...]:
    """All entry points of a group, in the order of their packages; none is loaded."""
    return _outsiders(group, tuple(sys.path))


@cache
def _outsiders(group: str, _path: tuple[str, ...]) -> tuple[Source, ...]:
    found: dict[tuple[str, str, str], Source] = {}  # a package that lies twice on the path counts once
    for package in distributions():
        with suppress(Exception):  # a package whose entry points cannot be read brings none
            for point in package.entry_points:
                if point.group == group:
                    source = Source(point.name, point.value.partition("[")[0].strip(), package.name)
                    found.setdefault((package.name, point.name, point.value), source)
    return tuple(found.values())


def spelled_well(name: str) -> bool:
    """Whether a spelling can name it."""
    return re.fullmatch(r"[\w.-]+", name) is not None and name != "all"
