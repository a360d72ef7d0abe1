"""The built-in data sets and protocols by name, and what counts as a data set. Imports none of them.

A data set is a callable that returns a Pool, or arrays (x, y): `x` (N, ...) records, `y` (N,) whole numbers from 0.
It may take the folder that ``--data`` names (a Path or None): see `_called`.
"""

from __future__ import annotations

import difflib
import importlib
import inspect
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from datasets.words import one_line

if TYPE_CHECKING:
    from datasets.pool import Pool

BUILTIN = {
    "digits": "datasets.digits:load",
    "mnist": "datasets.images:mnist",
    "fashion_mnist": "datasets.images:fashion_mnist",
    "cifar10": "datasets.images:cifar10",
    "cifar100": "datasets.images:cifar100",
    "purchase100": "datasets.privacy_lab:purchase100",
    "texas100": "datasets.privacy_lab:texas100",
    "location30": "datasets.privacy_lab:location30",
    "letter": "datasets.tables:letter",
    "news20": "datasets.tables:news20",
    "adult": "datasets.tables:adult",
    "purchase100-twin": "datasets.twins:purchase100",
    "texas100-twin": "datasets.twins:texas100",
}
PROTOCOLS = {
    "six-split": "datasets.protocols:SixSplit",
    "half-split": "datasets.protocols:HalfSplit",
    "hamp": "datasets.hamp:HampSplit",
    "canaries": "datasets.canaries:Canaries",
}


def load(name: str, folder: Path | None) -> Pool:
    """The built-in pool of that name; only the file that has it is imported.

    Raises ValueError, in one sentence, on an unknown name, or data that cannot be used.
    """
    if name not in BUILTIN:
        near = difflib.get_close_matches(name, BUILTIN, 2, 0.5)
        known = f"did you mean {' or '.join(near)}?" if near else f"there are {', '.join(sorted(BUILTIN))}"
        raise ValueError(f"data: unknown data set {name!r}; {known}")
    module, _, attribute = BUILTIN[name].partition(":")
    return adopt(name, getattr(importlib.import_module(module), attribute), folder)


def adopt(name: str, loader: Callable[..., Any], folder: Path | None) -> Pool:
    """The pool that a data set of this name is. Raises ValueError, in one sentence, when it fails or is none."""
    from datasets.arrays import pool_of
    from datasets.pool import Pool

    folder = None if folder is None else Path(folder)
    try:
        made = _called(loader, folder)
    except (ValueError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise ValueError(f"data {name}: {_line(error)}") from error
    if isinstance(made, Pool):
        return made
    if not isinstance(made, tuple) or len(made) != 2:
        raise ValueError(f"data {name}: expected a Pool or arrays (x, y), got {type(made).__name__}")
    about = " ".join((inspect.getdoc(loader) or "").partition("\n\n")[0].split())
    return pool_of(name, *made, source=about or "source not stated", licence="not stated")


def _called(loader: Callable[..., Any], folder: Path | None) -> Any:
    """What it returns; the folder is for a parameter of that name, or for a first one that has no other default than
    None or a path.
    """
    parameters = list(inspect.signature(loader).parameters.values())
    if any(p.name == "folder" and p.kind is not p.POSITIONAL_ONLY for p in parameters):
        return loader(folder=folder)
    first = parameters[0].default if parameters else 0
    return loader(folder) if first is inspect.Parameter.empty or isinstance(first, str | Path | None) else loader()


def _line(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror and error.filename is not None:
        return f"{one_line(str(error.filename))}: {error.strerror}"
    try:
        words = one_line(str(error))
    except Exception:  # it has none to give
        words = ""
    return f"{type(error).__name__}: {words}".rstrip(": ")
