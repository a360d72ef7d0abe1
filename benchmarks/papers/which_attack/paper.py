"""The question as a value, as papers are: its parts, and all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.papers.kit import Figure, Measure, Numbers, Paper
from benchmarks.papers.which_attack import numbers, schema
from benchmarks.papers.which_attack.settings import COLUMNS, HALF, MODELS, SIX
from benchmarks.papers.which_attack.tables import TABLES

_BLOCKS = ("about", "audited", "population", "accuracy", "by_references", "alone", "few", "orders", "stages")


def _draw(suites: Sequence[str], found: dict[str, Numbers]) -> Any:
    from benchmarks.papers.which_attack import figures

    return figures.draw(suites, found)


def _figure(suites: tuple[str, ...], design: str) -> Figure:
    return Figure(caption=f"TPR at 1 % FPR by the number of reference models, {design}", suites=suites, make=_draw)


def _page(found: dict[str, Numbers], drawn: list[str]) -> str:
    from benchmarks.papers.which_attack.page import page

    return page(PAPER, found, drawn)


PAPER = Paper(
    name="which-attack",
    settings=COLUMNS,
    models=MODELS,
    measures={"main": Measure("main", numbers.main, _BLOCKS)},
    parts={**TABLES, "figure1": _figure(HALF, "half-split"), "figure2": _figure(SIX, "six-split")},
    numbers=schema.Numbers,
    page=_page,
)
"""Which attack, with how many reference models? A question of ours, asked as a paper's claims are."""
