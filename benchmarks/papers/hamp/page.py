"""The page "Does HAMP hold?": prose from page.md, every number and verdict from the numbers. Pure."""

from __future__ import annotations

from pathlib import Path
from string import Template

from benchmarks.papers.kit import Numbers, Paper
from benchmarks.papers.kit import page as sections

TEMPLATE = Path(__file__).parent / "page.md"


def page(paper: Paper, numbers: dict[str, Numbers], figures: list[str]) -> str:
    """The whole page in markdown; `figures`: the names of those that were drawn, in images/hamp/ beside it."""
    place = f"images/{paper.name}/figure1.png" if "figure1" in figures else None
    return Template(TEMPLATE.read_text(encoding="utf-8")).substitute(
        {
            **{name: sections.table_section(paper, name, numbers) for name in paper.parts if name.startswith("table")},
            "figure1": sections.figure_section(paper, "figure1", numbers, place),
            "answer": sections.answer(paper, numbers),
            "verdicts": sections.verdicts(paper, numbers),
            "reasons": sections.reasons(paper, numbers),
            "commands": "\n".join(sections.commands(paper, numbers)),
        }
    )
