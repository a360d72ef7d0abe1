"""The evaluation as a value: its parts, and all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from benchmarks.papers.hamp import numbers, schema
from benchmarks.papers.hamp.claims import CLAIMS
from benchmarks.papers.hamp.settings import COLUMNS, MODELS, NONE, ROWS
from benchmarks.papers.hamp.tables import tables
from benchmarks.papers.kit import Figure, Measure, Numbers, Paper

_SUITES = tuple(column.suite for column in COLUMNS)


def _draw(suites: Sequence[str], found: dict[str, Numbers]) -> Any:
    from benchmarks.papers.hamp import figures

    return figures.draw(suites, found)


def _page(found: dict[str, Numbers], drawn: list[str]) -> str:
    from benchmarks.papers.hamp.page import page

    return page(PAPER, found, drawn)


PAPER = Paper(
    name="hamp",
    settings=COLUMNS,
    models=MODELS,
    measures={row: Measure(row, numbers.row(row)) for row in ROWS},
    parts={
        **tables(_SUITES, ROWS, NONE),
        "figure1": Figure(caption="Privacy against utility", suites=_SUITES, measures=ROWS, block=NONE, make=_draw),
    },
    claims=CLAIMS,
    numbers=schema.Numbers,
    page=_page,
)
"""HAMP and its rivals (Chen and Pattabiraman 2024): every defense against every attack, its claims and its cost."""
