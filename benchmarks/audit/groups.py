"""Whether one group of records is more exposed than another: class, sex, region, whatever slices the records."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics import intervals
from benchmarks.statistics.exposure import RATE
from benchmarks.statistics.paired import holm
from benchmarks.statistics.values import Interval

FEWEST = 20  # members, and non-members, of a group that is judged
LEVEL = 0.05


@dataclass(frozen=True)
class Group:
    """One group: how many members and non-members, how well they are told apart (`auc`), and the share of its members
    above the threshold that RATE of all non-members reach (`found`), and of its own non-members (`alarms`).
    """

    name: str
    members: int
    others: int
    auc: Interval
    found: Interval
    alarms: Interval


@dataclass(frozen=True)
class Slicing:
    """Groups by one column, the most exposed first; `small`: those of fewer than FEWEST of either kind. `p`: of "all
    are as exposed", by Cochran's (1954) Q of their AUCs, None of fewer than two; Holm's (1979) over all slicings.
    """

    column: str
    groups: tuple[Group, ...]
    small: tuple[str, ...]
    p: float | None

    @property
    def verdict(self) -> str:
        """Whether exposure differs between groups, in a word."""
        return "not tested" if self.p is None else "yes" if self.p < LEVEL else "not shown"


def slicings(
    columns: Mapping[str, np.ndarray],
    scores: np.ndarray,
    member: np.ndarray,
    half: np.ndarray,
    p: np.ndarray,
    effect: float = 1.0,
) -> tuple[Slicing, ...]:
    """Every column (n,) of words, judged by `scores` (n,), compared within a half (n,) bool; `p` (n,) as `standing`;
    `effect`: the design effect of the halves.
    """
    made = {name: _slicing(words, scores, member, half, p, effect) for name, words in columns.items()}
    tested = [name for name, (_, _, chance) in made.items() if chance is not None]
    corrected = dict(zip(tested, holm([float(made[name][2] or 0.0) for name in tested]), strict=True))
    return tuple(Slicing(name, groups, small, corrected.get(name)) for name, (groups, small, _) in made.items())


def _slicing(
    words: np.ndarray, scores: np.ndarray, member: np.ndarray, half: np.ndarray, p: np.ndarray, effect: float
) -> tuple[tuple[Group, ...], tuple[str, ...], float | None]:
    from scipy.special import chdtrc

    groups, small, points, weights = [], [], [], []
    for word in np.unique(words):
        of = words == word
        counts = [int((of & kind).sum()) for kind in (member, ~member)]
        if min(counts) < FEWEST:
            small.append(str(word))
            continue
        trials = [(scores[of & side], member[of & side]) for side in (half, ~half)]
        trials = [(s, m) for s, m in trials if 0 < m.sum() < len(m)]
        point, variance = _auc(trials)
        points.append(point)
        shared = effect if len(trials) > 1 else 1.0
        weights.append(1 / (variance * shared))
        rates = [
            intervals.clopper_pearson(int((p[of & kind] <= RATE).sum()), int((of & kind).sum()))
            for kind in (member, ~member)
        ]
        groups.append(Group(str(word), counts[0], counts[1], intervals.auc(trials, shared), rates[0], rates[1]))
    groups.sort(key=lambda group: -(group.auc.mean or 0.0))
    if len(groups) < 2:
        return tuple(groups), tuple(small), None
    middle = np.average(points, weights=weights)
    spread = float((np.array(weights) * (np.array(points) - middle) ** 2).sum())
    return tuple(groups), tuple(small), float(chdtrc(len(groups) - 1, spread))


def _auc(trials: list[tuple[np.ndarray, np.ndarray]]) -> tuple[float, float]:
    """The mean AUC of some trials, and its variance by records."""
    points, variances = zip(*(intervals.delong(*trial) for trial in trials), strict=True)
    return float(np.mean(points)), sum(variances) / len(trials) ** 2
