"""What a terminal shows at the end of a command: at most `LINES` lines, none wider than it. Pure."""

from __future__ import annotations

import re
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.naming.consoles import Line
from benchmarks.naming.wording import counted, one_line
from benchmarks.results.tables import DASH, Cell, said

LINES, WIDTH = 39, 100
NAME, SHORT = 26, 5  # characters of a name at most, and where there is little room
GAP = 2


@dataclass(frozen=True)
class Head:
    """A column of a screen: its title, how its cells are written (see `tables.Column`), and which go first where a
    screen is narrow: the greatest `spare`; 0 stays.
    """

    title: str
    kind: str = "text"
    spare: int = 0


def table(heads: Sequence[Head], rows: Sequence[Sequence[Cell]], most: int, width: int) -> list[Line]:
    """At most so many lines below the heads, names to the left and numbers to the right; columns that can be spared go
    where it is too wide, and are named.
    """
    shown = rows if len(rows) <= most else rows[: most - 1]
    full = [[_text(head, cell) for head, cell in zip(heads, row, strict=True)] for row in shown]
    texts = _shorter(heads, full, [NAME] * len(heads))
    widths = [max(len(row[i]) for row in [[h.title for h in heads], *texts]) for i in range(len(heads))]
    stay = list(range(len(heads)))
    while sum(widths[i] + GAP for i in stay) > width and any(heads[i].spare for i in stay):
        stay.remove(max(stay, key=lambda i: heads[i].spare))
    gone = ", ".join(head.title for i, head in enumerate(heads) if i not in stay)

    for i in stay:  # names give way at last
        if heads[i].kind == "text":
            widths[i] = max(min(SHORT, widths[i]), widths[i] - max(0, sum(widths[j] + GAP for j in stay) - width))

    def line(cells: Sequence[str]) -> str:
        aligned = [getattr(cells[i], "ljust" if heads[i].kind == "text" else "rjust")(widths[i]) for i in stay]
        return (" " * GAP + (" " * GAP).join(aligned)).rstrip()

    titles = [cut(h.title, widths[i]) for i, h in enumerate(heads)]
    lines = [Line(line(titles), "dim"), *(Line(line(row)) for row in _shorter(heads, full, widths))]
    notes = [f"and {counted(len(rows) - len(shown), 'other')}"] if len(rows) > len(shown) else []
    notes += [f"no room here for {gone}"] if gone else []
    return [*lines, *(Line(f"{'':{GAP}}{note}", "dim") for note in notes)]


def _text(head: Head, cell: Cell) -> str:
    if cell is None:
        return DASH
    text = one_line(said(head.kind, cell))
    return text if head.kind == "text" else cut(text, WIDTH)


def _shorter(heads: Sequence[Head], rows: Sequence[Sequence[str]], widths: Sequence[int]) -> list[list[str]]:
    """The rows with names of these widths at most: their beginnings, or what differs, beginnings and ends."""
    made = [list(row) for row in rows]
    for i, (head, width) in enumerate(zip(heads, widths, strict=True)):
        if head.kind == "text":
            alike = Counter(cut(name, width) for name in {row[i] for row in rows})
            for row in made:
                row[i] = cut(row[i], width, row[i] if alike[cut(row[i], width)] > 1 else "")
    return made


def left_out(title: str, left: Mapping[str, str], room: int, width: int, where: str) -> list[Line]:
    """Who was left out by the reason, as many as have room, each in full; how many others there are, and `where` they
    stand.
    """
    names: dict[str, list[str]] = {}
    for name, why in left.items():
        names.setdefault(why, []).append(name)
    rows: list[str] = []
    for number, (why, whose) in enumerate(names.items()):
        words = f"{', '.join(whose)}: {why}"
        more = textwrap.wrap(one_line(words), width - GAP, subsequent_indent="  ", break_on_hyphens=False)
        last = number == len(names) - 1
        if len(rows) + len(more) + (not last) > room - 1:
            rows.append(f"{counted(sum(map(len, list(names.values())[number:])), 'other')}, {where}")
            break
        rows += more
    return [Line(title, "head"), *(Line(f"{'':{GAP}}{row}") for row in rows)] if left else []


def wrapped(text: str, width: int, most: int, style: str = "", indent: str = "", first: str = "") -> list[Line]:
    """A sentence in at most so many lines; an interval, a share or a short bracket stays on one. `indent`: of all lines
    but the `first`.
    """
    whole = re.sub(r"\[[^][]{1,24}\]|\([^()]{1,14}\)| %", lambda found: found[0].replace(" ", "\u00a0"), one_line(text))
    rows = textwrap.wrap(
        whole,
        width,
        max_lines=most,
        placeholder=" ...",
        break_on_hyphens=False,
        initial_indent=first,
        subsequent_indent=indent,
    )
    return [Line(row.replace("\u00a0", " "), style) for row in rows]


def joined(parts: Sequence[Sequence[Line]], below: Sequence[str], width: int) -> list[Line]:
    """The parts, an empty line behind each, and the lines `below`, which alone may be wider than the screen."""
    lines = [line for part in parts if part for line in [*part, Line("")]]
    return [*(Line(cut(line.text, width), line.style) for line in lines), *map(Line, below)]


def cut(text: str, width: int, end: str = "") -> str:
    """The text, or its beginning and three dots; after these as much again of the `end`, where one is given."""
    room = max(width - 3, 0)
    last = room // 2 if end else 0
    return text if len(text) <= width else f"{text[: room - last]}...{end[len(end) - last :]}"
