"""Files written whole or not at all: the one way in which results reach the disk."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

DRAFT = ".draft"


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` once the block ends well. Raises OSError.

    The draft beside it has a name that nobody can foresee and is created anew, so that no planted link is followed.
    """
    draft = path.with_name(f".{path.name[:100]}.{secrets.token_hex(8)}{DRAFT}")
    handle = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o666)
    try:
        with os.fdopen(handle, "wb") as file:
            yield file
            file.flush()
            os.fsync(file.fileno())
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is in this block for the same folder, where the system has such locks."""
    try:
        import fcntl
    except ImportError:  # no POSIX system
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
    finally:
        os.close(handle)


def write(path: Path, content: str | bytes) -> None:
    """Write a whole file; text as UTF-8, its line ends as they are. Raises OSError."""
    with writing(path) as file:
        file.write(content.encode("utf-8") if isinstance(content, str) else content)


def write_arrays(path: Path, **arrays: np.ndarray) -> None:
    """Write a compressed .npz. Raises OSError."""
    with writing(path) as file:
        np.savez_compressed(file, **arrays)  # type: ignore[arg-type]


def write_figure(path: Path, figure: Any, **options: Any) -> None:
    """Write a matplotlib figure in the format of the file's ending; `options` as of savefig. Raises OSError."""
    with writing(path) as file:
        figure.savefig(file, format=path.suffix.removeprefix("."), **options)
