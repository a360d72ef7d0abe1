r"""A table as LaTeX (booktabs) that fits a column or a page of a paper.

Intervals stand below their numbers, heads break into lines, and columns that give way do so from the last on, until
the rest fits. Widths are judged by Computer Modern's, at \footnotesize.
"""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.results.ranking import tied
from benchmarks.results.record import Value
from benchmarks.results.tables import TEXT, Cell, Column, Table, number_of, parts, plain

COLUMN, PAGE = 228.0, 345.0  # points: a column of two, and the text of LaTeX's own article
LINES = 44  # of a table that a page has room for
_GAP, _NARROW = 7.0, 4.25  # between columns (\tabcolsep 3.5pt); a digit at \footnotesize
_SMALL = 3.6  # a digit at \scriptsize
_WIDE = 1.12  # of a name's letters, to a digit
_LINE = 11  # letters of a head's line, where words allow

_SIGNS = {
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
    "\u2212": "$-$",
    "\u00a0": "~",
    "\u2026": r"\ldots{}",
    **{c: f"\\{c}" for c in "&%$#_"},
}


def text(words: str) -> str:
    """Any text as LaTeX that prints it; letters outside of Latin-1, which pdflatex may not know, by their code."""
    line = " ".join(words.replace("\u00a0", "~\0").split()).replace("~\0", "\u00a0")
    return "".join(_SIGNS.get(c, c if ord(c) < 256 else f"[U+{ord(c):04X}]") for c in line)


def label(name: str) -> str:
    r"""What \ref calls the table: letters, digits and hyphens."""
    return "tab:" + "".join(c if c.isascii() and (c.isalnum() or c in "-.") else "-" for c in name)


def spelled(head: str) -> str:
    """A column's head as one spells it in a command: ``tpr-at-1-fpr``."""
    return "-".join("".join(c if c.isalnum() or c == "." else " " for c in head.lower()).split())


def latex(table: Table, width: float = PAGE, columns: Sequence[str] = (), stem: str = "") -> str:
    """The table as wide as `width` points at most; `columns`: heads of those wanted, all that fit without; `stem`
    names the suite in its label. Best values are bold, and all that tie with them (intervals that overlap).
    """
    shown = fitting(table, width, columns)
    align = "".join("l" if table.columns[i].kind in TEXT else "r" for i in shown)
    lines = [
        r"% \usepackage{booktabs}",
        r"\begin{table}",
        r"\centering\footnotesize\setlength{\tabcolsep}{3.5pt}",
        rf"\caption{{{text(table.caption)}{_note(table, shown)}}}",
        rf"\label{{{label(f'{stem}--{table.name}' if stem else table.name)}}}",
        rf"\begin{{tabular}}{{@{{}}{align}@{{}}}}",
        r"\toprule",
        " & ".join(_head(table.columns[i]) for i in shown) + r" \\",
        r"\midrule",
    ]
    bold = {i: _best(table, i) for i in shown}
    for number, row in enumerate(table.rows[: _most(table, shown)]):
        cells = [parts(table.columns[i].kind, row[i]) for i in shown]
        names = [
            _name(words) if table.columns[i].kind in TEXT else words for i, (words, _) in zip(shown, cells, strict=True)
        ]
        upper = [
            rf"\textbf{{{text(words)}}}" if number in bold[i] else text(words)
            for i, words in zip(shown, names, strict=True)
        ]
        guard = "{}" if upper[0][:1] in ("[", "*") else ""  # else an argument of the line break before it
        lines.append(guard + " & ".join(upper) + r" \\")
        if any(interval for _, interval in cells):
            lower = [rf"{{\scriptsize {text(interval)}}}" if interval else "" for _, interval in cells]
            lines.append("{}" + " & ".join(lower) + r" \\")
    lines += [r"\bottomrule", r"\end{tabular}", r"\end{table}"]
    return "\n".join(lines) + "\n"


def fitting(table: Table, width: float, columns: Sequence[str] = ()) -> list[int]:
    """The places of the columns that are shown: the first, and of the others as many as fit, those that give way last.
    A table that has none of the wanted `columns` shows its own.
    """
    every, names = range(1, len(table.columns)), set(map(spelled, columns))
    wanted = [i for i in every if spelled(table.columns[i].head) in names] or list(every)
    order = sorted(wanted, key=lambda i: table.columns[i].more)
    chosen, used = [0], _width(table, 0)
    for i in order:
        more = _GAP + _width(table, i)
        if used + more > width:
            break
        chosen.append(i)
        used += more
    return sorted(chosen)


def _width(table: Table, i: int) -> float:
    column = table.columns[i]
    wide = [_letters(line) for line in _broken(column.head)]
    for row in table.rows:
        words, interval = parts(column.kind, row[i])
        wide.append(_letters(_name(words)) if column.kind in TEXT else 1.08 * _NARROW * len(words))
        wide.append(_SMALL * len(interval))
    return max(wide)


def _letters(words: str) -> float:
    return _NARROW * _WIDE * len(words)


def _name(words: str) -> str:
    """A name that leaves room for numbers."""
    return words if len(words) <= 26 else f"{words[:25]}\u2026"


def _broken(head: str) -> list[str]:
    """A head in lines of few letters, broken between words."""
    lines = [""]
    for word in _name(head).replace(" %", "\u00a0%").split(" "):
        if lines[-1] and len(lines[-1]) + 1 + len(word) > _LINE:
            lines.append("")
        lines[-1] = f"{lines[-1]} {word}".strip(" ")
    return lines


def _head(column: Column) -> str:
    lines, side = [text(line) for line in _broken(column.head)], "l" if column.kind in TEXT else "r"
    return (
        lines[0]
        if len(lines) == 1
        else rf"\begin{{tabular}}[b]{{@{{}}{side}@{{}}}}" + r"\\".join(lines) + r"\end{tabular}"
    )


def _most(table: Table, shown: Sequence[int]) -> int:
    """How many rows a page has room for."""
    return LINES // 2 if _has_intervals(table, shown) else LINES


def _has_intervals(table: Table, shown: Sequence[int]) -> bool:
    return any(parts(table.columns[i].kind, row[i])[1] for row in table.rows for i in shown)


def _note(table: Table, shown: Sequence[int]) -> str:
    """What a reader must know of the numbers."""
    said = []
    if len(table.rows) > (most := _most(table, shown)):
        said.append(f" The first {most} of {len(table.rows)}.")
    if _has_intervals(table, shown):
        said.append(r" Below each number: its 95\,\% interval.")
    if any(_best(table, i) for i in shown):
        said.append(" Bold: the best, and all whose intervals overlap with its.")
    return "." * bool(said) + "".join(said)


def _best(table: Table, i: int) -> set[int]:
    """The rows whose value in a column is the best, or ties with it; none where all rows would be."""
    column = table.columns[i]
    values = {n: plain(row[i]) for n, row in enumerate(table.rows)}
    known = {n: v for n, v in values.items() if isinstance(number_of(column, v), int | float)}
    if not column.best or len(known) < 2:
        return set()
    order = sorted(known, key=lambda n: (-column.best * _number(column, known[n]), n))
    made = [
        v if isinstance(v, Value) and v.low is not None else _exact(_number(column, v)) for v in map(known.get, order)
    ]
    places = tied(made)
    best = {n for n, place in zip(order, places, strict=True) if place.first == 1}
    return set() if len(best) == len(table.rows) else best


def _number(column: Column, value: Cell | None) -> float:
    found = number_of(column, value)
    assert isinstance(found, int | float)
    return found


def _exact(value: float) -> Value:
    return Value(value, value, value)
