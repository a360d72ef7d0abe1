"""The tables of a section, from its records."""

from __future__ import annotations

from benchmarks.report.section import Section
from benchmarks.results.ranking import column, value_of
from benchmarks.results.record import Value
from benchmarks.results.tables import Cell, Column, Table
from benchmarks.statistics.metrics import CANARIES


def attack_table(section: Section, defense: str) -> Table:
    """Every attack against one defense: what it ranks, what it claims, and how far it is from the strongest."""
    rows, run = section.against(defense), section.run
    ranking = [m for m in run.metrics(of_verdicts=False) if any(value_of(r, m.key).mean is not None for r in rows)]
    shown = [*ranking, *run.metrics(of_verdicts=True)]
    behind, places = run.behind(defense), run.places(defense)
    columns = [Column("attack"), Column("rank", "cell", about="By AUC; those whose intervals overlap tie")]
    columns += map(column, shown)
    columns.append(Column("demand met", "cell", about="Trials whose shadow model had a threshold that reached 98 %"))
    if behind:
        columns += [
            Column("AUC minus the strongest's", "ratio", True, "Paired on the same models (DeLong); negative: behind"),
            Column("p", "p", about="Of that difference, corrected for all comparisons (Holm)"),
        ]
    body = []
    for record in rows:
        name, reached = record.attack.name, record.verdict(0.98).reached
        row: list[Cell] = [name, places[name], *(value_of(record, m.key) for m in shown)]
        row.append(f"{sum(reached)} of {len(reached)}")
        if behind:
            found = behind[name]["auc"] if name in behind else None
            row += [Value(found.difference, found.low, found.high), found.p] if found else [None, None]
        body.append(row)
    return Table(f"attacks--{defense}", f"Attacks against {defense} on {section.title}", columns, body)


def defense_table(section: Section) -> Table:
    """Every defense by the strongest attack against it, beside what it costs in accuracy."""
    metric, title = section.finest
    columns = [
        Column("defense"),
        Column("rank", "cell", about="By its worst AUC, the lowest first; those whose intervals overlap tie"),
        Column("test accuracy", "share", True, "Of the target models, on records they never saw"),
        Column("train accuracy", "share", True, "Of the target models, on their own training records"),
        Column("strongest attack", about="By AUC"),
        Column("its AUC", "ratio", True, "Guessing: 0.5"),
    ]
    worst = [] if metric == "auc" else [(metric, title)]
    worst += [(m.key, m.title) for m in section.run.metrics(of_verdicts=False) if m == CANARIES]
    columns += [Column(f"worst {title}", "share", True, "The greatest of all attacks") for _, title in worst]
    columns.append(Column("training, s", "seconds", about="Seconds that its models took to train"))
    rows: list[list[Cell]] = []
    places = section.run.places_of_defenses()
    for defense in section.defenses:
        record = section.strongest(defense)
        utility, name = record.utility, record.attack.name
        row: list[Cell] = [defense, places[defense], utility.test, utility.train, name, record.auc]
        row += [section.worst(defense, key) for key, _ in worst]
        rows.append([*row, record.cost.seconds])
    return Table("defenses", f"Defenses on {section.title}, each by the strongest attack against it", columns, rows)


def matrix(section: Section) -> Table:
    """AUC of every attack against every defense."""
    columns = [Column("attack"), *(Column(d, "ratio", True, f"AUC against {d}") for d in section.defenses)]
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
        Column("models", "count", about="Models trained for the run, shared by all of its attacks"),
        Column("training, s", "seconds", about="Seconds to train them"),
        Column("attack, s", "seconds", about="Seconds of the attack's own work, all trials"),
    ]
    rows: list[list[Cell]] = []
    for record in section.against(section.defenses[0]):
        attack, cost = record.attack, record.cost
        rows.append([attack.name, attack.needs, cost.models, cost.seconds, cost.attack_seconds])
    caption = f"What each attack costs against {section.defenses[0]} on {section.title}"
    return Table("cost", caption, columns, rows)


def tables(section: Section) -> dict[str, Table]:
    """All tables of a section by name."""
    made = [defense_table(section), matrix(section), cost_table(section)]
    made += [attack_table(section, d) for d in section.defenses]
    return {t.name: t for t in made}
