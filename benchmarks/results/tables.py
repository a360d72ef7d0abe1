"""A table once, in three languages: markdown for boards, CSV for spreadsheets, LaTeX for papers; the page adds HTML."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.results.record import Estimate, Value

NOTHING = Value(None, None, None)
DASH = "-"  # what markdown has in place of a number that there is not
TEXT = ("text", "markup")


@dataclass(frozen=True)
class Column:
    """A head and how its values are written: text, ratio (0.631), share (63.1 %), number, count, points (a difference
    of shares), seconds, p, cell (text to the right), markup (text that is markdown already).
    """

    head: str
    kind: str = "text"
    interval: bool = False  # whether the values are intervals
    about: str = ""  # what the head means, in one sentence
    best: int = 0  # 1 where the greatest value is the best, -1 where the lowest is, 0 where none is
    more: bool = False  # whether it gives way where there is little room


@dataclass(frozen=True)
class Places:
    """The first and last place, from 1, that somebody shares with those it ties with."""

    first: int
    last: int

    def __str__(self) -> str:
        return str(self.first) if self.first == self.last else f"{self.first}-{self.last}"


@dataclass(frozen=True)
class Marked:
    """A value with a mark behind it, or bold, in markdown."""

    value: Cell
    mark: str = ""
    bold: bool = False


Cell = str | float | None | Value | Places
Row = Sequence[Cell | Marked]


@dataclass(frozen=True)
class Table:
    """Rows of values under columns; `name` is its file's stem."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Row]


@dataclass(frozen=True)
class Style:
    """How one language writes numbers: between a number and its unit, between thousands, and where there is none."""

    space: str
    thousands: str
    nothing: str


PAGE, BOARD = Style("\u00a0", ",", "–"), Style(" ", "", DASH)


def plain(cell: Cell | Marked) -> Cell:
    """The value of a cell without its mark."""
    return cell.value if isinstance(cell, Marked) else cell


def number(kind: str, value: float, thousands: str = ",") -> str:
    """A number as a reader wants it, without its unit; never a negative zero."""
    digits = {"share": 1, "points": 1, "count": 0, "seconds": 0}.get(kind, 3)
    scaled = 100 * value if kind in ("share", "points") else value
    if kind == "p":
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    whole = f"{scaled:,.{digits}f}" if kind != "seconds" or value >= 100 else f"{value:.3g}"
    text = whole.replace(",", thousands)
    return text.removeprefix("-") if not text.strip("-0.") else text


def parts(kind: str, cell: Cell | Marked, style: Style = PAGE) -> tuple[str, str]:
    """(number with unit, interval) as text; least and greatest values, which are no interval, are in round brackets.

    A metric of counts is the sum over its games, without an interval.
    """
    value = plain(cell)
    if isinstance(value, str | Places):
        return str(value), ""
    if isinstance(value, Estimate) and kind == "count":
        value = sum(x or 0.0 for x in value.values)
    ends = _ends(value)
    if ends[0] is None:
        return style.nothing, ""
    unit = f"{style.space}%" if kind == "share" else ""
    mean, low, high = (None if x is None else number(kind, x, style.thousands) for x in ends)
    if low is None:
        return f"{mean}{unit}", ""
    apart = isinstance(value, Value) and value.holds == "values"
    return f"{mean}{unit}", f"({low} to {high})" if apart else f"[{low}, {high}]"


def _ends(value: float | Value | None) -> tuple[float | None, float | None, float | None]:
    return (value.mean, value.low, value.high) if isinstance(value, Value) else (value, None, None)


def markdown(table: Table) -> str:
    """The table in pipes; text is to the left and escaped, numbers to the right."""
    from tabulate import tabulate

    align = ["left" if c.kind in TEXT else "right" for c in table.columns]
    heads = [word(c.head) for c in table.columns]
    rows = [[_board_cell(c, v) for c, v in zip(table.columns, row, strict=True)] for row in table.rows]
    return str(tabulate(rows, heads, "pipe", disable_numparse=True, colalign=align))


def said(kind: str, cell: Cell | Marked) -> str:
    """``0.631 [0.615, 0.646]``, as boards write it."""
    return " ".join(parts(kind, cell, BOARD)).strip()


def _board_cell(column: Column, cell: Cell | Marked) -> str:
    if cell is None:
        return DASH
    text = said(column.kind, cell)
    if column.kind == "text":
        text = word(text)
    if isinstance(cell, Marked):
        text = f"**{text}{cell.mark}**" if cell.bold else f"{text}{cell.mark}"
    return text


_SIGNS = re.compile(r"[\\`*\[\]<>|$~]|&(?=#?\w+(?:;|$))|(?<![^\W_])_|_(?![^\W_])")  # between letters a _ is but a _
_OPENING = re.compile(r"^(\d*)([-+=#.)])(?=[-=#]|\s|$)")
_CLOSING = re.compile(r"(?<!\S)#+$")


def word(text: str) -> str:
    """Any text on one line of markdown that shows just that text: the one way from a record into a board.

    Nothing in it ends a cell, opens a heading, list or formula, or is markup (CommonMark 0.31, section 2.4).
    """
    signs = _SIGNS.sub(r"\\\g<0>", " ".join(text.split()))
    return _CLOSING.sub(r"\\\g<0>", _OPENING.sub(r"\1\\\2", signs))


def code(text: str) -> str:
    """Any text as code that no character of its own ends."""
    line = " ".join(text.split())
    ticks = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    pad = " " if "`" in (line[:1], line[-1:]) else ""
    return f"{ticks}{pad}{line}{pad}{ticks}" if line else ""


def number_of(column: Column, value: Cell) -> float | str | None:
    """What sorts and what CSV holds: the mean, or the sum over games of a count."""
    if isinstance(value, Estimate) and column.kind == "count":
        return sum(x or 0.0 for x in value.values)
    return value.mean if isinstance(value, Value) else str(value) if isinstance(value, Places) else value


def to_csv(table: Table) -> str:
    """The table as CSV (RFC 4180): an interval is three columns, numbers are unrounded; least and greatest values,
    which are no interval, are left out.
    """
    heads = [[c.head, f"{c.head} low", f"{c.head} high"] if c.interval else [c.head] for c in table.columns]
    rows = []
    for row in table.rows:
        cells: list[Any] = []
        for column, marked in zip(table.columns, row, strict=True):
            value = plain(marked)
            if isinstance(value, Value) and column.interval:
                cells += value.columns
            else:
                cells += [number_of(column, value), *([None, None] if column.interval else [])]
        rows.append(cells)
    return csv_text([h for group in heads for h in group], rows)


def csv_text(heads: Sequence[str], rows: Sequence[Sequence[Any]], end: str = "\r\n") -> str:
    """CSV in which text that a spreadsheet would take for a formula is led by an apostrophe (OWASP, CSV injection)."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator=end)
    for row in (heads, *rows):
        writer.writerow([harmless(x) if isinstance(x, str) else x for x in row])
    return out.getvalue()


def harmless(text: str) -> str:
    """The text as a spreadsheet takes it for text."""
    return f"'{text}" if _formula(text) else text


def as_written(text: str) -> str:
    """What `harmless` was given."""
    return text[1:] if text[:1] == "'" and _formula(text[1:]) else text


def _formula(text: str) -> bool:
    bare = text.lstrip("'")
    return bare != DASH and (bare.lstrip()[:1] in tuple("=+-@|%＝＋－＠") or bare[:1] in ("\t", "\r", "\n"))
