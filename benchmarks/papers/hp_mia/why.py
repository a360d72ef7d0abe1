"""When does membership exclusion pay? One quantity and a cut, tested on data sets that did not make the rule. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from benchmarks.papers.hp_mia.demand import deciding
from benchmarks.papers.kit import Numbers, Setting

BETA = 0.98  # the demand on exclusion alone
HARD = float(np.log(2))  # nats: the references give the label less than half of the probability
WORTH = 0.005  # a lead of AUC that is surely smaller is none
DATA_SETS, KIND = 5, 2  # a rule needs so many data sets, and so many suites of each kind
QUANTITIES = {
    "gap": "train minus test accuracy",
    "overlap": "overlap of the loss among easy records",
    "remain": "share of members after exclusion alone",
    "hard": "share of members that references find hard",
}


def measured(s0: np.ndarray, member: np.ndarray, hard: np.ndarray, cut: float) -> Numbers:
    """Of one target: `s0` (n,) minus its loss, `member` (n,) bool, `hard` (n,) the mean loss on the references, and the
    `cut` below which a record is excluded, NaN for nobody.

    overlap: 1 minus the distance of Kolmogorov and Smirnov between the losses of members and others, among the easier
    half of the records. remain: the share of members among those not excluded. hard: that of members above HARD.
    """
    easy, rest = hard <= np.median(hard), ~(s0 < cut)
    inside, outside = (np.sort(s0[easy & of]) for of in (member, ~member))
    at = np.concatenate([inside, outside])
    below = [np.searchsorted(of, at, side="right") / max(len(of), 1) for of in (inside, outside)]
    apart = float(np.abs(below[0] - below[1]).max()) if len(inside) and len(outside) else 0.0
    return {
        "overlap": 1 - apart,
        "remain": float(member[rest].mean()) if rest.any() else 1.0,
        "hard": float((hard[member] > HARD).mean()),
    }


def quantities(run: Numbers) -> dict[str, float]:
    """The means over targets, by the names of QUANTITIES."""
    accuracy = run["accuracy"]
    gap = accuracy["train"]["mean"] - accuracy["test"]["mean"]
    return {"gap": gap, **{name: float(np.mean(run["why"][name])) for name in QUANTITIES if name != "gap"}}


def lead(run: Numbers) -> Numbers:
    """Two-stage's lead of AUC over the nearest other attack, {difference, low, high}."""
    found: Numbers = min(run["auc_lead"].values(), key=lambda of: of["difference"])
    return found


def pays(run: Numbers) -> bool | None:
    """Whether exclusion pays: its lead is beyond its interval, or surely below WORTH; None where that is open."""
    found = lead(run)
    if found["high"] < WORTH:
        return False
    return True if found["low"] > 0 else None


@dataclass(frozen=True)
class Point:
    """A suite whose answer is known; suites with one `data` set are never apart."""

    data: str
    values: dict[str, float]
    pays: bool


@dataclass(frozen=True)
class Rule:
    """Exclusion pays where a quantity is `above` the cut, or where it is not."""

    quantity: str
    cut: float
    above: bool

    def says(self, values: dict[str, float]) -> bool:
        """Whether it pays, by the rule."""
        return (values[self.quantity] > self.cut) == self.above


@dataclass(frozen=True)
class Tested:
    """A rule of all points; `right` of `total` suites are foretold by the rule of the other data sets."""

    rule: Rule
    right: int
    total: int


def points_of(settings: Sequence[Setting], numbers: dict[str, Numbers]) -> list[Point]:
    """The suites of real data that have memorised, and in which it is decided whether exclusion pays."""
    runs = [r for r in deciding(settings, numbers) if "why" in r and not r["about"]["synthetic"]]
    known = [(run, answer) for run in runs if (answer := pays(run)) is not None]
    return [Point(run["about"]["digest"], quantities(run), answer) for run, answer in known]


def rule_of(points: Sequence[Point]) -> Rule:
    """The rule with fewest errors on the points; of equals, the one whose cut lies widest between two of them."""
    best: tuple[tuple[int, float], Rule] | None = None
    for name in QUANTITIES:
        values = sorted({point.values[name] for point in points})
        for low, high in pairwise(values):
            for above in (True, False):
                rule = Rule(name, (low + high) / 2, above)
                wrong = sum(rule.says(point.values) != point.pays for point in points)
                order = (wrong, -(high - low) / (values[-1] - values[0]))
                if best is None or order < best[0]:
                    best = order, rule
    assert best is not None
    return best[1]


def tested(points: Sequence[Point]) -> Tested | None:
    """The rule and its test, each data set left out in turn; None where there are too few of them.

    Too few: below DATA_SETS data sets, or below KIND suites in which exclusion pays, or in which it does not; or all
    suites alike in every quantity.
    """
    sets = {point.data for point in points}
    paying = sum(point.pays for point in points)
    if len(sets) < DATA_SETS or min(paying, len(points) - paying) < KIND:
        return None
    right = 0
    for data in sets:
        rest = [point for point in points if point.data != data]
        if all(len({point.values[name] for point in rest}) < 2 for name in QUANTITIES):
            return None
        rule = rule_of(rest)
        right += sum(rule.says(point.values) == point.pays for point in points if point.data == data)
    return Tested(rule_of(points), right, len(points))
