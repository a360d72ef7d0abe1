"""The type of one suite's numbers: a block a defense."""

from __future__ import annotations

from typing import Annotated, Any, Literal, NotRequired, TypedDict

from msgspec import Meta

from benchmarks.papers.kit import About
from benchmarks.papers.kit.schema import Count, Interval

Seconds = Annotated[float, Meta(ge=0)]
Name = Annotated[str, Meta(pattern=r"^[A-Za-z0-9=()., %-]{1,80}$")]


class Attack(TypedDict):
    """AUC, TPR at .1 % FPR, TNR at .1 % FNR, seconds a game."""

    auc: Interval
    tpr: Interval
    tnr: Interval
    seconds: Seconds


class Leader(TypedDict):
    """The strongest attack's rate, and which attack that was for each target (K,)."""

    of: Interval
    chosen: list[Name]


class Fewer(TypedDict):
    """The strongest attacks with so many reference models, the smallest number that a rival has."""

    references: Count
    leaders: dict[Literal["tpr", "tnr"], Leader]


class Accuracy(TypedDict):
    """Of the targets on records of their training and on others."""

    train: Interval
    test: Interval


class Defended(TypedDict):
    """One defense. `correct`: for each target (right answers, records) among those that it did not train on; `right`:
    which those are, for each target a mark for every record under attack, 1 right, 0 wrong, - trained on.
    """

    about: About
    defense: Name
    accuracy: Accuracy
    correct: list[Annotated[list[Count], Meta(min_length=2, max_length=2)]]
    right: NotRequired[list[Annotated[str, Meta(pattern="^[01-]+$")]]]
    attacks: dict[Name, Attack]
    refused: dict[Name, Annotated[str, Meta(max_length=400)]]
    leaders: dict[Literal["tpr", "tnr"], Leader]
    fewer: NotRequired[Fewer]
    query_seconds: Seconds | None
    facts: dict[str, Any]


Numbers = dict[Name, Defended]
