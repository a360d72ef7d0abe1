"""Features and classes from tables with named columns: .csv and .parquet."""

from __future__ import annotations

import csv
from pathlib import Path

import numpy as np

from datasets.words import one_line

Table = tuple[np.ndarray, np.ndarray]


def read_csv(path: Path) -> Table:
    """Features (N, D) and classes (N,) of comma-separated text with a header. Raises ValueError on anything else."""
    return _table({name: _column(words) for name, words in csv_words(path).items()})


def csv_words(path: Path) -> dict[str, list[str]]:
    """The columns of comma-separated text with a header, each of N words. Raises ValueError on anything else."""
    try:
        with open(path, encoding="utf-8-sig", newline="") as file:
            header, *rows = [row for row in csv.reader(file, strict=True) if row]
    except (csv.Error, UnicodeDecodeError) as error:
        got = one_line(error)
        raise ValueError(f"cannot be read as comma-separated UTF-8 text ({got}); save it as UTF-8") from error
    except ValueError:
        raise ValueError("expected a header and a line a record, got an empty file") from None
    if len(header) == 1 and set(header[0]) & set(";\t"):
        got = "semicolons" if ";" in header[0] else "tabs"
        raise ValueError(f"expected commas between columns, got {got}: save it with commas and decimal points")
    if not rows:
        raise ValueError("expected a line a record below the header, got none")
    for number, row in enumerate(rows, 2):
        if len(row) != len(header):
            raise ValueError(
                f"expected {len(header)} values a record, as in the header, got {len(row)} in line {number}"
            )
    if all(_number(name) is not None for name in header):
        raise ValueError(f"expected a header, got the numbers {one_line(', '.join(header), 60)}")
    names = [name.strip() for name in header]
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"expected a header of different names, got {one_line(repr(twice), 60)} twice")
    return {name: [row[i].strip() for row in rows] for i, name in enumerate(names)}


def _column(words: list[str]) -> np.ndarray:
    numbers = [_number(word) for word in words]
    return np.array(words if None in numbers else numbers)


def _number(word: str) -> float | None:
    try:
        return float(word)
    except ValueError:
        return None


def read_parquet(path: Path) -> Table:
    """Features (N, D) and classes (N,) of a .parquet file. Raises ValueError without pyarrow, or on anything else."""
    columns, missing = parquet_columns(path)
    if missing:
        raise ValueError(f"column {missing[0]!r}: expected a value in each record, got missing ones")
    return _table(columns)


def parquet_columns(path: Path) -> tuple[dict[str, np.ndarray], list[str]]:
    """The columns (N,) of a .parquet file, and the names of those in which values are missing.

    Raises ValueError without pyarrow, on anything else, and without records.
    """
    try:
        from pyarrow import parquet
    except ImportError:
        raise ValueError("needs the package pyarrow: pip install pyarrow, or bring the data as .csv or .npz") from None
    try:
        with open(path, "rb") as file:
            table = parquet.read_table(file)
        missing = [name for name in table.column_names if table[name].null_count]
        columns = {name: np.asarray(table[name].to_numpy()) for name in table.column_names}
    except Exception as error:  # whatever pyarrow raises on bytes that it cannot read
        raise ValueError(f"cannot be read as .parquet ({one_line(error)})") from error
    if not table.num_rows:
        raise ValueError("expected records, got none")
    texts = {n: c.astype(str) for n, c in columns.items() if c.dtype == object and all(isinstance(v, str) for v in c)}
    return columns | texts, missing


def _table(columns: dict[str, np.ndarray]) -> Table:
    """Features (N, D) and classes (N,) of named columns."""
    if len(columns) < 2:
        there = one_line(", ".join(columns) or "none", 60)
        raise ValueError(f"expected columns of numbers and one of classes, got {there}")
    label = "label" if "label" in columns else next(reversed(columns))
    for name, column in columns.items():
        if not name.isprintable():
            raise ValueError(f"expected names of columns that can be printed, got {name[:60]!r}")
        if column.dtype.kind == "U" and (column == "").any():
            raise ValueError(f"column {name!r}: expected a value in each record, got missing ones")
        if name != label and column.dtype.kind not in "buif":
            wrong = next((v for v in column if not isinstance(v, str) or _number(v) is None), column[0])
            raise ValueError(f"column {name!r}: expected numbers, got {str(wrong)[:40]!r}; give words numbers first")
    features = [_whole(column) for name, column in columns.items() if name != label]
    return np.stack(features, axis=1), columns[label]


def _whole(column: np.ndarray) -> np.ndarray:
    """The column as integers where it holds nothing else, so that bytes stay bytes."""
    if column.dtype.kind == "f" and np.isfinite(column).all() and (np.abs(column) < 2**31).all():
        return column.astype(np.int64) if (column == np.round(column)).all() else column
    return column
