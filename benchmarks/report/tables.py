"""A table once, in three languages: HTML for the page, CSV for a spreadsheet, LaTeX for a paper."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

Value = str | float | None | dict[str, Any]  # a word, a number, none, or {"mean", "low", "high"}


@dataclass(frozen=True)
class Column:
    """A head and how its values are written: text, ratio (0.631), share (63.1 %), count, seconds, p."""

    head: str
    kind: str = "text"
    interval: bool = False  # whether the values are intervals
    about: str = ""  # what the head means, in one sentence


@dataclass(frozen=True)
class Table:
    """Rows of values under columns; `name` is its file's stem."""

    name: str
    caption: str
    columns: Sequence[Column]
    rows: Sequence[Sequence[Value]]


Shade = Callable[[int, Value], tuple[float, bool] | None]  # (column, value) -> depth of colour in [0, 1], framed
NOTHING = '<span class="none" title="not run, or too few data to resolve it">–</span>'


def number(kind: str, value: float) -> str:
    """A number as a reader wants it, without its unit."""
    if kind == "share":
        return f"{100 * value:.1f}"
    if kind == "count":
        return f"{value:,.0f}"
    if kind == "seconds":
        return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"
    if kind == "p":
        return "< 0.001" if value < 0.001 else f"{value:.3f}"
    return f"{value:.3f}"


def parts(kind: str, value: Value) -> tuple[str, str]:
    """(number with unit, interval) as text; `–` where there is nothing to say."""
    if isinstance(value, str):
        return value, ""
    ends: dict[str, Any] = value if isinstance(value, dict) else {"mean": value, "low": None, "high": None}
    if ends["mean"] is None:
        return "–", ""
    unit = "\u00a0%" if kind == "share" else ""
    interval = "" if ends["low"] is None else f"[{number(kind, ends['low'])}, {number(kind, ends['high'])}]"
    return number(kind, ends["mean"]) + unit, interval


def html(table: Table, shade: Shade = lambda _column, _value: None) -> str:
    """The table as sortable HTML, all text escaped; `shade` makes it a heat map."""
    heads = "".join(
        f'<th scope="col"{_class(c)} title="{escape(c.about or c.head)}">{escape(c.head)}</th>' for c in table.columns
    )
    body = "".join(f"<tr>{_row(table, row, shade)}</tr>" for row in table.rows)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{escape(table.caption)}"><table>'
        f"<caption>{escape(table.caption)}</caption><thead><tr>{heads}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _row(table: Table, row: Sequence[Value], shade: Shade) -> str:
    cells = []
    for position, (column, value) in enumerate(zip(table.columns, row, strict=True)):
        text, interval = parts(column.kind, value)
        if position == 0:
            cells.append(f'<th scope="row">{escape(text)}</th>')
            continue
        depth = shade(position, value)
        kind = _class(column, *(() if depth is None else ("heat", "most") if depth[1] else ("heat",)))
        style = f' style="--depth:{depth[0]:.2f}"' if depth else ""
        note = f" <small>{escape(interval)}</small>" if interval else ""
        content = NOTHING if value is None or text == "–" else escape(text)
        cells.append(f'<td{kind} data-key="{_key(value)}"{style}>{content}{note}</td>')
    return "".join(cells)


def _class(column: Column, *more: str) -> str:
    words = ([] if column.kind == "text" else ["n"]) + list(more)
    return f' class="{" ".join(words)}"' if words else ""


def _key(value: Value) -> str:
    value = value["mean"] if isinstance(value, dict) else value
    return "" if value is None else escape(value) if isinstance(value, str) else f"{value:.6g}"


def to_csv(table: Table) -> str:
    """The table as CSV (RFC 4180): an interval is three columns, numbers are unrounded.

    Text that a spreadsheet would take for a formula is led by an apostrophe (OWASP, CSV injection).
    """
    out = io.StringIO()
    writer = csv.writer(out)
    heads = [[c.head, f"{c.head} low", f"{c.head} high"] if c.interval else [c.head] for c in table.columns]
    writer.writerow([_harmless(h) for group in heads for h in group])
    for row in table.rows:
        cells: list[Any] = []
        for column, value in zip(table.columns, row, strict=True):
            if column.interval:
                filled = value if isinstance(value, dict) else {"mean": None, "low": None, "high": None}
                cells += [filled["mean"], filled["low"], filled["high"]]
            else:
                cells.append(_harmless(value) if isinstance(value, str) else value)
        writer.writerow(cells)
    return out.getvalue()


def _harmless(text: str) -> str:
    return f"'{text}" if text.lstrip()[:1] in tuple("=+-@|%") or text[:1] in ("\t", "\r", "\n") else text


_LATEX = {
    "\\": r"\textbackslash{}",
    "{": r"\{",
    "}": r"\}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "<": r"\textless{}",
    ">": r"\textgreater{}",
    "|": r"\textbar{}",
    '"': r"\symbol{34}",
    "–": "--",
    "\u00a0": "~",
    **{c: f"\\{c}" for c in "&%$#_"},
}


def latex_text(text: str) -> str:
    """Any text as LaTeX that prints it."""
    return "".join(_LATEX.get(c, c) for c in " ".join(text.split()))


def to_latex(table: Table) -> str:
    """The table as LaTeX (needs the package booktabs), intervals in small type."""
    align = "".join("l" if c.kind == "text" else "r" for c in table.columns)
    heads = " & ".join(latex_text(c.head) for c in table.columns)
    lines = ["% \\usepackage{booktabs}", "\\begin{table}", "\\centering", f"\\begin{{tabular}}{{{align}}}"]
    lines += ["\\toprule", f"{heads} \\\\", "\\midrule"]
    for row in table.rows:
        cells = []
        for column, value in zip(table.columns, row, strict=True):
            text, interval = parts(column.kind, value)
            cells.append(latex_text(text) + (f" {{\\scriptsize {latex_text(interval)}}}" if interval else ""))
        guard = "{}" if cells[0][:1] in ("[", "*") else ""  # else an argument of the line break before it
        lines.append(guard + " & ".join(cells) + " \\\\")
    lines += ["\\bottomrule", "\\end{tabular}", f"\\caption{{{latex_text(table.caption)}}}", "\\end{table}"]
    return "\n".join(lines) + "\n"
