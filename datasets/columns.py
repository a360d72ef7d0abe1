"""Features and classes from tables with named columns: .csv and .parquet."""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Callable, Iterable
from pathlib import Path

import numpy as np

from datasets.arrays import LARGEST
from datasets.words import one_line

OTHERS = {
    b"PK\x03\x04": "a spreadsheet's own file, or a .zip",
    b"\xd0\xcf\x11\xe0": "a spreadsheet's own file",
    b"\x1f\x8b": "a .gz",
    b"PAR1": "a .parquet",
    b"\x93NUMPY": "a .npy",
    b"<": "a web page",
}  # what begins otherwise than text with a header
LONGEST = 1000  # characters of a word
CLASSES = ("label", "labels", "class", "target")  # names of columns that are no feature
Table = tuple[np.ndarray, np.ndarray]


def read_csv(path: Path) -> Table:
    """Features (N, D) and classes (N,) of comma-separated text with a header. Raises ValueError on anything else."""
    columns = {name: _column(name, words) for name, words in csv_words(path).items()}
    return _table(columns, lambda record: f"row {list(csv_rows(path))[record + 1]}")


def csv_words(path: Path) -> dict[str, list[str]]:
    """The columns of text with a header, each of N words. Raises ValueError on anything else."""
    numbered = csv_rows(path)
    if not numbered:
        raise ValueError("expected a header and a line a record, got an empty file")
    header, rows = next(iter(numbered.values())), list(numbered.items())[1:]
    if not rows:
        raise ValueError("expected a line a record below the header, got none")
    for number, row in rows:
        if len(row) != len(header):
            raise ValueError(
                f"expected {len(header)} values a record, as in the header, got {len(row)} in row {number}"
            )
    if all(_number(name) is not None for name in header):
        raise ValueError(f"expected a header, got the numbers {one_line(', '.join(header), 60)}")
    names = [name.strip() for name in header]
    if len(set(names)) < len(names):
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(f"expected a header of different names, got {one_line(repr(twice), 60)} twice")
    return {name: [row[i].strip() for _, row in rows] for i, name in enumerate(names)}


def csv_rows(path: Path) -> dict[int, list[str]]:
    """The rows of text that hold anything, by their numbers from 1 as a spreadsheet counts. Between columns there are
    commas or, where the header has none, semicolons or tabs. Raises ValueError on anything else.
    """
    text = _text(path)
    try:
        rows = _rows(text, ",")
        header = next(iter(rows.values()), [])
        other = next((mark for mark in ";\t" if mark in header[0]), "") if len(header) == 1 else ""
        return _rows(text, other) if other else rows
    except csv.Error as error:
        got = one_line(error)
        raise ValueError(f"cannot be read as comma-separated text ({got}): is it cut off, or a quote open?") from error


def _rows(text: str, mark: str) -> dict[int, list[str]]:
    lines = csv.reader(io.StringIO(text, newline=""), delimiter=mark, strict=True)
    return {number: row for number, row in enumerate(lines, 1) if any(map(str.strip, row))}


def _text(path: Path) -> str:
    """A file as text: UTF-8, or UTF-16 with a mark at its start. Raises ValueError on anything else."""
    data = path.read_bytes()
    other = next((kind for start, kind in OTHERS.items() if data.startswith(start)), "")
    if other:
        raise ValueError(f"expected text, got {other}: save or fetch it as text with commas, UTF-8")
    wide = data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE))
    try:
        text = data.decode("utf-16" if wide else "utf-8-sig")
    except UnicodeDecodeError as error:
        row = 1 + data[: error.start].count(b"\n")
        got = f"the byte 0x{data[error.start]:02x} in row {row}{'' if wide else ' (Latin-1?)'}"
        raise ValueError(f"expected {'UTF-16' if wide else 'UTF-8'} text, got {got}: save it as UTF-8") from error
    if "\0" in text:
        raise ValueError("expected UTF-8 text, got bytes of 0 in it (UTF-16 or UTF-32?): save it as UTF-8")
    return text


def comma_advice(word: str) -> str:
    """What to do where this word is a number with a decimal comma, else nothing."""
    return ": a decimal comma? Save it with decimal points" if re.fullmatch(r"[+-]?\d*,\d+", word) else ""


def _column(name: str, words: list[str]) -> np.ndarray:
    numbers = [_number(word) for word in words]
    if None not in numbers:
        return np.array(numbers)
    if not _short(words):
        longest = f"{max(map(len, words)):,}"
        raise ValueError(
            f"column {name!r}: expected numbers or words, got a text of {longest} characters; leave it out"
        )
    return np.array(words)


def _short(words: Iterable[str]) -> bool:
    """Whether they can be an array of text, in which each takes the memory of the longest."""
    return max(map(len, words), default=0) <= LONGEST


def _number(word: str) -> float | None:
    if "_" in word:  # Python alone takes 2_1 for 21
        return None
    try:
        return float(word)
    except ValueError:
        return None


def read_parquet(path: Path) -> Table:
    """Features (N, D) and classes (N,) of a .parquet file. Raises ValueError without pyarrow, or on anything else."""
    columns, missing = parquet_columns(path)
    if missing:
        raise ValueError(f"column {missing[0]!r}: expected a value in each record, got missing ones")
    return _table(columns, lambda record: f"record {record + 1}")


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
    texts = {n: c for n, c in columns.items() if c.dtype == object and all(isinstance(v, str) for v in c)}
    return columns | {name: words.astype(str) for name, words in texts.items() if _short(words)}, missing


def _table(columns: dict[str, np.ndarray], place: Callable[[int], str]) -> Table:
    """Features (N, D) and classes (N,) of named columns; `place` says where the k-th record stands, from 0."""
    if len(columns) < 2:
        there = one_line(", ".join(columns) or "none", 60)
        raise ValueError(f"expected columns of numbers and one of classes, got {there}")
    label = "label" if "label" in columns else next(reversed(columns))
    other = next((name for name in columns if name.lower() in CLASSES), "")
    if other and label.lower() not in CLASSES:
        raise ValueError(f"expected the class in the column 'label' or in the last, got {other!r} elsewhere; rename it")
    for name, column in columns.items():
        if not name.isprintable():
            raise ValueError(f"expected names of columns that can be printed, got {name[:60]!r}")
        if column.dtype.kind == "U" and (column == "").any():
            gap = place(int(np.flatnonzero(column == "")[0]))
            raise ValueError(f"column {name!r}: expected a value in each record, got nothing in {gap}")
        if name != label and column.dtype.kind not in "buif":
            at = next((i for i, v in enumerate(column) if not isinstance(v, str) or _number(v) is None), 0)
            wrong = str(column[at])[:40]
            advice = comma_advice(wrong) or "; give words numbers first"
            raise ValueError(f"column {name!r}: expected numbers, got {wrong!r} in {place(at)}{advice}")
        if name != label and column.dtype.kind == "f" and not (fit := np.abs(column) <= LARGEST).all():
            at = int(np.argmin(fit))
            kind = "numbers that float32 holds" if np.isfinite(column[at]) else "finite numbers"
            raise ValueError(f"column {name!r}: expected {kind}, got {column[at]:g} in {place(at)}")
    features = [_whole(column) for name, column in columns.items() if name != label]
    return np.stack(features, axis=1), columns[label]


def _whole(column: np.ndarray) -> np.ndarray:
    """The column as integers where it holds nothing else, so that bytes stay bytes."""
    if column.dtype.kind == "f" and np.isfinite(column).all() and (np.abs(column) < 2**31).all():
        return column.astype(np.int64) if (column == np.round(column)).all() else column
    return column
