"""The page "Does HP-MIA reproduce?": prose from page.md, every number and verdict from the numbers. Pure."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from string import Template
from typing import Any

from tabulate import tabulate

from benchmarks.papers.hp_mia import tables
from benchmarks.papers.hp_mia.claims import CLAIMS, Claim, Verdict, judge, together
from benchmarks.papers.hp_mia.floor import of_jobs
from benchmarks.papers.hp_mia.protocol import PARTS, SETTINGS, jobs_of

Numbers = dict[str, Any]
TEMPLATE = Path(__file__).parent / "page.md"
NEAR = 0.02  # how far a target's accuracy may be from Table 1's


def page(numbers: dict[str, Numbers], figures: list[str]) -> str:
    """The whole page in markdown; `figures`: the names of those that were drawn, in images/hp-mia/ beside it."""
    judged = [(claim, judge(claim, numbers)) for claim in CLAIMS]
    return Template(TEMPLATE.read_text()).substitute(
        answer=_answer(judged, numbers),
        verdicts=verdicts(numbers),
        reasons="\n".join(_reasons(claim, found) for claim, found in judged),
        accuracy=_accuracy(numbers),
        tables="\n\n".join(table_text(name, numbers) for name in PARTS if name.startswith("table")),
        figures="\n\n".join(_figure(name, numbers, name in figures) for name in PARTS if name.startswith("figure")),
        runs=_runs(numbers),
        commands="\n".join(commands(numbers)),
        floor=_floor(),
    )


def verdicts(numbers: dict[str, Numbers]) -> str:
    """The table of verdicts: claims by data set, and over all real data sets of the paper and further ones.

    What was reduced is judged, but counts for nothing over all.
    """
    shown = [s for s in SETTINGS.values() if s.suite in numbers]
    heads = ["", "claim", "the paper's data", "further real data"]
    heads += [tables.heading(s, _about(numbers[s.suite])) for s in shown]
    rows = []
    for number, claim in enumerate(CLAIMS, 1):
        found = judge(claim, numbers)
        row = [str(number), f"{claim.text} ({claim.where})"]
        row += [f"**{_over(found, numbers, group)}**" for group in ("paper", "further")]
        rows.append(row + [found[s.suite].word if s.suite in found else "-" for s in shown])
    return tabulate(rows, heads, "pipe", disable_numparse=True)


def table_text(name: str, numbers: dict[str, Numbers]) -> str:
    """A table with its caption, for the paper's data, further real data and synthetic twins, and what is reduced."""
    sections = [f"### Table {name.removeprefix('table')}: {PARTS[name].caption}"]
    for group, head in (
        ("paper", ""),
        ("further", "Further real data:"),
        ("twin", "**Synthetic twins** (no real record):"),
    ):
        made = tables.table(name, numbers, group)
        sections += [head, made] if made else []
    sections += ["\n".join(f"- {line}" for line in tables.differences(name, numbers))]
    return "\n\n".join(section for section in sections if section)


def commands(numbers: dict[str, Numbers]) -> list[str]:
    """The commands that make these numbers again, first for suites of which Table 6 is left out."""
    without = [s for s, n in numbers.items() if s in PARTS["table6"].suites and "lambdas" not in n]
    only = ["--only", *(name for name, part in PARTS.items() if not part.lambdas)]
    made = [_command({s: numbers[s]}, only) for s in without]
    rest = {s: n for s, n in numbers.items() if s not in without}
    return [*made, _command(rest, [])] if rest else made


def _command(numbers: dict[str, Numbers], more: list[str]) -> str:
    words = ["python -m benchmarks.reproduce hp-mia --suites", *numbers]
    found = {s: _about(n) for s, n in numbers.items()}
    most = {s: min([SETTINGS[s].likelihood, *a["changed"].get("references", ())[1:]]) for s, a in found.items()}
    fewer = [a["likelihood"] for s, a in found.items() if a["likelihood"] < most[s]]
    words += [f"--lira-references {min(fewer)}"] if fewer else []
    changes = [f"{s}:{option}={now}" for s, a in found.items() for option, (_, now) in sorted(a["changed"].items())]
    words += ["--change", *changes] if changes else []
    seeds = {a["seed"] for a in found.values()} - {0}
    words += [f"--seed {seed}" for seed in sorted(seeds)]
    return " ".join([*words, *more, "--data DIR"])


def _about(run: Numbers) -> Numbers:
    """What a suite was run with, of Table 6 where there is nothing else."""
    return run.get("about") or run["lambdas"]["about"]


