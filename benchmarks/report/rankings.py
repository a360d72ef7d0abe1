"""Who is ahead over all suites of a report: on average, and at worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.leaderboard.overall import average_ranks
from benchmarks.report.section import Section
from benchmarks.results.ranking import UNDEFENDED
from benchmarks.results.record import Value
from benchmarks.results.tables import Cell, Column, Table

ABOUT = "Of its places by AUC in the suites; of those that tie, the middle"


def tables(sections: Sequence[Section]) -> dict[str, Table]:
    """The rankings that several suites allow: of what all of them have; nothing where there is one suite alone."""
    if len(sections) < 2:
        return {}
    attacks: list[Mapping[str, Value]] = [
        {r.attack.name: r.auc for r in s.run.against(s.defenses[0])} for s in sections
    ]
    defended = [s for s in sections if UNDEFENDED in s.run.judged]
    defenses: list[Mapping[str, Value]] = [{name: s.run.worst(name) for name in s.run.judged} for s in defended]
    made = [_ranked("attack", attacks, -1, "Attacks over all suites, against the model without a defense")]
    if len(defended) > 1:
        caption = f"Defenses over all suites, by the strongest attack{defended[0].of_all} against each"
        made.append(_ranked("defense", defenses, 1, caption))
        made[-1] = _with_cost(made[-1], defended)
    return {t.name: t for t in made if t.rows}


def _ranked(kind: str, suites: Sequence[Mapping[str, Value]], best: int, caption: str) -> Table:
    """`best`: 1 where the lowest value is the best, -1 where the greatest is."""
    of = "AUC" if kind == "attack" else "worst AUC"
    columns = [
        Column(kind),
        Column("average rank", "ratio", about=ABOUT, best=-1),
        Column("worst rank", "count", about="The last place that it takes in any suite; of those that tie, the last"),
        Column(f"lowest {of}", "ratio", True, "The lowest of the suites", best=-best * (kind == "attack"), more=True),
        Column(
            *(f"greatest {of}", "ratio", True, "The greatest of the suites"),
            best=-1 if kind == "defense" else 0,
            more=kind == "defense",  # a phone shows what it costs
        ),
    ]
    rows: list[list[Cell]] = []
    for name, average, places in average_ranks(suites, best):
        values = sorted((of[name] for of in suites), key=lambda v: v.ends)
        rows.append([name, average, float(max(p.last for p in places)), values[0], values[-1]])
    return Table(f"ranking--{kind}s", caption, columns, rows)


def _with_cost(table: Table, sections: Sequence[Section]) -> Table:
    """The same with what each defense costs at most."""
    columns = [*table.columns, Column("most accuracy lost", "points", True, "The most of the suites, in points")]
    rows = []
    for row in table.rows:
        lost = [s.run.accuracy_lost(str(row[0])) for s in sections]
        rows.append([*row, max(lost, key=lambda v: -2.0 if v.mean is None else v.mean)])
    return Table(table.name, table.caption, columns, rows)
