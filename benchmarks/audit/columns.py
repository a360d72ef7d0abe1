"""The columns of a file that anybody may have made: numbers, words, or yes and no, each in one sentence when unsound.

A column is an array, or, of .csv, the words that stand there.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path

import numpy as np
import pandas as pd

from datasets.columns import comma_advice, csv_words, parquet_columns
from datasets.npz import read_npz
from datasets.words import one_line

Column = np.ndarray | list[str]
Columns = Mapping[str, Column]
LONGEST = 200  # characters of a word
FORMULA = "=+-@"  # with what a spreadsheet's formula begins
FLAGS = dict.fromkeys(("true", "yes", "1", "1.0", "member"), True)
FLAGS |= dict.fromkeys(("false", "no", "0", "0.0", "non-member"), False)
WANTED = "true or false, yes or no, 1 or 0, or member or non-member"
UNKNOWN = "unknown"  # the group of records of which a file does not say it


class Unsound(ValueError):
    """One record cannot be audited: what is `said` of it, its number from 1, `advice` on what to do."""

    def __init__(self, said: str, wrong: np.ndarray, advice: str = "") -> None:
        self.said, self.record, self.advice = said, first(wrong), advice
        super().__init__(f"{said} in record {self.record}{advice}")


def opened(path: Path) -> Columns:
    """The columns of a .npz, .csv or .parquet file by name. Raises ValueError, without the file's name, on others."""
    if path.suffix.lower() not in READERS:
        raise ValueError(f"expected a file that ends in {', '.join(READERS)}")
    if not path.is_file():
        raise ValueError(f"expected a file, got {_other(path)}")
    columns = READERS[path.suffix.lower()](path)
    for name in columns:
        if not name:
            raise ValueError("expected a name for each column, got one without: an index? Save the table without it")
        if not name.isprintable():
            raise ValueError(f"expected names of columns that can be printed, got {name[:60]!r}")
    return columns


READERS: dict[str, Callable[[Path], Columns]] = {
    ".npz": read_npz,
    ".csv": csv_words,
    ".parquet": lambda path: {name: settled(column) for name, column in parquet_columns(path)[0].items()},
}


def _other(path: Path) -> str:
    return "a folder" if path.is_dir() else "none" if path.exists() else "nothing there"


def first(wrong: np.ndarray) -> int:
    """The number, from 1, of the first record where something is `wrong` (n, ...) bool."""
    return int(np.argwhere(np.atleast_1d(wrong))[0, 0]) + 1


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
        raise Unsound(f"{name}: expected finite numbers, got {column[wrong].flat[0]:g}", wrong)
    return column


def settled(column: np.ndarray) -> np.ndarray:
    """Objects of one type as that type, words among which some are missing as words, "" in their place."""
    if column.dtype != object or not column.size:
        return column
    missing = np.asarray(pd.isna(column))
    if missing.shape == column.shape and all(isinstance(value, str) for value in column[~missing]):
        return np.where(missing, "", column).astype(str)
    if len({type(value) for value in column.flat}) > 1:
        return column
    try:
        return np.array(column.tolist())
    except ValueError:  # lists of several lengths
        return column


def _parsed(name: str, words: list[str], wanted: str) -> np.ndarray:
    bad = np.array([not _is_number(word) for word in words])
    if bad.any():
        wrong = words[int(bad.argmax())]
        got = one_line(repr(wrong[:40]), 60) if wrong else "nothing"
        advice = ": a formula? Save what it comes to" if wrong.startswith("=") else comma_advice(wrong)
        raise Unsound(f"{name}: expected {wanted}, got {got}", bad, advice)
    return numbers(name, np.array([float(word) for word in words]))


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return "_" not in word


def whole(name: str, column: Column) -> np.ndarray:
    """The column, of classes, as int64. Raises ValueError on anything but whole numbers."""
    made = numbers(name, column, "classes as whole numbers from 0")
    if made.dtype.kind == "f":
        wrong = (made != np.round(made)) | (np.abs(made.astype(np.float64)) > 2**53)
        if wrong.any():
            raise Unsound(f"{name}: expected whole numbers, got {made[wrong].flat[0]:g}", wrong)
    return made.astype(np.int64)


def flags(name: str, column: Column) -> np.ndarray:
    """The column as bool, of WANTED in any mixture. Raises ValueError on anything else."""
    array = np.asarray(column)
    if array.dtype.kind in "buif":
        array = numbers(name, array)
        wrong = (array != 0) & (array != 1)
        if wrong.any():
            raise Unsound(f"{name}: expected {WANTED}, got {array[wrong].flat[0]:g}", wrong)
        return array.astype(bool)
    if array.dtype == object:
        array = np.where(pd.isna(array), "", array)
    values, places = np.unique(array.astype(str), return_inverse=True)
    known = [FLAGS.get(str(value).strip().lower()) for value in values]
    wrong = np.array([flag is None for flag in known], bool)[places].reshape(array.shape)
    if wrong.any():
        got = one_line(repr(str(array[wrong].flat[0])[:40]), 60)
        raise Unsound(f"{name}: expected {WANTED}, got {got if len(got) > 2 else 'nothing'}", wrong)
    return np.array(known, bool)[places].reshape(array.shape)


def words(name: str, column: Column, missing: str = "") -> np.ndarray:
    """The column (n,) as printable words, `missing` where there is none. Raises ValueError on anything else, on what a
    spreadsheet would run, and on a missing word where none stands for it.
    """
    array = np.asarray(column)
    if array.ndim != 1 or array.dtype.kind not in "buifU":
        raise ValueError(f"{name}: expected a word for each record, got {array.dtype} of shape {array.shape}")
    blank = np.isnan(array) if array.dtype.kind == "f" else np.char.strip(array.astype(str)) == ""
    if array.dtype.kind == "f":
        array = whole(name, np.where(blank, 0, array) if missing else array)
    made = np.where(blank, missing, array.astype(str))
    for word in np.unique(made):
        fault = _fault(str(word))
        if fault:
            got = one_line(repr(str(word)[:40]), 60) if word else "nothing"
            raise Unsound(f"{name}: expected {fault}, got {got}", made == word)
    return made


def _fault(word: str) -> str:
    """What was expected of a word that is refused, or nothing."""
    if not word.strip():
        return "a word for each record"
    if not word.isprintable() or len(word) > LONGEST:
        return f"printable words of at most {LONGEST} characters"
    return "words, no formulas" if word[0] in FORMULA and not _is_number(word) else ""
