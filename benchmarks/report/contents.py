"""The tables of a section, from its records."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.report.chart import SHOWN
from benchmarks.report.found import RATE, Found
from benchmarks.report.section import Section, slug
from benchmarks.results.ranking import column, value_of
from benchmarks.results.record import Value
from benchmarks.results.tables import Cell, Column, Table
from benchmarks.statistics.metrics import CANARIES

PHONE = 2  # columns of numbers that a phone shows from the start


def attack_table(section: Section, defense: str) -> Table:
    """Every attack against one defense: what it ranks, what it claims, and how far it is from the strongest."""
    rows, run = section.against(defense), section.run
    ranking = [m for m in run.metrics(of_verdicts=False) if any(value_of(r, m.key).mean is not None for r in rows)]
    shown = [*ranking, *run.metrics(of_verdicts=True)]
    behind, places = run.behind(defense), run.places(defense)
    columns = [Column("attack"), Column("rank", "cell", about="By AUC; those whose intervals overlap tie")]
    first = ("auc", section.finest[0])
    columns += [column(m, best=int(m in ranking), more=m.key not in first) for m in shown]
    met = "Trials whose rehearsal had a threshold that reached 98 %"
    columns.append(Column("demand met", "cell", about=met, more=True))
    if behind:
        columns += [
            Column(
                *("AUC minus the strongest's", "ratio", True),
                about="Paired on the same models (DeLong); negative: behind",
                more=True,
            ),
            Column("p", "p", about="Of that difference, corrected for all comparisons (Holm)", more=True),
        ]
    body = []
    for record in rows:
        name, reached = record.attack.name, record.verdict(0.98).reached
        row: list[Cell] = [name, places[name], *(value_of(record, m.key) for m in shown)]
        row.append(f"{sum(reached)} of {len(reached)}")
        if behind:
            found = behind[name].get("auc") if name in behind else None
            row += [Value(found.difference, found.low, found.high), found.p] if found else [None, None]
        body.append(row)
    return Table(f"attacks--{defense}", f"Attacks against {defense} on {section.title}", columns, body)


def defense_table(section: Section) -> Table:
    """Every defense by the strongest attack against it, beside what it costs in accuracy."""
    metric, title = section.finest
    columns = [
        Column("defense"),
        Column(
            "rank", "cell", about="By its worst AUC, the lowest first; those whose intervals overlap tie", more=True
        ),
        Column(
            "worst AUC", "ratio", True, f"Of the strongest attack against it{section.of_all}; guessing: 0.5", best=-1
        ),
        Column("test accuracy", "share", True, "Of the target models, on records they never saw", best=1, more=True),
        Column("accuracy lost", "points", True, "Test accuracy without a defense minus that with it, in points"),
        Column("strongest attack", about="By AUC", more=True),
        Column("train accuracy", "share", True, "Of the target models, on their own training records", more=True),
    ]
    worst = [] if metric == "auc" else [(metric, title)]
    worst += [(m.key, m.title) for m in section.run.metrics(of_verdicts=False) if m == CANARIES]
    columns += [
        Column(f"worst {title}", "share", True, f"The greatest of all attacks{section.of_all}", best=-1, more=True)
        for _, title in worst
    ]
    columns.append(Column("training, s", "seconds", about="Seconds that its models took to train", more=True))
    rows: list[list[Cell]] = []
    places = section.run.places_of_defenses()
    for defense in section.defenses:
        record = section.strongest(defense)
        utility, name = record.utility, record.attack.name
        lost = section.run.accuracy_lost(defense)
        row: list[Cell] = [defense, places[defense], record.auc, utility.test, lost, name, utility.train]
        row += [section.worst(defense, key) for key, _ in worst]
        rows.append([*row, record.cost.seconds])
    return Table(
        "defenses",
        f"Defenses on {section.title}, each by the strongest attack against it{section.of_all}",
        columns,
        rows,
    )


def matrix(section: Section) -> Table:
    """AUC of every attack against every defense."""
    columns = [Column("attack")]
    columns += [Column(d, "ratio", True, best=1, more=i >= PHONE) for i, d in enumerate(section.defenses)]
    rows: list[list[Cell]] = []
    for attack in section.attacks:
        found = [section.cells.get((d, attack)) for d in section.defenses]
        rows.append([attack, *(r.auc if r else None for r in found)])
    return Table("matrix", f"AUC of every attack against every defense on {section.title}", columns, rows)


def cost_table(section: Section) -> Table:
    """What each attack costs against the first defense."""
    columns = [
        Column("attack"),
        Column("needs", about="target: its outputs alone; reference, shadow: models that the adversary trains"),
        Column("models", "count", about="Models trained for the run, shared by all of its attacks", more=True),
        Column("training, s", "seconds", about="Seconds to train them", more=True),
        Column("attack, s", "seconds", about="Seconds of the attack's own work, all trials"),
    ]
    rows: list[list[Cell]] = []
    for record in section.against(section.defenses[0]):
        attack, cost = record.attack, record.cost
        rows.append([attack.name, attack.needs, cost.models, cost.seconds, cost.attack_seconds])
    caption = f"What each attack costs against {section.defenses[0]} on {section.title}"
    return Table("cost", caption, columns, rows)


def found_table(section: Section, defense: str, found: Found) -> Table:
    """How many members each attack finds, and which of them others find, too."""
    columns = [
        Column("attack"),
        Column(
            "members found",
            "share",
            about=f"Of all games' members, while {100 * RATE:g} % of the non-members are called one",
        ),
        Column("found by it alone", "count", about="Members that no other of these attacks finds"),
        Column("as the strongest finds", "share", about="Of the members that it or the strongest finds: found by both"),
    ]
    members = found.hits.shape[1]
    rows: list[list[Cell]] = [
        [name, float(hits.sum() / members), int(alone), None if np.isnan(shared) else float(shared)]
        for name, hits, alone, shared in zip(found.attacks, found.hits, found.alone, found.shared[0], strict=True)
    ]
    caption = f"Which members each attack finds against {defense} on {section.title}, at {100 * RATE:g} % FPR"
    return Table(f"found--{defense}", caption, columns, rows)


def overlap_table(section: Section, defense: str, found: Found) -> Table:
    """Of the members that either of two attacks finds, the share that both find."""
    names = found.attacks[:SHOWN]
    columns = [Column("attack"), *(Column(n, "ratio", more=i >= PHONE) for i, n in enumerate(names))]
    rows: list[list[Cell]] = [
        [name, *(None if np.isnan(v) else float(v) for v in found.shared[i, : len(names)])]
        for i, name in enumerate(names)
    ]
    caption = f"Overlap (Jaccard) of the members that two attacks find against {defense} on {section.title}"
    return Table(f"overlap--{defense}", caption, columns, rows)


def exposed_table(section: Section, defense: str, found: Found) -> Table:
    """The members that most attacks find."""
    columns = [
        Column("member", about="Its game and its place among that game's records, both from 0"),
        Column("found by", "cell", about="How many of the attacks find it"),
        Column("scores above", "share", about="Of the game's non-members, on average over the attacks"),
    ]
    rows: list[list[Cell]] = [
        [
            f"game {found.game[i]}, record {found.row[i]}",
            f"{found.by[i]} of {len(found.attacks)}",
            float(found.standing[:, i].mean()),
        ]
        for i in found.exposed
    ]
    caption = f"The most exposed members against {defense} on {section.title}"
    return Table(f"exposed--{defense}", caption, columns, rows)


def stem_of(section: str, table: Table) -> str:
    """The place of a table's files, without their ending; `section` is that of its page, empty for those over all."""
    return f"tables/{section}--{slug(table.name)}" if section else f"tables/{slug(table.name)}"


def tables(section: Section, found: Mapping[str, Found] | None = None) -> dict[str, Table]:
    """All tables of a section by name; `found` by defense, where its games are kept."""
    made = [defense_table(section), matrix(section), cost_table(section)]
    for defense in section.defenses:
        made.append(attack_table(section, defense))
        if found and defense in found:
            made += [of(section, defense, found[defense]) for of in (found_table, overlap_table, exposed_table)]
    return {t.name: t for t in made}
