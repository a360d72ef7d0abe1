"""Purchase100, Texas100 and Location30, from the archives of the privacy and trust lab that are verified by blob id."""

from __future__ import annotations

import tarfile
import tempfile
from functools import partial
from pathlib import Path

import numpy as np

from datasets.fetching import download
from datasets.known import Known
from datasets.words import one_line

ARCHIVES = "https://github.com/privacytrustlab/datasets/raw/master/"
BLOBS = {
    "dataset_purchase.tgz": "3efa7476ad5ed7ac3e558d28585a186b38fc5f19",
    "dataset_texas.tgz": "966f7ff40b24cf5912ff84759aab9adb8c25f30e",
    "dataset_location.tgz": "0cfc2caa0c8c8569cd68a5d4ab369a98c1f98447",
}
_LAB = "github.com/privacytrustlab/datasets"


def fetch(archive: str, scratch: Path) -> dict[str, np.ndarray]:
    """The arrays in one of the lab's archives. Raises ValueError when it is not the known one."""
    path = scratch / "archive.tgz"
    download(ARCHIVES + archive, BLOBS[archive], path)
    return read_archive(archive, path)


def read_archive(archive: str, path: Path) -> dict[str, np.ndarray]:
    """The arrays in a published archive. Raises ValueError on members that reach outside it, or on its format."""
    try:
        with tempfile.TemporaryDirectory(dir=path.parent) as scratch, tarfile.open(path, "r:gz") as opened:
            opened.extractall(scratch, filter="data")
            files = {p.name: p for p in Path(scratch).rglob("*") if p.is_file()}
            if {"feats", "labels"} <= set(files):
                bits, labels = _table(files["feats"]).astype(np.uint8), _table(files["labels"])[:, 0]
            else:
                table = _table(max(files.values(), key=lambda p: p.stat().st_size))
                labels, bits = table[:, 0], table[:, 1:].astype(np.uint8)
    except (tarfile.TarError, EOFError, ValueError, OverflowError) as error:
        raise ValueError(f"{archive}: the archive is refused ({one_line(error)})") from error
    if len(bits) != len(labels) or bits.max(initial=0) > 1 or labels.min(initial=1) < 1:
        raise ValueError(f"{archive}: expected one line of bits and one label from 1 a record")
    packed = np.packbits(bits, axis=1)
    return {"packed": packed, "n_features": np.array(bits.shape[1]), "labels": (labels - 1).astype(np.uint8)}


def _table(path: Path) -> np.ndarray:
    with open(path, encoding="utf-8") as file:
        return np.stack([_line(line) for line in file if line.strip()])


def _line(line: str) -> np.ndarray:
    return np.array(line.replace('"', "").split(","), dtype=np.int16)


purchase100 = Known(
    "purchase100",
    100,
    f"Acquire Valued Shoppers Challenge, {_LAB}",
    "none stated",
    fetch=partial(fetch, "dataset_purchase.tgz"),
)
"""600 bits of purchases: 197,324 records, 100 classes."""
texas100 = Known(
    "texas100",
    100,
    f"Texas hospital discharges, {_LAB}",
    "none stated",
    fetch=partial(fetch, "dataset_texas.tgz"),
)
"""6,169 bits of a hospital stay: 67,330 records, 100 classes."""
location30 = Known(
    "location30",
    30,
    f"Foursquare check-ins, {_LAB}",
    "none stated",
    digests={"b62499c2a026ba36fa8ed669aa8f7f57ffcfd5da97ebc07e03c4ba916b093ffd": ""},
    fetch=partial(fetch, "dataset_location.tgz"),
)
"""446 bits of check-ins: 5,010 records, 30 classes."""
