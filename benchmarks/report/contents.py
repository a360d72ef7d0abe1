"""The tables of a section, from its records."""

from __future__ import annotations

from typing import Any

from benchmarks.report.section import Section
from benchmarks.report.tables import Column, Table, Value

RANKING = {  # shown where the data resolve them
    "auc": Column("AUC", "ratio", True, "Chance that a member scores above a non-member; guessing: 0.5"),
    "tpr_at_1%_fpr": Column("TPR at 1 % FPR", "share", True, "Members found while 1 in 100 non-members is called one"),
    "tpr_at_0.1%_fpr": Column("TPR at 0.1 % FPR", "share", True, "Members found while 1 in 1,000 others is called one"),
}


def attack_table(section: Section, defense: str) -> Table:
    """Every attack against one defense: what it ranks, what it claims, and how far it is behind the strongest."""
    rows = section.against(defense)
    best = section.strongest(defense)["attack"]["name"]
    ranking = [m for m in RANKING if any(r["ranking"][m]["mean"] is not None for r in rows)]
    columns = [
        Column("attack"),
        *(RANKING[m] for m in ranking),
        Column("TP at .98", "count", about="Members named under a demand for 98 % precision, summed over trials"),
        Column("precision at .98", "share", True, "Share of those claims that are right"),
        Column("TP at 1.0", "count", about="Members named under a demand for no false claim, summed over trials"),
        Column("precision at 1.0", "share", True, "Share of those claims that are right"),
        Column("demand met", about="Trials whose shadow model had a threshold that reached 98 %"),
    ]
    paired = any(_behind(r, best) for r in rows)
    if paired:
        columns += [
            Column("AUC behind the strongest", "ratio", True, "Paired on the same models (DeLong)"),
            Column("p", "p", about="Of that difference, corrected for all comparisons (Holm)"),
        ]
    body = []
    for record in rows:
        verdicts = {v["alpha"]: v for v in record["verdicts"]}
        row: list[Value] = [record["attack"]["name"], *(record["ranking"][m] for m in ranking)]
        for alpha in (0.98, 1.0):
            row += [sum(verdicts[alpha]["tp"]), verdicts[alpha]["precision"]]
        reached = verdicts[0.98]["reached"]
        row.append(f"{sum(reached)} of {len(reached)}")
        if paired:
            row += list(_behind(record, best) or (None, None))
        body.append(row)
    return Table(f"attacks--{defense}", f"Attacks against {defense} on {section.title}", columns, body)


def _behind(record: dict[str, Any], best: str) -> tuple[dict[str, float], float] | None:
    """How much greater the strongest attack's AUC is, with its interval, and p."""
    for pair in record["paired"]:
        auc = pair["auc"]
        if pair["other"] == best and auc["difference"] is not None:
            return {"mean": -auc["difference"], "low": -auc["high"], "high": -auc["low"]}, auc["p"]
    return None


def defense_table(section: Section) -> Table:
    """Every defense by the strongest attack against it, beside what it costs in accuracy."""
    metric, title = section.finest
    columns = [
        Column("defense"),
        Column("test accuracy", "share", True, "Of the target models, on records they never saw"),
        Column("train accuracy", "share", True, "Of the target models, on their own training records"),
        Column("strongest attack", about="By AUC"),
        Column("its AUC", "ratio", True, "Guessing: 0.5"),
    ]
    if metric != "auc":
        columns.append(Column(f"worst {title}", "share", True, "The greatest of all attacks"))
    columns.append(Column("training, s", "seconds", about="Seconds that its models took to train"))
    rows: list[list[Value]] = []
    for defense in section.defenses:
        record = section.strongest(defense)
        utility, name = record["utility"], record["attack"]["name"]
        row: list[Value] = [defense, utility["test"], utility["train"], name, record["ranking"]["auc"]]
        if metric != "auc":
            row.append(section.strongest(defense, metric)["ranking"][metric])
        rows.append([*row, record["cost"]["seconds"]])
    return Table("defenses", f"Defenses on {section.title}, each by the strongest attack against it", columns, rows)


def matrix(section: Section) -> Table:
    """AUC of every attack against every defense."""
    columns = [Column("attack"), *(Column(d, "ratio", True, f"AUC against {d}") for d in section.defenses)]
    rows: list[list[Value]] = []
    for attack in section.attacks:
        found = [section.cells.get((d, attack)) for d in section.defenses]
        rows.append([attack, *(r["ranking"]["auc"] if r else None for r in found)])
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
    rows: list[list[Value]] = []
    for record in section.against(section.defenses[0]):
        attack, cost = record["attack"], record["cost"]
        rows.append([attack["name"], attack["needs"], cost["models"], cost["seconds"], cost["attack_seconds"]])
    caption = f"What each attack costs against {section.defenses[0]} on {section.title}"
    return Table("cost", caption, columns, rows)


def tables(section: Section) -> dict[str, Table]:
    """All tables of a section by name."""
    made = [defense_table(section), matrix(section), cost_table(section)]
    made += [attack_table(section, d) for d in section.defenses]
    return {t.name: t for t in made}
