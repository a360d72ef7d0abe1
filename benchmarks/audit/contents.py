"""The tables of an audit's page."""

from __future__ import annotations

from benchmarks.audit.findings import RATES, Findings
from benchmarks.audit.groups import Slicing
from benchmarks.audit.missing import grouped
from benchmarks.results.making import value
from benchmarks.results.tables import Cell, Column, Table

RECORDS, GROUPS = 20, 20  # at most; the others stand in the files beside the page


def attack_table(audit: Findings) -> Table:
    """Every attack on all records, the strongest first."""
    records = {record.attack.name: record for record in audit.attacked.records}
    columns = [Column("attack"), Column("AUC", "ratio", True, "Chance that a member scores above a non-member")]
    columns += [
        Column(
            *(f"TPR at {100 * rate:g} % FPR", "share", True, f"Members found while {_of(rate)} is called a member"),
            more=rate != RATES[0],
        )
        for rate in RATES
    ]
    columns += [
        Column("sees", about="What of the model's answers it looks at", more=True),
        Column("needs", about="What it needs besides the audited model's answers", more=True),
    ]
    rows: list[list[Cell]] = []
    for name in audit.table["attack"]:
        record = records[name]
        metrics = [record.metrics[key] for key in ("auc", *(f"tpr_at_{100 * rate:g}%_fpr" for rate in RATES))]
        rows.append([name, *metrics, record.attack.access, record.attack.needs])
    return Table("attacks", "Attacks, the strongest first", columns, rows)


def _of(rate: float) -> str:
    return f"1 of {round(1 / rate):,} non-members"


def exposed_table(audit: Findings) -> Table:
    """The members that stand out most, by id or else by place."""
    answers, standing = audit.case.answers, audit.standing
    head = Column("record", about="Its place in the file, from 1") if answers.ids is None else Column("id")
    columns = [head, Column("label", "count", about="Its class"), *(Column(name) for name in answers.groups)]
    columns += [
        Column("p", "p", about="Share of the non-members that score as high, itself counted"),
        Column("q", "p", about="Share of chance finds in the shortest list that has it"),
    ]
    rows: list[list[Cell]] = []
    for place in audit.exposed[:RECORDS]:
        name = str(place + 1) if answers.ids is None else str(answers.ids[place])
        row: list[Cell] = [name, int(answers.labels[place]), *(str(of[place]) for of in answers.groups.values())]
        rows.append([*row, float(standing.p[place]), float(standing.q[place])])
    return Table("records", "The most exposed records", columns, rows)


def group_table(slicing: Slicing) -> Table:
    """The groups of one column, the most exposed first."""
    columns = [
        Column(slicing.column),
        Column("members", "count"),
        Column("non-members", "count"),
        Column("AUC", "ratio", True, "How well its members are told from its non-members; guessing: 0.5"),
        Column("members found", "share", True, "Where 1 of 100 of all non-members is called a member"),
        Column("non-members called members", "share", True, "Of this group, at the same threshold"),
    ]
    rows: list[list[Cell]] = [
        [of.name, of.members, of.others, *(value(x) for x in (of.auc, of.found, of.alarms))]
        for of in slicing.groups[:GROUPS]
    ]
    return Table(f"groups-{slicing.column}", f"Exposure by {slicing.column}", columns, rows)


def missing_table(audit: Findings) -> Table:
    """Who could not play, by what would let them."""
    columns = [Column("given"), Column("more attacks", "count"), Column("which")]
    rows: list[list[Cell]] = [
        [" + ".join(of.given) or "nothing helps here", len(of.attacks), ", ".join(of.attacks)]
        for of in grouped(audit.attacked.lacks)
    ]
    return Table("missing", "What would let more attacks play", columns, rows)
