"""The page "Does HP-MIA reproduce?": prose from page.md, every number and verdict from the numbers. Pure."""

from __future__ import annotations

from pathlib import Path
from string import Template

from tabulate import tabulate

from benchmarks.naming.wording import counted
from benchmarks.papers.hp_mia import why
from benchmarks.papers.hp_mia.floor import of_jobs
from benchmarks.papers.hp_mia.settings import PAPER, SETTINGS
from benchmarks.papers.hp_mia.tables import head
from benchmarks.papers.kit import Numbers, Paper, markdown
from benchmarks.papers.kit import page as sections
from benchmarks.papers.kit.jobs import jobs_of
from benchmarks.results.tables import word

TEMPLATE = Path(__file__).parent / "page.md"
PLACED = ("table7", "table8", "table9", "figure18", "figure19")  # where the page speaks of them
NEAR = 0.02  # how far a target's accuracy may be from Table 1's


def page(paper: Paper, numbers: dict[str, Numbers], figures: list[str]) -> str:
    """The whole page in markdown; `figures`: the names of those that were drawn, in images/hp-mia/ beside it."""
    drawn = {name: f"images/{paper.name}/{name}.png" for name in figures}
    made = {
        name: sections.table_section(paper, name, numbers)
        if name.startswith("table")
        else sections.figure_section(paper, name, numbers, drawn.get(name))
        for name in paper.parts
    }
    listed = [name for name in made if name not in PLACED]
    rest = {kind: [made[name] for name in listed if name.startswith(kind)] for kind in ("table", "figure")}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        answer=sections.answer(paper, numbers),
        verdicts=sections.verdicts(paper, numbers),
        reasons=sections.reasons(paper, numbers),
        accuracy=_accuracy(numbers),
        tables="\n\n".join(rest["table"]),
        figures="\n\n".join(rest["figure"]),
        rule=_rule(paper, numbers),
        **{name: made[name] for name in PLACED},
        runs=_runs(numbers),
        commands="\n".join(sections.commands(paper, numbers)),
        floor=_floor(paper),
    )


def _accuracy(numbers: dict[str, Numbers]) -> str:
    known = PAPER["table1_target_accuracy_percent"]["test"]
    lines = []
    for suite in (s for s in known if "attacks" in numbers.get(s, {})):
        own, paper = numbers[suite]["accuracy"]["test"]["mean"], known[suite] / 100
        word = "within" if abs(own - paper) <= NEAR else "**not within**"
        figures = f"test accuracy {100 * own:.1f} %, the paper's {100 * paper:.1f} %"
        lines.append(f"- {head(SETTINGS[suite], numbers[suite])}: {figures}: {word} 2 points.")
    return "\n".join(lines)


def _rule(paper: Paper, numbers: dict[str, Numbers]) -> str:
    points = why.points_of(paper.settings, numbers)
    paying = sum(point.pays for point in points)
    found = why.tested(points)
    if found is None:
        return (
            f"**Undecided**: a rule needs {why.DATA_SETS} data sets of real records on which it is decided whether "
            f"exclusion pays, and {why.KIND} suites where it does and {why.KIND} where not. Decided are "
            f"{counted(len({p.data for p in points}), 'data set')}; exclusion pays on {counted(paying, 'suite')}, and "
            f"does not on {len(points) - paying}."
        )
    rule, often = found.rule, max(paying, len(points) - paying)
    which = f"{why.QUANTITIES[rule.quantity]} is {'above' if rule.above else 'below'} {100 * rule.cut:.1f} %"
    return (
        f"Exclusion pays where the {which}, by a rule of all {found.total} suites. With each data set left out in "
        f"turn, the rule of the others foretells **{found.right} of {found.total}**; who always says the more frequent "
        f"answer is right on {often}."
    )


def _runs(numbers: dict[str, Numbers]) -> str:
    rows, costs = [], []
    for suite, run in numbers.items():
        for what, found in (("Tables 1-5", run.get("about")), ("Table 6", run.get("lambdas", {}).get("about"))):
            if found is None:
                continue
            name = f"{SETTINGS[suite].title}, {what}"
            references = [found["references"], found["likelihood"]]
            rows.append([name, found["trials"], *references, found["epochs"], f"{found['part']:,}"])
            minutes = f"{found['seconds'] / 60:.0f} min"
            device = [word(found["precision"]), word(found["device"])]
            costs.append([name, found["models"], minutes, *device, found["digest"][:12]])
    heads = ["data set", "targets", "references", "for LiRA, Ye et al.", "epochs", "records a model"]
    more = ["data set", "models", "training", "precision", "device", "data, sha256"]
    tables = [tabulate(of, head, "pipe", disable_numparse=True) for of, head in ((rows, heads), (costs, more))]
    return "\n\n".join(tables)


def _floor(paper: Paper) -> str:
    suites = [s.suite for s in paper.settings if s.group in ("paper", "further")]
    rows, total = [], {True: 0.0, False: 0.0}
    for suite, (models, work) in of_jobs(jobs_of(paper, dict(paper.parts), suites)).items():
        seconds = work.seconds()
        total[suite == "cifar10_wrn"] += seconds
        cells = [f"{work.operations / 1e15:.3g}", f"{work.bytes / 1e12:.3g}", f"{seconds:.1f} s"]
        rows.append([SETTINGS[suite].title, f"{models}", *cells])
    heads = ["data set", "models", "10^15 operations", "10^12 bytes", "floor"]
    made = markdown(rows, heads)
    return (
        f"{made}\n\nAll but CIFAR10-W: {total[False] / 60:.1f} minutes at the least (the aim: under 30); "
        f"CIFAR10-W: {total[True] / 60:.1f} minutes more (the aim: under 60)."
    )
