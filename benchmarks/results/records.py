"""Records on disk: ``STEM.json``, all that boards, plots and reports are made from, and ``STEM.npz`` beside it, each
trial's scores and verdicts, which only a comparison on the same models needs.
"""

from __future__ import annotations

import hashlib
import json
import math
import os
import zipfile
from pathlib import Path
from typing import Any

import numpy as np

SCHEMA = 2
Record = dict[str, Any]
Arrays = list[dict[str, np.ndarray]]  # of each trial: scores (n,) float64, member (n,) bool, verdicts (A, n) bool
NEEDED = (
    ("suite", dict),
    ("defense", dict),
    ("adversary", str),
    ("attack", dict),
    ("inputs", str),
    ("trials", list),
    ("ranking", dict),
    ("verdicts", list),
    ("sweep", dict),
    ("roc", dict),
    ("histograms", dict),
    ("paired", list),
    ("utility", dict),
    ("cost", dict),
    ("versions", dict),
)


def stem(record: Record) -> str:
    """A file name, without its ending, that says which record it is."""
    names = record["suite"]["name"], record["adversary"], record["defense"]["name"], record["attack"]["name"]
    return "--".join("".join(c if c.isalnum() or c in "._-=" else "_" for c in name) for name in names)


def is_name(name: str) -> bool:
    """Whether a file's name is that of a record or its arrays."""
    stem, _, ending = name.rpartition(".")
    return ending in ("json", "npz") and stem.count("--") == 3


def write(record: Record, arrays: Arrays, folder: Path) -> None:
    """Write one record and its arrays, each whole or not at all. Raises OSError."""
    name = stem(record)
    text = json.dumps({**record, "sha256": _digest(record)}, sort_keys=True, allow_nan=False, separators=(",", ":"))
    draft = folder / f".{name}.{os.getpid()}.npz"
    try:
        named = {f"{k}_{t}": v for t, of in enumerate(arrays) for k, v in of.items()}
        np.savez_compressed(draft, **named)  # type: ignore[arg-type]
        os.replace(draft, folder / f"{name}.npz")
    finally:
        draft.unlink(missing_ok=True)
    write_text(folder / f"{name}.json", text.replace(',"', ',\n"') + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.write_text(text)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read(folder: Path) -> list[Record]:
    """All records of a folder, by file name.

    Raises ValueError, in one sentence that names the file, on none, on one that is damaged, edited by hand or of
    another schema.
    """
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise ValueError(f"{folder}: expected records (*.json), found none")
    return [_sound(path) for path in paths]


def _sound(path: Path) -> Record:
    try:
        record = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise ValueError(f"{path}: is not a record ({error})") from error
    if not isinstance(record, dict) or "schema" not in record:
        raise ValueError(f"{path}: is not a record (it has no schema)")
    if record["schema"] != SCHEMA:
        raise ValueError(f"{path}: expected a record of schema {SCHEMA}, got {record['schema']}; run it again")
    for key, kind in NEEDED:
        if not isinstance(record.get(key), kind):
            raise ValueError(f"{path}: is not a record (it has no {key})")
    if not _finite(record):
        raise ValueError(f"{path}: expected finite numbers, found NaN or infinity")
    if record.pop("sha256", None) != _digest(record):
        raise ValueError(f"{path}: is not as it was written (its sha256 differs); run it again")
    return record


def _finite(value: Any) -> bool:
    if isinstance(value, float):
        return math.isfinite(value)
    children = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return all(_finite(child) for child in children)


def _digest(record: Record) -> str:
    return hashlib.sha256(json.dumps(record, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def outcomes(folder: Path, record: Record) -> Arrays | None:
    """The arrays beside a record of `folder`; None where there are none. Raises ValueError on damaged ones."""
    path = folder / f"{stem(record)}.npz"
    if not path.exists():
        return None
    try:
        with np.load(path, allow_pickle=False) as file:
            count = len(record["trials"])
            return [{k: file[f"{k}_{t}"] for k in ("scores", "member", "verdicts")} for t in range(count)]
    except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile) as error:
        raise ValueError(f"{path}: cannot be read ({error}); run it again") from error
