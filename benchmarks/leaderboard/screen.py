"""What a terminal shows of a board after a run: at most `LINES` lines that answer what was asked. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.naming.consoles import Line
from benchmarks.naming.wording import counted
from benchmarks.results import provenance
from benchmarks.results.ranking import UNDEFENDED, Run, value_of
from benchmarks.results.record import Record
from benchmarks.results.screens import LINES, WIDTH, Head, joined, left_out, table, wrapped
from benchmarks.results.tables import Cell
from benchmarks.statistics.metrics import METRICS, WORST

ATTACKS, DEFENSES = 10, 7  # rows of each at most


def screen(run: Run, left: Mapping[str, str], below: Sequence[str], width: int = WIDTH) -> list[Line]:
    """The ranking, the defenses with what they cost, who was `left` out and why, and the lines `below`: where the rest
    lies. No line is longer than `width`, but for those below.
    """
    parts = [_asked(run.records, width), _attacks(run, width), _defenses(run, width)]
    room = LINES - sum(len(part) + 1 for part in parts) - 1 - len(below)
    parts.append(left_out("Left out", left, room, width, "said above"))
    return joined(parts, below, width)


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
        lines += wrapped(words, width, 2, "warn")
    lines += [Line(f"incomplete: {sentence}", "warn") for sentence in provenance.incomplete(records)[:1]]
    if provenance.few(records):
        lines.append(Line("few targets: intervals hold for these models alone", "warn"))
    return lines


def _attacks(run: Run, width: int) -> list[Line]:
    records = run.against(UNDEFENDED)
    if not records:
        return [Line("Attacks on the undefended model: no attack has a record", "head")]
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
    return [Line(title, "head"), *table(heads, rows, ATTACKS, width)]


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
    return [Line(title, "head"), *table(heads, rows, DEFENSES, width)]
