"""Data of one's own, in a file: .npz, .npy, .csv or .parquet."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import numpy as np

from datasets.arrays import pool_of
from datasets.columns import read_csv, read_parquet
from datasets.npz import read_npy, read_npz
from datasets.pool import Pool
from datasets.reading import inputs_of
from datasets.words import one_line


def read_own(path: Path, source: str, licence: str, synthetic: bool = False) -> Pool:
    """The pool in a file; source and licence are the owner's words. Its name is the file's.

    .npz: `x`, or one of the kinds of datasets/reading.py, and `y` or `labels`. .npy: two axes, the last column is the
    class. .csv: a header, then numbers; .parquet: columns of numbers; of both the column `label`, or else the last,
    is the class. Raises ValueError, in one sentence that names the file, on anything else.
    """
    if path.suffix.lower() not in READERS:
        raise ValueError(f"{path}: expected a file that ends in {', '.join(READERS)}")
    if not path.is_file():
        raise ValueError(f"{path}: expected a file, got {'none' if path.exists() else 'nothing there'}")
    try:
        x, y = READERS[path.suffix.lower()](path)
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise ValueError(f"{path}: {one_line(str(error).removeprefix(f'{path}: '), 400)}") from error
    try:
        return pool_of(path.name, x, y, source, licence, synthetic)
    except ValueError as error:
        raise ValueError(f"{path}{one_line(str(error).removeprefix(path.name), 400)}") from error


def _npz(path: Path) -> tuple[np.ndarray, np.ndarray]:
    arrays = read_npz(path)
    for key in ("y", "labels"):
        if key in arrays:
            x = arrays["x"] if "x" in arrays else arrays.get("features")
            return inputs_of(arrays) if x is None else x, arrays[key]
    raise ValueError(f"expected an array 'y' beside 'x', found {', '.join(sorted(arrays)) or 'none'}")


def _npy(path: Path) -> tuple[np.ndarray, np.ndarray]:
    table = read_npy(path)
    if table.ndim != 2 or table.shape[1] < 2:
        raise ValueError(f"expected two axes, the last column the class, got shape {table.shape}; images go into .npz")
    return table[:, :-1], table[:, -1]


READERS: dict[str, Callable[[Path], tuple[np.ndarray, np.ndarray]]] = {
    ".npz": _npz,
    ".npy": _npy,
    ".csv": read_csv,
    ".parquet": read_parquet,
}
