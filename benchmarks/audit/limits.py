"""Limits that an audit must keep: ``tpr@0.1%fpr=0.05`` and the like, for a pipeline that fails where one is broken."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, NamedTuple

from benchmarks.audit.summary import key_of
from benchmarks.naming.nearest import nearest
from benchmarks.naming.wording import shown

if TYPE_CHECKING:
    from benchmarks.audit.findings import Findings

RATES = {key_of(rate): rate for rate in (0.01, 0.001)}
EPSILON = "epsilon"
NUMBERS = ("auc", *RATES, EPSILON)


class Limit(NamedTuple):
    """What a number of an audit may be at most."""

    number: str
    most: float


def read(words: Sequence[str]) -> tuple[Limit, ...]:
    """Limits as they are spelled.

    Raises ValueError on an unknown number, on one that is given twice, and on a value that limits nothing.
    """
    made: list[Limit] = []
    for word in words:
        number, _, value = word.rpartition("=")
        if number not in NUMBERS:
            raise ValueError(f"--fail-above: expected NUMBER=VALUE, got {shown(word)}; {nearest(number, NUMBERS)}")
        try:
            most = float(value)
        except ValueError:
            most = math.nan
        if not 0 <= most < (math.inf if number == EPSILON else 1):
            wanted = "0 or more" if number == EPSILON else "a share from 0 to below 1"
            raise ValueError(f"--fail-above: expected {wanted} for {number}, got {shown(value)}")
        if number in [limit.number for limit in made]:
            raise ValueError(f"--fail-above: expected {number} once, got it twice")
        made.append(Limit(number, most))
    return tuple(made)


def broken(audit: Findings, limits: Sequence[Limit]) -> list[str]:
    """A sentence on each limit that the audit breaks: its number's interval, or the bound by one run, lies above.

    Raises ValueError where an audit of so few records cannot tell.
    """
    made = []
    for number, most in limits:
        if number == EPSILON:
            low: float | None = audit.epsilon[0].epsilon  # the bound that assumes least of the mechanism
        else:
            low = (audit.strongest.auc if number == "auc" else audit.strongest.tpr[RATES[number]]).low
        if low is None:
            least = math.ceil(2 / RATES[number])
            others = int((~audit.case.answers.member).sum())
            raise ValueError(f"--fail-above: {number} needs {least:,} non-members or more, got {others:,}")
        if low > most:
            made.append(f"{number} is above {most:g}: at least {low:.4g}")
    return made
