"""Claims of a paper and the rules for their verdicts: confirmed, refuted or left undecided by intervals. Pure.

Every interval holds 95 %. "Confirmed" asks that what is claimed holds beyond its interval, "refuted" that it fails
beyond it: of several comparisons on one data set, by Holm's corrected p values, or by a single one that no number of
ours chose.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

from benchmarks.papers.kit.deciding import Numbers, Open
from benchmarks.statistics.paired import holm

CONFIRMED, REFUTED, UNDECIDED = WORDS = "confirmed", "refuted", "undecided"


@dataclass(frozen=True)
class Verdict:
    """What became of a claim on one data set, and the numbers that decided.

    `word`: one of WORDS, or why numbers decide nothing: then they count for nothing over several data sets. `open`: the
    numbers that are undecided.
    """

    word: str
    why: str
    open: tuple[Open, ...] = ()


@dataclass(frozen=True)
class Claim:
    """A claim of a paper, where it stands there, the parts that show it, and how it is judged.

    `judge`: of one suite's numbers, None where they lack what it needs. `blocks`: of numbers that it compares; that of
    its first part unless given.
    """

    text: str
    where: str
    parts: tuple[str, ...]
    judge: Callable[[Numbers], Verdict | None]
    blocks: tuple[str, ...] = ()


def judge(claim: Claim, numbers: dict[str, Numbers]) -> dict[str, Verdict]:
    """The claim's verdict on every suite that has the numbers for it."""
    found = {suite: claim.judge(run) for suite, run in numbers.items()}
    return {suite: verdict for suite, verdict in found.items() if verdict is not None}


def together(words: Iterable[str]) -> str:
    """A claim about everything: refuted if any part is, confirmed if all are, else undecided."""
    words = list(words)
    if REFUTED in words:
        return REFUTED
    return CONFIRMED if words and set(words) == {CONFIRMED} else UNDECIDED


def ahead(differences: Sequence[Numbers]) -> str:
    """Whether one is ahead of all others, by paired differences {difference, low, high, p} to each of them."""
    behind = holm([d["p"] for d in differences])
    if any(d["difference"] < 0 and p < 0.05 for d, p in zip(differences, behind, strict=True)):
        return REFUTED
    return CONFIRMED if all(d["low"] > 0 for d in differences) else UNDECIDED


def above(interval: Numbers, bar: float) -> str:
    """Whether a number lies above `bar`, by its interval {low, high}."""
    if interval["low"] > bar:
        return CONFIRMED
    return REFUTED if interval["high"] < bar else UNDECIDED


def below(interval: Numbers, bar: Numbers) -> str:
    """Whether a number lies below another, by intervals {low, high} of both."""
    if interval["high"] < bar["low"]:
        return CONFIRMED
    return REFUTED if interval["low"] > bar["high"] else UNDECIDED


def within(change: Numbers | None, margin: float) -> str:
    """Whether a change {low, high} is smaller than `margin` both ways; None, a change that is not known, is open."""
    if change is None:
        return UNDECIDED
    if change["low"] > margin or change["high"] < -margin:
        return REFUTED
    return CONFIRMED if -margin < change["low"] and change["high"] < margin else UNDECIDED
