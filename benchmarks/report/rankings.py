"""Who is ahead over all suites of a report: on average, and at worst."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from benchmarks.leaderboard.overall import average_ranks
from benchmarks.report.section import Section, several
from benchmarks.results.ranking import UNDEFENDED
from benchmarks.results.record import Value
from benchmarks.results.tables import Cell, Column, Table

ABOUT = "Of its places by AUC in the suites; of those that tie, the middle"


def tables(sections: Sequence[Section]) -> dict[str, Table]:
    """The rankings that several suites allow: of what all of them have that have the undefended model.

    Nothing where there is one suite alone, where one stands twice, or where adversaries differ.
    """
    if several(sections) != "suites" or len({s.records[0].adversary for s in sections}) > 1:
        return {}
    bare = [s for s in sections if UNDEFENDED in s.defenses]
    defended = [s for s in bare if UNDEFENDED in s.run.judged]
    made = []
    if len(bare) > 1:
        attacks = [{r.attack.name: r.auc for r in s.run.against(UNDEFENDED)} for s in bare]
        caption = f"Attacks over {_of(bare, sections)}, against the model without a defense"
        made.append(_ranked("attack", attacks, -1, caption))
    if len(defended) > 1:
        defenses = [{name: s.run.worst(name) for name in s.run.judged} for s in defended]
        caption = f"Defenses over {_of(defended, sections)}, by the strongest attack{defended[0].of_all} against each"
        made.append(_with_cost(_ranked("defense", defenses, 1, caption), defended))
    return {t.name: t for t in made if t.rows}


def _of(some: Sequence[Section], sections: Sequence[Section]) -> str:
    return "all suites" if len(some) == len(sections) else f"{len(some)} of {len(sections)} suites"


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
