"""Whether one group of records is more exposed than another: class, sex, region, whatever slices the records."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics import intervals
from benchmarks.statistics.curves import placements
from benchmarks.statistics.exposure import RATE, Trial
from benchmarks.statistics.paired import holm
from benchmarks.statistics.values import NOTHING, Interval

FEWEST = 20  # members, and non-members, of a group that is judged
LEVEL = 0.05


@dataclass(frozen=True)
class Group:
    """One group: how many members and non-members, how well they are told apart (`auc`), and the share of its members
    above the threshold that RATE of all non-members reach (`found`), and of its own non-members (`alarms`); nothing
    where a half has too few non-members for such a threshold.
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
    resolved = min(int((side & ~member).sum()) for side in (half, ~half)) * RATE >= 1
    groups, small, tried = [], [], []
    for word in np.unique(words):
        of = words == word
        counts = [int((of & kind).sum()) for kind in (member, ~member)]
        if min(counts) < FEWEST:
            small.append(str(word))
            continue
        trials = [(scores[of & side], member[of & side]) for side in (half, ~half)]
        trials = [(s, m) for s, m in trials if 0 < m.sum() < len(m)]
        tried.append(trials)
        rates = [
            intervals.clopper_pearson(int((p[of & kind] <= RATE).sum()), int((of & kind).sum()))
            if resolved
            else NOTHING
            for kind in (member, ~member)
        ]
        auc = intervals.auc(trials, _shared(trials, effect))
        groups.append(Group(str(word), counts[0], counts[1], auc, rates[0], rates[1]))
    groups.sort(key=lambda group: -(group.auc.mean or 0.0))
    return tuple(groups), tuple(small), _alike(tried, effect) if len(groups) > 1 else None


def _shared(trials: Sequence[Trial], effect: float) -> float:
    return effect if len(trials) > 1 else 1.0


def _alike(groups: Sequence[Sequence[Trial]], effect: float) -> float:
    """Cochran's p of "all groups have one AUC", of each group's trials.

    The variance of placements is that of all groups together: that of one group's few records would be small where they
    happen to rank well, and so give them weight.
    """
    from scipy.special import chdtrc

    sides = [[placements(*trial) for trial in trials] for trials in groups]
    spread = [_variance([of[kind] for trials in sides for of in trials]) for kind in (0, 1)]  # members, others
    points = np.array([np.mean([inside.mean() for inside, _ in trials]) for trials in sides])
    variances = np.array([
        sum(spread[0] / len(x) + spread[1] / len(y) for x, y in trials) / len(trials) ** 2 * _shared(trials, effect)
        for trials in sides
    ])  # fmt: skip
    if not variances.all():
        return float(np.ptp(points) == 0)
    q = float(((points - np.average(points, weights=1 / variances)) ** 2 / variances).sum())
    return float(chdtrc(len(points) - 1, q))


def _variance(samples: Sequence[np.ndarray]) -> float:
    """The variance within samples, (n,) each, of all of them together."""
    freedom = sum(len(of) - 1 for of in samples)
    return float(sum(((of - of.mean()) ** 2).sum() for of in samples)) / max(freedom, 1)
