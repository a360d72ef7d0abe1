"""The page "Which attack, with how many reference models?": prose from page.md, every number from the numbers. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from string import Template

from benchmarks.papers.kit import Numbers, Paper, markdown
from benchmarks.papers.kit import page as sections
from benchmarks.papers.which_attack.settings import HALF, REFERENCES, REFERRING, SIX

TEMPLATE = Path(__file__).parent / "page.md"
ONLINE = REFERRING[:8]  # they need models that saw the record


def page(paper: Paper, numbers: dict[str, Numbers], figures: list[str]) -> str:
    """The whole page in markdown; `figures`: the names of those that were drawn, in images/which-attack/ beside it."""
    places = {name: f"images/{paper.name}/{name}.png" if name in figures else None for name in ("figure1", "figure2")}
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        {
            **{name: sections.table_section(paper, name, numbers) for name in paper.parts if name.startswith("table")},
            **{name: sections.figure_section(paper, name, numbers, place) for name, place in places.items()},
            "half": _counted(numbers, HALF),
            "six": _counted(numbers, SIX),
            "commands": "\n".join(sections.commands(paper, numbers)),
        }
    )


def _counted(numbers: dict[str, Numbers], suites: Sequence[str]) -> str:
    """In how many of the suites that were run each attack ties with the best, by the number of references."""
    runs = [numbers[suite] for suite in suites if suite in numbers]
    if not runs:
        return "Nothing was run."
    rows = []
    for name in REFERRING:
        if suites == SIX and name in ONLINE:
            continue
        cells = []
        for r in map(str, REFERENCES):
            found = [run["by_references"].get(r, {}).get("attacks", {}).get(name) for run in runs]
            played = [of for of in found if of is not None]
            cells.append(f"{sum(of['tied'] for of in played)} of {len(played)}" if played else "-")
        rows.append([name, *cells])
    return markdown(rows, ["attack", *map(str, REFERENCES)])
