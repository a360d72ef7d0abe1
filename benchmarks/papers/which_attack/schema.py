"""The type of one suite's numbers."""

from __future__ import annotations

from typing import Annotated, TypedDict

from msgspec import Meta

from benchmarks.papers.kit import About
from benchmarks.papers.kit.schema import Count, Interval, Share

Name = Annotated[str, Meta(pattern=r"^[a-z0-9=() -]{1,80}$")]


class Difference(TypedDict):
    """A paired difference, with its p value; None where the data cannot resolve it."""

    difference: float | None
    low: float | None
    high: float | None
    p: Share | None


class Attack(TypedDict):
    """AUC, TPR at 1 % and at .1 % FPR; whether its TPR at 1 % ties with the greatest of its kind; seconds a game."""

    auc: Interval
    tpr: Interval
    tpr_low: Interval
    tied: bool
    seconds: Annotated[float, Meta(ge=0)]


class Row(TypedDict):
    """All attacks with so many references; `refused`: why others could not play."""

    attacks: dict[Name, Attack]
    refused: dict[Name, Annotated[str, Meta(max_length=400)]]


class Verdicts(TypedDict):
    """Claims of each target (K,)."""

    tp: list[Count]
    fp: list[Count]
    precision: Interval


class Stage(TypedDict):
    """One score by itself and behind membership exclusion; `gain`: of members, of all targets."""

    gain: Difference
    alone: Verdicts
    two_stage: Verdicts


class Accuracy(TypedDict):
    """Of the targets on records of their training and on others."""

    train: Interval
    test: Interval


class Numbers(TypedDict, total=False):
    """All blocks; `few`: with how many references `orders` and `stages` were measured."""

    about: About
    audited: Count
    population: Count
    accuracy: Accuracy
    by_references: dict[Annotated[str, Meta(pattern=r"^[1-9]\d*$")], Row]
    alone: dict[Name, Attack]
    few: Count
    orders: dict[Name, Difference]
    stages: dict[Name, Stage]
