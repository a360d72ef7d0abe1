"""Files written whole or not at all, and read to an end: the one way in which results reach the disk, and come back."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import numpy as np

from datasets import drafts

LARGEST = 64 * 2**20  # bytes of one file of text
alone_in = drafts.alone_in  # wait until no other process is in such a block for the same folder


def read(path: Path) -> bytes:
    """The bytes of a file that has an end, of at most LARGEST. Raises ValueError on any other, OSError."""
    if not path.is_file():
        raise ValueError(f"{path.name} is no regular file" if path.exists() else f"{path.name} is not there")
    if path.stat().st_size > LARGEST:
        raise ValueError(f"{path.name} is larger than {LARGEST // 2**20} MiB")
    return path.read_bytes()


def check_writable(option: str, folder: Path) -> None:
    """Make `folder` where it is missing. Raises ValueError, in one sentence, where nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ValueError(unwritable(option, folder, error)) from error


def unwritable(option: str, folder: Path, error: OSError) -> str:
    """Why nothing can be written to a folder, in one sentence."""
    if isinstance(error, FileExistsError | NotADirectoryError):
        return f"{option}: expected a folder, got {folder}, which is or lies in a file"
    return f"{option}: cannot write to {folder}: {error.strerror or error}"


def check_file(option: str, path: Path) -> None:
    """Make the folder of `path`. Raises ValueError, in one sentence, where no file can be written there."""
    if path.is_dir():
        raise ValueError(f"{option}: expected a file, got the folder {path}")
    check_writable(option, path.parent)


@contextmanager
def writing(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the place of `path` once the block ends well, and never follows a link. Raises OSError."""
    with drafts.file(path.parent) as draft:
        with os.fdopen(draft.handle, "wb", closefd=False) as file:
            yield file
        os.fsync(draft.handle)
        draft.put(path)


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
