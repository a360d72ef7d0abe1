"""How well scores and verdicts tell members from non-members, each number with its 95 % interval. Pure.

Ranking metrics look at the target's membership to place their thresholds; verdicts were placed on the
adversary's own shadow model. The two are never mixed in one table column.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.stats import beta

RATES = (0.01, 0.001)
RANKING = ("auc", "tpr_at_1%_fpr", "tpr_at_0.1%_fpr", "tnr_at_1%_fnr", "tnr_at_0.1%_fnr", "balanced_accuracy")


@dataclass(frozen=True)
class Interval:
    """A mean and its 95 % interval; all three None where the data cannot resolve the number."""

    mean: float | None
    low: float | None
    high: float | None


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


def curve(trial: Ranked, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    """False and true positive rates (..., G + 1) at every threshold, from claiming nothing to everything.

    `weights` (..., n) counts how often each record was drawn; None counts each once.
    """
    weights = np.ones(len(trial.member)) if weights is None else weights
    zero = np.zeros((*weights.shape[:-1], 1))
    hits = np.cumsum(weights * trial.member, axis=-1)[..., trial.ends]
    alarms = np.cumsum(weights * ~trial.member, axis=-1)[..., trial.ends]
    tpr, fpr = (np.concatenate([zero, c], axis=-1) / np.maximum(c[..., -1:], 1) for c in (hits, alarms))
    return fpr, tpr


def ranking(trial: Ranked, weights: np.ndarray | None = None) -> dict[str, np.ndarray]:
    """Each of `RANKING` for one trial, shape (...) like the leading axes of `weights`; NaN = not resolvable.

    AUC by the trapezoid rule, that is P(member above non-member) + P(tie) / 2. TPR at an FPR: the greatest
    that some threshold reaches without exceeding it; TNR at an FNR likewise (Carlini et al. 2022, section III).
    """
    fpr, tpr = curve(trial, weights)
    members = int(trial.member.sum())
    others = len(trial.member) - members
    result = {"auc": (np.diff(fpr) * (tpr[..., 1:] + tpr[..., :-1]) / 2).sum(-1)}
    for rate in RATES:
        reached = _last(tpr, fpr <= rate + 1e-12)
        result[f"tpr_at_{rate * 100:g}%_fpr"] = reached if others * rate >= 1 else np.full_like(reached, np.nan)
    for rate in RATES:
        excluded = _last((1 - fpr)[..., ::-1], (1 - tpr)[..., ::-1] <= rate + 1e-12)
        result[f"tnr_at_{rate * 100:g}%_fnr"] = excluded if members * rate >= 1 else np.full_like(excluded, np.nan)
    result["balanced_accuracy"] = ((tpr + 1 - fpr) / 2).max(-1)
    return result


def _last(values: np.ndarray, allowed: np.ndarray) -> np.ndarray:
    """The last of `values` (..., G) whose place in the monotone mask `allowed` is true."""
    return np.take_along_axis(values, allowed.sum(-1, keepdims=True) - 1, axis=-1)[..., 0]


def ranking_intervals(trials: Sequence[Ranked], rng: np.random.Generator, draws: int = 1000) -> dict[str, Interval]:
    """Mean over trials of each of `RANKING`, with a 95 % bootstrap interval over trials and records.

    Each draw resamples the records inside each trial, members and non-members apart. Where the trials scatter
    more than their records explain, the interval is widened about the mean by that ratio.
    """
    points = {name: np.array([ranking(t)[name] for t in trials]) for name in RANKING}
    samples: dict[str, list[np.ndarray]] = {name: [] for name in RANKING}
    for trial in trials:
        drawn = [ranking(trial, w) for w in _resamples(trial.member, rng, draws)]
        for name in RANKING:
            samples[name].append(np.concatenate([d[name] for d in drawn]))
    return {name: _widened(points[name], np.mean(samples[name], axis=0)) for name in RANKING}


def _resamples(member: np.ndarray, rng: np.random.Generator, draws: int) -> list[np.ndarray]:
    """Bootstrap counts (b, n) in blocks small enough for the cache of a small machine."""
    n, block = len(member), max(1, 2_000_000 // len(member))
    groups = (np.flatnonzero(member), np.flatnonzero(~member))
    blocks = []
    for start in range(0, draws, block):
        counts = np.zeros((min(block, draws - start), n), dtype=np.float32)
        for group in groups:
            for row in counts:
                row[group] = np.bincount(rng.integers(len(group), size=len(group)), minlength=len(group))
        blocks.append(counts)
    return blocks


def _widened(points: np.ndarray, means: np.ndarray) -> Interval:
    if np.isnan(points).any():
        return Interval(None, None, None)
    mean, spread = float(points.mean()), float(means.std())
    between = float(points.std(ddof=1)) / len(points) ** 0.5 if len(points) > 1 else 0.0
    factor = between / spread if between > spread > 0 else 1.0
    low, high = np.quantile(means, [0.025, 0.975]) - mean
    return Interval(mean, float(np.clip(mean + factor * low, 0, 1)), float(np.clip(mean + factor * high, 0, 1)))


def clopper_pearson(hits: int, total: int) -> Interval:
    """The rate hits / total with its exact binomial 95 % interval (Clopper and Pearson 1934); None of 0."""
    if total == 0:
        return Interval(None, None, None)
    low = 0.0 if hits == 0 else float(beta.ppf(0.025, hits, total - hits + 1))
    high = 1.0 if hits == total else float(beta.ppf(0.975, hits + 1, total - hits))
    return Interval(hits / total, low, high)
