"""The columns of a file that anybody may have made: numbers, words, or yes and no, each in one sentence when unsound.

A column is an array, or, of .csv, the words that stand there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np

from datasets.columns import csv_words, parquet_columns
from datasets.npz import read_npz
from datasets.words import one_line

Column = np.ndarray | list[str]
Columns = Mapping[str, Column]
LONGEST = 200  # characters of a word
FORMULA = "=+-@"  # with what a spreadsheet's formula begins
FLAGS = {"true": True, "false": False, "1": True, "0": False, "1.0": True, "0.0": False}


def opened(path: Path) -> Columns:
    """The columns of a .npz, .csv or .parquet file by name. Raises ValueError, without the file's name, on others."""
    if path.suffix.lower() not in READERS:
        raise ValueError(f"expected a file that ends in {', '.join(READERS)}")
    if not path.is_file():
        raise ValueError(f"expected a file, got {'none' if path.exists() else 'nothing there'}")
    columns = READERS[path.suffix.lower()](path)
    for name in columns:
        if not name.isprintable() or not name:
            raise ValueError(f"expected names of columns that can be printed, got {name[:60]!r}")
    return columns


READERS: dict[str, Callable[[Path], Columns]] = {
    ".npz": read_npz,
    ".csv": csv_words,
    ".parquet": lambda path: parquet_columns(path)[0],
}


def first(wrong: np.ndarray) -> int:
    """The number, from 1, of the first record where something is `wrong` (n, ...) bool."""
    return int(np.argwhere(wrong)[0, 0]) + 1


def numbers(name: str, column: Column, wanted: str = "numbers") -> np.ndarray:
    """The column as real numbers, float16, float32, float64 or whole. Raises ValueError on others than are `wanted`."""
    if isinstance(column, list):
        return _parsed(name, column, wanted)
    if column.dtype.kind not in "buif" or column.dtype.itemsize > 8:
        got = repr(str(column.flat[0])[:40]) if column.dtype.kind in "UO" and column.size else str(column.dtype)
        raise ValueError(f"{name}: expected {wanted}, got {one_line(got, 60)}")
    if not column.ndim:
        raise ValueError(f"{name}: expected a number for each record, got one for all")
    if column.dtype.kind == "f" and not np.isfinite(column).all():
        wrong = ~np.isfinite(column)
        raise ValueError(f"{name}: expected finite numbers, got {column[wrong].flat[0]:g} in record {first(wrong)}")
    return column


def _parsed(name: str, words: list[str], wanted: str) -> np.ndarray:
    try:
        made = np.array([float(word) for word in words])
    except ValueError:
        number, wrong = next((i, word) for i, word in enumerate(words, 1) if not _is_number(word))
        got = f"{one_line(repr(wrong[:40]), 60)} in record {number}" if wrong else f"nothing in record {number}"
        advice = ": a formula? Save what it comes to" if wrong.startswith("=") else ""
        raise ValueError(f"{name}: expected {wanted}, got {got}{advice}") from None
    return numbers(name, made)


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True


def whole(name: str, column: Column) -> np.ndarray:
    """The column, of classes, as int64. Raises ValueError on anything but whole numbers."""
    made = numbers(name, column, "classes as whole numbers from 0")
    if made.dtype.kind == "f":
        wrong = (made != np.round(made)) | (np.abs(made.astype(np.float64)) > 2**53)
        if wrong.any():
            raise ValueError(f"{name}: expected whole numbers, got {made[wrong].flat[0]:g} in record {first(wrong)}")
    return made.astype(np.int64)


def flags(name: str, column: Column) -> np.ndarray:
    """The column as bool, of true and false or 1 and 0. Raises ValueError on anything else."""
    array = np.asarray(column)
    if array.dtype.kind in "buif":
        array = numbers(name, array)
        wrong = (array != 0) & (array != 1)
        if not wrong.any():
            return array.astype(bool)
        got = f"{array[wrong].flat[0]:g}"
    else:
        values, places = np.unique(array.astype(str), return_inverse=True)
        known = [FLAGS.get(str(value).strip().lower()) for value in values]
        if None not in known:
            return np.array(known, bool)[places].reshape(array.shape)
        got = one_line(repr(str(values[known.index(None)])[:40]), 60)
    raise ValueError(f"{name}: expected true or false, or 1 or 0, got {got}")


def words(name: str, column: Column) -> np.ndarray:
    """The column (n,) as printable words. Raises ValueError on anything else, and on what a spreadsheet would run."""
    array = np.asarray(column)
    if array.ndim != 1 or array.dtype.kind not in "buifU":
        raise ValueError(f"{name}: expected a word for each record, got {array.dtype} of shape {array.shape}")
    if array.dtype.kind == "f":
        array = whole(name, array)
    made = array.astype(str)
    for word in np.unique(made):
        fault = _fault(str(word))
        if fault:
            shown = one_line(repr(str(word)[:40]), 60)
            raise ValueError(f"{name}: expected {fault}, got {shown} in record {first(made == word)}")
    return made


def _fault(word: str) -> str:
    """What was expected of a word that is refused, or nothing."""
    if not word.strip():
        return "a word for each record"
    if not word.isprintable() or len(word) > LONGEST:
        return f"printable words of at most {LONGEST} characters"
    return "words, no formulas" if word[0] in FORMULA and not _is_number(word) else ""