def _over(found: dict[str, Verdict], numbers: dict[str, Numbers], group: str) -> str:
    whole = [v.word for s, v in found.items() if SETTINGS[s].group == group and not tables.reduced(_about(numbers[s]))]
    return together(whole) if whole else tables.NOT_RUN


def _answer(judged: list[tuple[Claim, dict[str, Verdict]]], numbers: dict[str, Numbers]) -> str:
    lines = []
    for group, where in (("paper", "the paper's data sets"), ("further", "further real data")):
        settings = [s for s in SETTINGS.values() if s.group == group]
        rest = [s.title for s in settings if s.suite not in numbers]
        part = [s.title for s in settings if s.suite in numbers and tables.reduced(_about(numbers[s.suite]))]
        run = [s.title for s in settings if s.title not in [*rest, *part]]
        words = [_over(found, numbers, group) for _, found in judged]
        numbered = {w: [str(i) for i, x in enumerate(words, 1) if x == w] for w in dict.fromkeys(words)}
        said = "; ".join(f"**{word}**: claim{'s' * (len(n) > 1)} {', '.join(n)}" for word, n in numbered.items())
        left_out = f"; reduced, and not counted: {', '.join(part)}" if part else ""
        left_out += f"; not run: {', '.join(rest)}" if rest else ""
        lines.append(f"- On {where} ({', '.join(run) or 'none'}{left_out}): {said}.")
    return "\n".join(lines)


def _reasons(claim: Claim, found: dict[str, Verdict]) -> str:
    head = f"{CLAIMS.index(claim) + 1}. {claim.text}"
    return "\n".join([head, *(f"   - {SETTINGS[s].title}: **{v.word}**. {v.why}." for s, v in found.items())])


def _accuracy(numbers: dict[str, Numbers]) -> str:
    known = tables.PAPER["table1_target_accuracy_percent"]["test"]
    lines = []
    for suite in (s for s in known if "attacks" in numbers.get(s, {})):
        own, paper = numbers[suite]["accuracy"]["test"]["mean"], known[suite] / 100
        word = "within" if abs(own - paper) <= NEAR else "**not within**"
        figures = f"test accuracy {100 * own:.1f} %, the paper's {100 * paper:.1f} %"
        head = tables.heading(SETTINGS[suite], numbers[suite]["about"])
        lines.append(f"- {head}: {figures}: {word} 2 points.")
    return "\n".join(lines)


def _figure(name: str, numbers: dict[str, Numbers], drawn: bool) -> str:
    number, part = name.removeprefix("figure"), PARTS[name]
    head = f"### Figure {number}: {part.caption}"
    if not drawn:
        return f"{head}\n\nLeft out: {', '.join(SETTINGS[s].title for s in part.suites)} not run."
    missing = [SETTINGS[s].title for s in part.suites if s not in numbers]
    lines = [f"![Figure {number}](images/hp-mia/{name}.png)"]
    lines += [f"Not run: {', '.join(missing)}."] if missing else []
    lines += ["\n".join(f"- {line}" for line in tables.differences(name, numbers))]
    return "\n\n".join([head, *(line for line in lines if line)])


def _runs(numbers: dict[str, Numbers]) -> str:
    rows = []
    for suite, run in numbers.items():
        for what, found in (("Tables 1-5", run.get("about")), ("Table 6", run.get("lambdas", {}).get("about"))):
            if found is None:
                continue
            row = [SETTINGS[suite].title, what, found["trials"], found["references"], found["likelihood"]]
            row += [found["epochs"], f"{found['part']:,}", found["precision"], found["models"]]
            rows.append([*row, f"{found['seconds'] / 60:.0f} min", found["device"], found["digest"][:12]])
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


@cache
def _floor() -> str:
    suites = [s.suite for s in SETTINGS.values() if s.group != "twin"]
    rows, total = [], {True: 0.0, False: 0.0}
    for suite, (models, work) in of_jobs(jobs_of(PARTS, suites, None, {}, 0)).items():
        seconds = work.seconds()
        total[suite == "cifar10_wrn"] += seconds
        cells = [f"{work.operations / 1e15:.3g}", f"{work.bytes / 1e12:.3g}", f"{seconds:.1f} s"]
        rows.append([SETTINGS[suite].title, models, *cells])
    heads = ["data set", "models", "10^15 operations", "10^12 bytes", "floor"]
    made = tabulate(rows, heads, "pipe", disable_numparse=True, colalign=("left", *["right"] * 4))
    return (
        f"{made}\n\nAll but CIFAR10-W: {total[False] / 60:.1f} minutes at the least (the aim: under 30); "
        f"CIFAR10-W: {total[True] / 60:.1f} minutes more (the aim: under 60)."
    )
