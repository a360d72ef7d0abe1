"""A data set whose bytes are known: it is published under its source only when they are these."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from datasets.fetching import place
from datasets.npz import read_npz
from datasets.pool import Pool
from datasets.reading import inputs_of, labels_of

Arrays = dict[str, np.ndarray]


@dataclass(frozen=True)
class Known:
    """A data set in a file ``NAME.npz``, and what is known of it before the file is opened.

    scale, shift: what bytes become before a network sees them. digests: the digests of pools that are this data set,
    each with what must be said of it beside the source, or "". fetch(scratch): the arrays from the published source,
    verified before they are opened; None where no source can be verified.
    """

    name: str
    classes: int
    source: str
    licence: str
    scale: tuple[float, ...] = (1.0,)
    shift: tuple[float, ...] = (0.0,)
    digests: Mapping[str, str] = field(default_factory=dict)
    fetch: Callable[[Path], Arrays] | None = None

    def __call__(self, folder: Path | None) -> Pool:
        """The pool in ``folder/NAME.npz``, which is fetched once if it is missing.

        A file whose digest is not known, and which was not fetched and verified here, is taken as it is and its source
        says so. Raises ValueError, in one sentence, on a folder or file that cannot be used.
        """
        path = self._path(folder)
        if not path.exists():
            self._fetch(path)
        pool = self.pool(read_npz(path), path)
        if pool.digest in self.digests:
            return pool.told("; ".join(filter(None, (self.source, self.digests[pool.digest]))), self.licence)
        if _fetched_digest(path) == pool.digest:
            return pool
        return pool.told(f"{path.name} as found, not verified", "not stated")

    def pool(self, arrays: Arrays, path: Path) -> Pool:
        """The pool that the arrays of a file make. Raises ValueError that names the file."""
        try:
            y, x = labels_of(arrays), inputs_of(arrays)
            lossless = bool(arrays["lossless"].all()) if "lossless" in arrays else True
            about = (self.name, x, y, self.classes, self.scale, self.shift, self.source, self.licence)
            return Pool(*about, lossless=lossless)
        except ValueError as error:
            raise ValueError(f"{path}: {error}") from error

    def _path(self, folder: Path | None) -> Path:
        name = f"{self.name}.npz"
        if folder is None:
            raise ValueError(f"--data: {self.name} lies in a file; give the folder that holds {name}, or is to hold it")
        if not folder.parent.is_dir() or (folder.exists() and not folder.is_dir()):
            raise ValueError(f"--data: expected a folder, got {folder}, which is none")
        return folder / name

    def _fetch(self, path: Path) -> None:
        if self.fetch is None:
            raise ValueError(f"--data: {path} is missing, and {self.name} cannot be fetched: put the file there")

        def note(arrays: Arrays) -> str:
            digest = self.pool(arrays, path).digest
            return json.dumps({"digest": digest, "source": self.source}, indent=1) + "\n"

        place(self.name, path, self.fetch, _note(path), note)


def _note(path: Path) -> Path:
    """Where fetching notes the digest of what it verified, beside the file."""
    return path.with_name(f"{path.stem}.fetched.json")


def _fetched_digest(path: Path) -> str | None:
    try:
        return str(json.loads(_note(path).read_text(encoding="utf-8"))["digest"])
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
