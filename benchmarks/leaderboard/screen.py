"""What a terminal shows of a board after a run: at most `LINES` lines that answer what was asked. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from benchmarks.naming.consoles import Line
from benchmarks.naming.wording import counted, one_line
from benchmarks.results import provenance
from benchmarks.results.ranking import UNDEFENDED, Run, value_of
from benchmarks.results.record import Record
from benchmarks.results.tables import DASH, Cell, said
from benchmarks.statistics.metrics import METRICS, WORST

LINES, WIDTH = 39, 100
ATTACKS, DEFENSES = 10, 7  # rows of each at most
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


def screen(run: Run, left: Mapping[str, str], below: Sequence[str], width: int = WIDTH) -> list[Line]:
    """The ranking, the defenses with what they cost, who was `left` out and why, and the lines `below`: where the rest
    lies. No line is longer than `width`, but for those below.
    """
    parts = [_asked(run.records, width), _attacks(run, width), _defenses(run, width)]
    room = LINES - sum(len(part) + 1 for part in parts) - 1 - len(below)
    parts.append(_left_out(left, room, width))
    lines = [line for part in parts if part for line in [*part, Line("")]]
    return [*(Line(_cut(line.text, width), line.style) for line in lines), *map(Line, below)]


def _asked(records: Sequence[Record], width: int) -> list[Line]:
    first = records[0]
    suite = first.suite
    counts = [
        counted(len({r.attack.name for r in records}), "attack"),
        counted(len({r.defense.name for r in records} - {UNDEFENDED}), "defense"),
        counted(max(r.trials for r in records), "target"),
        counted(suite.references, "reference model"),
    ]
    lines = [Line(f"{suite.name} ({provenance.kind(suite)} data): {', '.join(counts)}", "head")]
    design = f"{suite.protocol}, {suite.part} training records a model"
    lines.append(Line(f"{design}, {first.adversary} adversary, seed {suite.seed}"))
    if suite.changed:
        words = f"{'reduced' if suite.reduced else 'changed'}: {provenance.changes(suite)}"
        lines += [Line(row, "warn") for row in textwrap.wrap(words, width)[:2]]
    lines += [Line(f"incomplete: {sentence}", "warn") for sentence in provenance.incomplete(records)[:1]]
    if provenance.few(records):
        lines.append(Line("few targets: intervals hold for these models alone", "warn"))
    return lines


def _attacks(run: Run, width: int) -> list[Line]:
    records = run.against(UNDEFENDED)
    if not records:
        return [Line("Attacks on the undefended model: no trial is complete", "head")]
    rates = [m for m in run.metrics(of_verdicts=False) if m.key.startswith("tpr_at_")]
    resolved = [m for m in rates if any(value_of(r, m.key).mean is not None for r in records)]
    shown = [METRICS["auc"], *resolved]
    heads = [Head("rank"), Head("attack")]
    heads += [Head(m.title, m.unit, max(0, i - 1)) for i, m in enumerate(shown)]
    places = run.places(UNDEFENDED)
    rows: list[list[Cell]] = [
        [places[r.attack.name], r.attack.name, *(value_of(r, m.key) for m in shown)] for r in records
    ]
    title = "Attacks on the undefended model; [95 % intervals]; a rank such as 1-3 is a tie"
    return [Line(title, "head"), *_table(heads, rows, ATTACKS, width)]


def _defenses(run: Run, width: int) -> list[Line]:
    if run.defenses == [UNDEFENDED]:
        return []
    heads = [
        Head("rank"),
        Head("defense"),
        Head("worst AUC", "ratio"),
        Head("found by", spare=2),
        Head(f"worst {WORST.title}", WORST.unit, 1),
        Head("accuracy lost", "points"),
        Head("test accuracy", "share", 3),
    ]
    rows: list[list[Cell]] = []
    for name, places in run.places_of_defenses().items():
        strongest, finder = run.against(name)[0], run.strongest(name, WORST.key)
        tpr = value_of(finder, WORST.key) if finder else None
        cost = run.accuracy_lost(name)
        rows.append([places, name, run.worst(name), strongest.attack.name, tpr, cost, strongest.utility.test])
    title = "Defenses by the strongest attack against each; accuracy lost in points"
    return [Line(title, "head"), *_table(heads, rows, DEFENSES, width)]


def _left_out(left: Mapping[str, str], room: int, width: int) -> list[Line]:
    """Who was left out by the reason, as many as have room, each in full; how many others there are."""
    names: dict[str, list[str]] = {}
    for name, why in left.items():
        names.setdefault(why, []).append(name)
    rows: list[str] = []
    for number, (why, whose) in enumerate(names.items()):
        words = f"{', '.join(whose)}{':' if len(whose) > 1 else ''} {why}"
        more = textwrap.wrap(one_line(words), width - GAP, subsequent_indent="  ")
        last = number == len(names) - 1
        if len(rows) + len(more) + (not last) > room - 1:
            rows.append(f"{counted(sum(map(len, list(names.values())[number:])), 'other')}, said above")
            break
        rows += more
    return [Line("Left out", "head"), *(Line(f"{'':{GAP}}{row}") for row in rows)] if left else []


def _table(heads: Sequence[Head], rows: Sequence[Sequence[Cell]], most: int, width: int) -> list[Line]:
    """So many rows, names to the left and numbers to the right; columns that can be spared go where it is too wide."""
    shown = rows if len(rows) <= most else rows[: most - 1]
    texts = [[_text(head, cell) for head, cell in zip(heads, row, strict=True)] for row in shown]
    widths = [max(len(row[i]) for row in [[h.title for h in heads], *texts]) for i in range(len(heads))]
    stay = list(range(len(heads)))
    while sum(widths[i] + GAP for i in stay) > width and any(heads[i].spare for i in stay):
        stay.remove(max(stay, key=lambda i: heads[i].spare))

    for i in stay:  # names give way at last
        if heads[i].kind == "text":
            widths[i] = max(min(SHORT, widths[i]), widths[i] - max(0, sum(widths[j] + GAP for j in stay) - width))

    def line(cells: Sequence[str]) -> str:
        aligned = [
            _cut(cells[i], widths[i]).ljust(widths[i]) if heads[i].kind == "text" else cells[i].rjust(widths[i])
            for i in stay
        ]
        return (" " * GAP + (" " * GAP).join(aligned)).rstrip()

    lines = [Line(line([h.title for h in heads]), "dim"), *(Line(line(row)) for row in texts)]
    more = f"{'':{GAP}}and {counted(len(rows) - len(shown), 'other')}"
    return [*lines, Line(more, "dim")] if len(rows) > len(shown) else lines


def _text(head: Head, cell: Cell) -> str:
    if cell is None:
        return DASH
    return _cut(one_line(said(head.kind, cell)), NAME if head.kind == "text" else WIDTH)


def _cut(text: str, width: int) -> str:
    return text if len(text) <= width else f"{text[: max(width - 3, 0)]}..."
