"""Bytes from a published source: verified before they are opened, put in their place whole or not at all."""

from __future__ import annotations

import contextlib
import hashlib
import http.client
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np

from datasets import drafts
from datasets.words import one_line

TIMEOUT = 30  # seconds


def place(
    name: str,
    path: Path,
    fetch: Callable[[Path], dict[str, np.ndarray]],
    note: Path,
    noted: Callable[[dict[str, np.ndarray]], str],
) -> None:
    """Write the fetched arrays to `path` and what is noted of them to `note`.

    Raises ValueError, in one sentence with the ways out, without a network, on changed bytes or a hostile archive.
    """
    try:
        with _made(path.parent), drafts.folder(path.parent) as scratch:
            try:
                arrays = fetch(scratch)
            except (OSError, RuntimeError, http.client.HTTPException) as error:
                raise ValueError(
                    f"--data: {path} is missing and {name} could not be fetched ({one_line(error, 600)}); "
                    "put the file there, or run again with a network"
                ) from error
            draft, words = scratch / "converted.npz", scratch / "converted.json"
            words.write_text(noted(arrays), encoding="utf-8", newline="\n")
            np.savez_compressed(draft, **arrays)  # type: ignore[arg-type]
            drafts.rename(words, note)
            drafts.rename(draft, path)
    except OSError as error:
        words_of = error.strerror or one_line(error)
        raise ValueError(
            f"--data: {path} is missing, and nothing can be written to {path.parent}: {words_of}"
        ) from error


@contextlib.contextmanager
def _made(folder: Path) -> Iterator[None]:
    """The folder with those above it; what was made of them goes where the block fails."""
    made = [each for each in (folder, *folder.parents) if not each.exists()]
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield
    except BaseException:
        for each in made:
            with contextlib.suppress(OSError):  # somebody else's files lie there now
                each.rmdir()
        raise


def download(url: str, blob: str, path: Path) -> None:
    """Write what lies at `url` to `path`. Raises ValueError when it is not the git blob `blob`, OSError otherwise."""
    with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, open(path, "wb") as file:
        while block := answer.read(1 << 20):
            file.write(block)
    found = blob_id(path)
    if found != blob:
        raise ValueError(f"{url}: expected git blob {blob}, got {found}: refused without opening it")


def blob_id(path: Path) -> str:
    """The git blob id of a file: the SHA-1 of ``blob SIZE``, a zero byte and its bytes."""
    sha = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()
