"""The paper as a value: its parts, and all that belongs to it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

from benchmarks.papers.hp_mia import numbers, schema
from benchmarks.papers.hp_mia.claims import CLAIMS
from benchmarks.papers.hp_mia.settings import COLUMNS, MODELS
from benchmarks.papers.hp_mia.tables import HUNGRY, TABLES
from benchmarks.papers.kit import Figure, Measure, Numbers, Paper

_FURTHER = tuple(column.suite for column in COLUMNS if column.group == "further")
_COUNTED = ("mnist", "fashion_mnist", "cifar10_alexnet", *_FURTHER)
_HARD = ("mnist", "cifar10_alexnet", "purchase100", "texas100", "fashion_mnist", *_FURTHER)
_EVERY = tuple(column.suite for column in COLUMNS)
_MAIN = ("about", "accuracy", "attacks", "auc_lead", "tp_lead", "by_beta", "difficulty")
_FASHION, _ALEXNET = ("fashion_mnist",), ("cifar10_alexnet",)
_COUNTING, _UNAWARE = {"measures": ("by_references", "main")}, {"measures": ("lambdas",), "block": "lambdas"}


def _draw(name: str, suites: Sequence[str], found: dict[str, Numbers]) -> Any:
    from benchmarks.papers.hp_mia import figures

    return figures.draw(name, suites, found)


def _figure(number: int, caption: str, suites: tuple[str, ...], **rest: Any) -> Figure:
    return Figure(caption=caption, suites=suites, make=partial(_draw, f"figure{number}"), **rest)


_CURVES = {
    3 + i: (f"ROC and precision-recall curves, {column.title}", (column.suite,), {"likelihood": HUNGRY})
    for i, column in enumerate(COLUMNS[:6])
}
_FIGURES: dict[int, tuple[str, tuple[str, ...], dict[str, Any]]] = {
    **_CURVES,
    9: ("Two-stage with a fixed precision demand beta on exclusion", ("mnist", "cifar10_alexnet"), {}),
    10: ("Two-stage under each L2 factor, F-MNIST", _FASHION, _UNAWARE),
    11: ("Two-stage under each L2 factor, CIFAR10-A", _ALEXNET, _UNAWARE),
    12: ("Two-stage with different numbers of reference models, F-MNIST", _FASHION, _COUNTING),
    13: ("Two-stage with different numbers of reference models, CIFAR10-A", _ALEXNET, _COUNTING),
    14: ("TP and precision of two-stage against the number of reference models, alpha = 90 %", _COUNTED, _COUNTING),
    15: ("Offline LiRA as the second stage, F-MNIST", _FASHION, {"likelihood": HUNGRY}),
    16: ("Offline LiRA as the second stage, CIFAR10-A", _ALEXNET, {"likelihood": HUNGRY}),
    17: ("Difficulty of identified and missed members, alpha = 90 %", _HARD, {}),
    18: ("Not in the paper: the precision that was reached against the demand", _EVERY, {"likelihood": HUNGRY}),
    19: ("Not in the paper: where exclusion pays", _EVERY, {"measures": ("why", "main")}),
}


def _page(found: dict[str, Numbers], drawn: list[str]) -> str:
    from benchmarks.papers.hp_mia.page import page

    return page(PAPER, found, drawn)


PAPER = Paper(
    name="hp-mia",
    settings=COLUMNS,
    models=MODELS,
    measures={  # the slowest first
        "by_references": Measure("main", numbers.by_references),
        "shadows": Measure("main", numbers.shadows),
        "main": Measure("main", numbers.main, _MAIN),
        "why": Measure("main", numbers.why),
        "lambdas": Measure("lambdas", numbers.lambdas),
    },
    parts={**TABLES, **{f"figure{n}": _figure(n, c, suites, **rest) for n, (c, suites, rest) in _FIGURES.items()}},
    claims=CLAIMS,
    numbers=schema.Numbers,
    page=_page,
)
"""HP-MIA: two-stage attacks of high precision (Chen et al. 2023), Tables 1 to 6 and Figures 3 to 17."""
