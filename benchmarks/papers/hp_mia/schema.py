"""The type of one suite's numbers."""

from __future__ import annotations

from typing import Annotated, Literal, NotRequired, TypedDict

from msgspec import Meta

from benchmarks.papers.kit import About

Share = Annotated[float, Meta(ge=0, le=1)]
Count = Annotated[int, Meta(ge=0, le=10**15)]
Alpha = Literal["0.9", "0.98", "1"]
Name = Literal["loss", "conf", "mentr", "c-loss", "c-conf", "two-stage", "lira-offline", "attack-r", "two-stage-lira"]


class Interval(TypedDict):
    """A share and its interval; None where nobody is claimed. `holds`: for what (`statistics.values.Interval`)."""

    mean: Share | None
    low: Share | None
    high: Share | None
    holds: NotRequired[Literal["population", "targets"]]


class Change(TypedDict):
    """A difference and its interval."""

    difference: float
    low: float
    high: float


class Lead(Change):
    """A paired difference, with its p value."""

    p: Share


class Accuracy(TypedDict):
    """Of the targets on records of their training and on others."""

    train: Interval
    test: Interval


class Verdicts(TypedDict):
    """Counts (K,) at one precision demand; `members` of all targets; `reached`: the demand on every shadow model."""

    tp: list[Count]
    fp: list[Count]
    members: Count
    precision: Interval
    recall: Interval
    reached: bool


class Roc(TypedDict):
    """A mean curve."""

    fpr: list[Share]
    tpr: list[Share]


class Sweep(TypedDict):
    """Counts (A,) over all targets at each precision demand."""

    alpha: list[Share]
    tp: list[Count]
    fp: list[Count]


class Measured(TypedDict):
    """One attack on all targets; `verdicts` by demand."""

    members: Count
    others: Count
    auc: Interval
    roc: Roc
    sweep: Sweep
    verdicts: Annotated[dict[Alpha, Verdicts], Meta(min_length=3)]


class Attack(Measured):
    """One attack with so many references."""

    references: Count


class Row(Measured):
    """Two-stage against one L2 factor."""

    accuracy: Accuracy


class References(Verdicts):
    """Two-stage with so many references; some rows have curves."""

    references: Count
    auc: Interval
    more_than_one: Lead
    precision_change: Change | None
    others: NotRequired[Count]
    roc: NotRequired[Roc]
    sweep: NotRequired[Sweep]


class Beta(TypedDict):
    """Two-stage with the demand on exclusion held at each of `beta`."""

    alpha: Share
    beta: list[Share]
    tp: list[Count]
    fp: list[Count]
    reached: list[bool]


class Difficulty(TypedDict):
    """Histograms of difficulty among identified and missed members; `harder`: a chance."""

    alpha: Share
    edges: list[float]
    identified: list[Count]
    missed: list[Count]
    harder: Interval


class Counts(TypedDict):
    """Of each target (K,) at one precision demand."""

    tp: list[Count]
    fp: list[Count]


class Pooled(TypedDict):
    """Thresholds from so many shadow models; `trials`: the places of the targets (K,) that have as many."""

    shadows: Count
    trials: list[Count]
    attacks: Annotated[dict[Name, Annotated[dict[Alpha, Counts], Meta(min_length=3)]], Meta(min_length=5)]


class Why(TypedDict):
    """Of each target (K,): `hp_mia.why.measured`."""

    overlap: list[Share]
    remain: list[Share]
    hard: list[Share]


class Lambdas(TypedDict):
    """Table 6, by the paper's spelling of the factor."""

    about: About
    rows: dict[str, Row]


class Numbers(TypedDict, total=False):
    """All blocks; each is there where it was measured."""

    about: About
    accuracy: Accuracy
    attacks: Annotated[dict[Name, Attack], Meta(min_length=9)]
    auc_lead: Annotated[dict[Name, Lead], Meta(min_length=4)]
    tp_lead: Annotated[dict[Alpha, Annotated[dict[Name, Lead], Meta(min_length=3)]], Meta(min_length=2)]
    by_beta: Beta
    by_references: list[References]
    difficulty: Difficulty | None
    lambdas: Lambdas
    shadows: list[Pooled]
    why: Why
