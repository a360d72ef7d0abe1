"""How well scores and verdicts tell members from non-members, each number with its 95 % interval. Pure.

Ranking metrics look at the target's membership to place their thresholds; verdicts were placed on the
adversary's own shadow model. The two are never mixed in one table column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics import intervals
from benchmarks.statistics.intervals import NOTHING, Interval

RATES = (0.01, 0.001)
RANKING = ("auc", "tpr_at_1%_fpr", "tpr_at_0.1%_fpr", "tnr_at_1%_fnr", "tnr_at_0.1%_fnr", "balanced_accuracy")


@dataclass(frozen=True, eq=False)
class Ranked:
    """One trial's records in descending order of score: `member` (n,) bool, and `ends`, the last position of
    each group of tied scores.
    """

    member: np.ndarray
    ends: np.ndarray


def ranked(scores: np.ndarray, member: np.ndarray) -> Ranked:
    """Sort once; `scores` (n,), higher = member; `member` (n,) bool with both kinds present."""
    order = np.argsort(-scores, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(scores[order]) != 0), len(scores) - 1)
    return Ranked(member[order], ends)


def curve(trial: Ranked) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates (G + 1,) at every threshold, from claiming nothing to everything."""
    hits, alarms = (np.append(0, np.cumsum(of)[trial.ends]) for of in (trial.member, ~trial.member))
    return alarms / max(alarms[-1], 1), hits / max(hits[-1], 1)


def ranking(trial: Ranked) -> dict[str, float]:
    """Each of `RANKING` for one trial; NaN = not resolvable.

    AUC by the trapezoid rule, that is P(member above non-member) + P(tie) / 2. TPR at an FPR: the greatest
    that some threshold reaches without exceeding it; TNR at an FNR likewise (Carlini et al. 2022, section III).
    """
    fpr, tpr = curve(trial)
    members = int(trial.member.sum())
    others = len(trial.member) - members
    result = {"auc": float((np.diff(fpr) * (tpr[1:] + tpr[:-1]) / 2).sum())}
    for rate in RATES:
        reached = tpr[fpr <= rate + 1e-12][-1]
        result[f"tpr_at_{rate * 100:g}%_fpr"] = float(reached) if others * rate >= 1 else np.nan
    for rate in RATES:
        excluded = (1 - fpr)[1 - tpr <= rate + 1e-12][0]
        result[f"tnr_at_{rate * 100:g}%_fnr"] = float(excluded) if members * rate >= 1 else np.nan
    result["balanced_accuracy"] = float(((tpr + 1 - fpr) / 2).max())
    return result


def ranking_intervals(trials: Sequence[tuple[np.ndarray, np.ndarray]], rng: np.random.Generator) -> dict[str, Interval]:
    """Mean over trials (scores (n,), member (n,) bool) of each of `RANKING`, with its interval for the population."""
    points = [ranking(ranked(*trial)) for trial in trials]
    means = {name: float(np.mean([p[name] for p in points])) for name in RANKING}
    forward = [intervals.Places.of(*trial) for trial in trials]
    backward = [intervals.Places.of(-scores, ~member) for scores, member in trials]
    result = {"auc": intervals.auc(trials), "balanced_accuracy": intervals.balanced_accuracy(forward)}
    for names, places in ((RANKING[1:3], forward), (RANKING[3:5], backward)):
        _, low, high = intervals.true_positive_rates(places, np.array(RATES), rng)
        for name, start, end in zip(names, low, high, strict=True):
            mean = means[name]
            found = not np.isnan(mean)
            result[name] = Interval(mean, float(min(start, mean)), float(max(end, mean))) if found else NOTHING
    return {name: result[name] for name in RANKING}


def roc(
    trials: Sequence[tuple[np.ndarray, np.ndarray]], rates: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Mean TPR over trials at each FPR of `rates` (G,), and the ends of its pointwise 95 % interval, each (G,)."""
    curves = []
    for trial in trials:
        fpr, tpr = curve(ranked(*trial))
        curves.append(tpr[np.searchsorted(fpr, rates + 1e-12, side="right") - 1])
    mean = np.mean(curves, axis=0)
    _, low, high = intervals.true_positive_rates([intervals.Places.of(*trial) for trial in trials], rates, rng)
    return {"fpr": rates, "tpr": mean, "low": np.minimum(low, mean), "high": np.maximum(high, mean)}
