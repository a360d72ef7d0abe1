"""The page "Which attack, with how many reference models?": prose from page.md, every number from the numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

from benchmarks.papers.kit import Numbers, Paper, markdown
from benchmarks.papers.kit import page as sections
from benchmarks.papers.which_attack.settings import FEW, HALF, REFERENCES, REFERRING, SIX
from benchmarks.papers.which_attack.tables import LOCATION

PUBLISHED = Path(__file__).parent / "published.md"  # below Table 4
TEMPLATE = Path(__file__).parent / "page.md"


def page(paper: Paper, numbers: dict[str, Numbers], figures: list[str]) -> str:
    """The whole page in markdown; `figures`: the names of those that were drawn, in images/which-attack/ beside it."""
    places = {name: f"images/{paper.name}/{name}.png" if name in figures else None for name in ("figure1", "figure2")}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        {
            **{name: sections.table_section(paper, name, numbers) for name in paper.parts if name.startswith("table")},
            **{name: sections.figure_section(paper, name, numbers, place) for name, place in places.items()},
            "answer": "\n".join(
                _answer(numbers, suites, words) for suites, words in ((HALF, "Half-split"), (SIX, "Six-split"))
            ),
            "published": _published(numbers),
            "half": _counted(numbers, HALF),
            "six": _counted(numbers, SIX),
            "commands": "\n".join(sections.commands(paper, numbers)),
        }
    )


def _published(numbers: dict[str, Numbers]) -> str:
    """What differs between the published numbers and ours; empty where ours are not shown."""
    run = numbers.get(LOCATION)
    if run is None or run["few"] != FEW:
        return ""
    about = run["about"]
    words = Template(PUBLISHED.read_text(encoding="utf-8"))
    return words.substitute(trials=about["trials"], part=f"{about['part']:,}", network=about["network"])


def _ties(runs: Sequence[Numbers], name: str, references: int) -> tuple[int, int]:
    """In how many of the data sets an attack ties with the best, and in how many it plays."""
    found = [run["by_references"].get(str(references), {}).get("attacks", {}).get(name) for run in runs]
    played = [of for of in found if of is not None]
    return sum(of["tied"] for of in played), len(played)


def _answer(numbers: dict[str, Numbers], suites: Sequence[str], words: str) -> str:
    """Who ties with the best in the most data sets, with some numbers of reference models."""
    runs = [numbers[suite] for suite in suites if suite in numbers]
    said = []
    for r in (2, 8, 64):
        ties = {name: _ties(runs, name, r)[0] for name in REFERRING}
        most = max(ties.values())
        if most:
            names = ", ".join(name for name, count in ties.items() if count == most)
            said.append(f"with {r} reference models {names} ({most} of {len(runs)})")
    return f"- {words}, most often level with the best: {'; '.join(said) or 'nothing was run'}."


def _counted(numbers: dict[str, Numbers], suites: Sequence[str]) -> str:
    """In how many of the suites that were run each attack ties with the best, by the number of references."""
    runs = [numbers[suite] for suite in suites if suite in numbers]
    if not runs:
        return "Nothing was run."
    rows = []
    for name in REFERRING:
        counts = [_ties(runs, name, r) for r in REFERENCES]
        if any(played for _, played in counts):
            rows.append([name, *(f"{ties} of {played}" if played else "-" for ties, played in counts)])
    return markdown(rows, ["attack", *map(str, REFERENCES)])
