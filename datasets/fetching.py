"""Fetch a data set once, verify it before it is opened, and convert it to ``NAME.npz``."""

from __future__ import annotations

import hashlib
import os
import tarfile
import tempfile
import urllib.request
from pathlib import Path
from typing import IO

import numpy as np

from datasets import known

TIMEOUT = 30  # seconds


def fetch(name: str, folder: Path) -> Path:
    """Write ``folder/NAME.npz`` from the published source, whole or not at all; returns its path.

    Raises ValueError, in one sentence with the ways out, without a network, on changed bytes or a hostile archive.
    """
    about, target = known.KNOWN[name], folder / f"{name}.npz"
    if about.torchvision is None and about.archive is None:
        raise ValueError(f"--data: {target} is missing, and {name} cannot be fetched: put the file there")
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".fetch-", dir=folder) as scratch:
        try:
            arrays = _torchvision(about.torchvision, scratch) if about.torchvision else _archive(name, Path(scratch))
        except (OSError, RuntimeError) as error:
            reason = " ".join(str(error).split())
            raise ValueError(
                f"--data: {target} is missing and {name} could not be fetched ({reason}); "
                "put the file there, or run again with a network"
            ) from error
        draft = Path(scratch) / "converted.npz"
        np.savez_compressed(draft, **arrays)  # type: ignore[arg-type]
        os.replace(draft, target)
    return target


def _torchvision(reader: str, scratch: str) -> dict[str, np.ndarray]:
    from datasets._torchvision import readers

    images, labels = [], []
    for train in (True, False):
        part = getattr(readers, reader)(scratch, train=train, download=True)
        data = np.asarray(part.data)
        images.append(data if data.ndim == 4 else data[..., None])
        labels.append(np.asarray(part.targets))
    return {
        "images": np.concatenate(images).astype(np.uint8),
        "labels": np.concatenate(labels).astype(np.uint8),
        "n_train": np.array(len(labels[0])),
    }


def _archive(name: str, scratch: Path) -> dict[str, np.ndarray]:
    about = known.KNOWN[name]
    path = scratch / "archive.tgz"
    url = known.ARCHIVES + str(about.archive)
    with urllib.request.urlopen(url, timeout=TIMEOUT) as answer, open(path, "wb") as file:
        while block := answer.read(1 << 20):
            file.write(block)
    found = blob_id(path)
    if found != about.blob:
        raise ValueError(f"{url}: expected git blob {about.blob}, got {found}: refused without opening it")
    return read_archive(name, path)


def blob_id(path: Path) -> str:
    """The git blob id of a file: the SHA-1 of ``blob SIZE``, a zero byte and its bytes."""
    sha = hashlib.sha1(b"blob %d\0" % path.stat().st_size, usedforsecurity=False)
    with open(path, "rb") as file:
        while block := file.read(1 << 20):
            sha.update(block)
    return sha.hexdigest()


def read_archive(name: str, path: Path) -> dict[str, np.ndarray]:
    """The arrays in a published archive. Raises ValueError on members that reach outside it, or on its format."""
    try:
        with tempfile.TemporaryDirectory() as scratch, tarfile.open(path, "r:gz") as archive:
            archive.extractall(scratch, filter="data")
            files = {p.name: p for p in Path(scratch).rglob("*") if p.is_file()}
            if name == "texas100":
                bits, labels = _bits(files["feats"]), _numbers(files["labels"])
            else:
                table = _table(max(files.values(), key=lambda p: p.stat().st_size))
                labels, bits = table[:, 0], table[:, 1:].astype(np.uint8)
    except (tarfile.TarError, EOFError, KeyError) as error:
        raise ValueError(f"{name}: the archive is refused ({error})") from error
    if len(bits) != len(labels) or bits.max(initial=0) > 1 or labels.min(initial=1) < 1:
        raise ValueError(f"{name}: expected one line of bits and one label from 1 a record")
    packed = np.packbits(bits, axis=1)
    return {"packed": packed, "n_features": np.array(bits.shape[1]), "labels": (labels - 1).astype(np.uint8)}


def _table(path: Path) -> np.ndarray:
    with open(path) as file:
        return np.stack([_line(line) for line in file if line.strip()])


def _bits(path: Path) -> np.ndarray:
    return _table(path).astype(np.uint8)


def _numbers(path: Path) -> np.ndarray:
    return _table(path)[:, 0]


def _line(line: IO[str] | str) -> np.ndarray:
    return np.array(str(line).replace('"', "").split(","), dtype=np.int16)
