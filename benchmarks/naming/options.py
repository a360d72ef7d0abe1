"""What may stand after an option: words, paths and numbers, refused in one sentence."""

from __future__ import annotations

import errno
import math
import os
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click

from benchmarks.naming.wording import bare, shown, steers

MOST = {
    "references": 10_000,
    "trials": 10_000,
    "epochs": 100_000,
    "part": 100_000_000,
    "shadows": 1000,
}  # more are taken for a slip of the finger
SEED = 2**63 - 1  # the greatest that every generator takes


class Word(click.ParamType):
    """A word; refuses an empty one, ``--``, and control characters."""

    name = "word"

    def __init__(self, expected: str = "a word"):
        self.expected = expected

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The word as it is."""
        if not value.strip() or value == "--" or any(map(steers, value)):
            self.fail(f"expected {self.expected}, got {shown(value)}", param, ctx)
        return value


class Place(Word):
    """A path, of a file or a folder; whether it exists is for the command to say."""

    name = "path"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        if isinstance(value, Path):
            return value
        try:
            os.lstat(super().convert(value, param, ctx))
        except OSError as error:
            if error.errno in (errno.ENAMETOOLONG, errno.ELOOP):
                self.fail(f"expected {self.expected}, got {shown(value)}: {error.strerror}", param, ctx)
        return Path(value)


class Folder(Place):
    """The path of a folder, which need not exist; but what does must be one."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The path."""
        path = super().convert(value, param, ctx)
        if os.path.exists(path) and not os.path.isdir(path):  # of os.path, which raise nothing
            self.fail(f"expected {self.expected}, got {shown(value)}, which is none", param, ctx)
        return path


class Whole(click.ParamType):
    """Whole numbers from `least` to `most`; without `most`, of at least `least`."""

    name = "number"

    def __init__(self, least: int, most: int | None = None):
        self.read = whole(least, most)

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        try:
            return self.read(value)
        except ValueError as error:
            self.fail(str(error), param, ctx)


class Number(click.ParamType):
    """Finite numbers of at least `least`, and below `below` where it is given."""

    name = "number"

    def __init__(self, least: float, below: float = math.inf):
        self.least, self.below = least, below

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The number."""
        try:
            number = float(value)
        except ValueError:
            number = math.nan
        if not self.least <= number < self.below:
            most = "" if math.isinf(self.below) else f" and below {self.below:g}"
            self.fail(f"expected a number of at least {self.least:g}{most}, got {bare(str(value))}", param, ctx)
        return number


def whole(least: int, most: int | None = None) -> Callable[[str | int], int]:
    """Return a reader of whole numbers from `least` to `most`. It raises ValueError on anything else."""

    def read(word: str | int) -> int:
        if not re.fullmatch(r"[+-]?[0-9]{1,20}", str(word)):
            raise ValueError(f"expected {expected}, got {shown(str(word))}")
        if int(word) < least or int(word) > (SEED if most is None else most):
            raise ValueError(f"expected {expected}, got {word}")
        return int(word)

    expected = f"a whole number of at least {least}" if most is None else f"a whole number from {least} to {most}"
    return read


WORD = Word()
FILE = Place("a file")
FOLDER = Folder("a folder")
