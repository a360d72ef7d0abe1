"""What a machine reads of an audit: summary.json, whose schema changes by its number alone."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from benchmarks.audit import wording
from benchmarks.results.checking import Plain
from benchmarks.statistics.values import Interval

if TYPE_CHECKING:
    from benchmarks.audit.findings import Findings

SCHEMA = 1


class Found(Plain, frozen=True):
    """A number with its 95 % interval; all null where there are too few records."""

    mean: float | None
    low: float | None
    high: float | None


class Strongest(Plain, frozen=True):
    """The strongest attack, each half of the records judged by the one that finds most in the other (`attacks`). `p` of
    "members and others score alike"; `metrics`: auc, tpr@1%fpr, tpr@0.1%fpr.
    """

    attacks: tuple[str, ...]
    p: float
    metrics: dict[str, Found]


class Played(Plain, frozen=True):
    """One attack on all records."""

    attack: str
    access: str
    needs: str
    metrics: dict[str, Found]


class Left(Plain, frozen=True):
    """An attack that could not play, or failed, and why."""

    attack: str
    reason: str
    failed: bool


class Group(Plain, frozen=True):
    """One group of records, as `groups.Group`."""

    name: str
    members: int
    others: int
    auc: Found
    found: Found
    alarms: Found


class Slicing(Plain, frozen=True):
    """The groups of one column; `differs`: yes, not shown, or not tested; p after Holm's correction."""

    column: str
    differs: str
    p: float | None
    groups: tuple[Group, ...]
    small: tuple[str, ...]


class Bound(Plain, frozen=True):
    """A bound on epsilon from below, what was observed and what it assumes; `above` the claim, where one was made."""

    method: str
    epsilon: float
    delta: float
    confidence: float
    observed: str
    assumes: tuple[str, ...]
    above: bool | None


class Summary(Plain, frozen=True):
    """An audit. `gives_away`: null where the input seems out of order, or members and non-members are
    not of one kind, so that no number means it."""

    schema: int
    name: str
    headline: str
    gives_away: bool | None
    warnings: tuple[str, ...]
    members: int
    others: int
    holds: str
    adversary: str
    accuracy: dict[str, Found]
    strongest: Strongest
    exposed: int
    attacks: tuple[Played, ...]
    left: tuple[Left, ...]
    groups: tuple[Slicing, ...]
    epsilon: tuple[Bound, ...]
    versions: dict[str, str]


def summary(audit: Findings) -> Summary:
    """The summary of an audit."""
    from benchmarks.training.facts import versions

    member = audit.case.answers.member
    metrics = {"auc": audit.strongest.auc} | {key_of(rate): of for rate, of in audit.strongest.tpr.items()}
    return Summary(
        schema=SCHEMA,
        name=audit.name,
        headline=wording.headline(audit),
        gives_away=audit.seen if audit.meant and not audit.doubts else None,
        warnings=audit.warnings,
        members=int(member.sum()),
        others=int((~member).sum()),
        holds=audit.case.answers.said.kind,
        adversary=audit.adversary,
        accuracy={"members": _found(audit.utility.train), "others": _found(audit.utility.test)},
        strongest=Strongest(audit.strongest.attacks, audit.strongest.p, {k: _found(of) for k, of in metrics.items()}),
        exposed=len(audit.exposed),
        attacks=tuple(_played(record, audit) for record in audit.attacked.records),
        left=tuple(Left(of.attack, of.reason, of.failed) for of in audit.left),
        groups=tuple(
            Slicing(of.column, of.verdict, of.p, tuple(_group(group) for group in of.groups), of.small)
            for of in audit.groups
        ),
        epsilon=tuple(
            Bound(of.method, of.epsilon, of.delta, of.confidence, str(of.assumptions.observed), of.assumptions.needs,
                  None if audit.claimed is None else of.above(audit.claimed))
            for of in audit.epsilon
        ),
        versions=versions(),
    )  # fmt: skip


def key_of(rate: float) -> str:
    """What the TPR at a false positive rate is called: ``tpr@0.1%fpr``."""
    return f"tpr@{100 * rate:g}%fpr"


def text_of(audit: Findings) -> str:
    """The summary as JSON, a line an entry."""
    plain: dict[str, Any] = msgspec.to_builtins(summary(audit))
    return json.dumps(plain, indent=1, ensure_ascii=False, allow_nan=False) + "\n"


def _found(of: Any) -> Found:
    return Found(of.mean, of.low, of.high)


def _group(group: Any) -> Group:
    rates: list[Interval] = [group.auc, group.found, group.alarms]
    return Group(group.name, group.members, group.others, *map(_found, rates))


def _played(record: Any, audit: Findings) -> Played:
    metrics = {"auc": _found(record.metrics["auc"])}
    for rate in audit.strongest.tpr:
        metrics[key_of(rate)] = _found(record.metrics[f"tpr_at_{100 * rate:g}%_fpr"])
    return Played(record.attack.name, record.attack.access, record.attack.needs, metrics)


def audited(path: Path) -> bool:
    """Whether a file is the summary of an audit, of whatever schema."""
    try:
        made = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(made, dict) and {"schema", "name", "headline", "gives_away"} <= made.keys()
