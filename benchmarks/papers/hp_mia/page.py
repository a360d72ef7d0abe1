"""The page "Does HP-MIA reproduce?": prose from page.md, every number and verdict from the numbers. Pure."""

from __future__ import annotations

from pathlib import Path
from string import Template

from tabulate import tabulate

from benchmarks.papers.hp_mia.floor import of_jobs
from benchmarks.papers.hp_mia.settings import PAPER, SETTINGS
from benchmarks.papers.hp_mia.tables import head
from benchmarks.papers.kit import Numbers, Paper, markdown
from benchmarks.papers.kit import page as sections
from benchmarks.papers.kit.jobs import jobs_of
from benchmarks.results.tables import word

TEMPLATE = Path(__file__).parent / "page.md"
NEAR = 0.02  # how far a target's accuracy may be from Table 1's


def page(paper: Paper, numbers: dict[str, Numbers], figures: list[str]) -> str:
    """The whole page in markdown; `figures`: the names of those that were drawn, in images/hp-mia/ beside it."""
    drawn = {name: f"images/{paper.name}/{name}.png" for name in figures}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        answer=sections.answer(paper, numbers),
        verdicts=sections.verdicts(paper, numbers),
        reasons=sections.reasons(paper, numbers),
        accuracy=_accuracy(numbers),
        tables="\n\n".join(sections.table_section(paper, n, numbers) for n in paper.parts if n.startswith("table")),
        figures="\n\n".join(
            sections.figure_section(paper, n, numbers, drawn.get(n)) for n in paper.parts if n.startswith("figure")
        ),
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


def _runs(numbers: dict[str, Numbers]) -> str:
    rows = []
    for suite, run in numbers.items():
        for what, found in (("Tables 1-5", run.get("about")), ("Table 6", run.get("lambdas", {}).get("about"))):
            if found is None:
                continue
            row = [SETTINGS[suite].title, what, found["trials"], found["references"], found["likelihood"]]
            row += [found["epochs"], f"{found['part']:,}", word(found["precision"]), found["models"]]
            rows.append([*row, f"{found['seconds'] / 60:.0f} min", word(found["device"]), found["digest"][:12]])
    heads = [
        "data set",
        "for",
        "targets",
        "references",
        "for LiRA, Ye et al.",
        "epochs",
        "records a model",
        "precision",
    ]
    heads += ["models", "training", "device", "data, sha256"]
    return tabulate(rows, heads, "pipe", disable_numparse=True)


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
