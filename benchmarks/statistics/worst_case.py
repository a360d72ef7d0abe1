"""Canaries: the mislabeled records of a game, which are judged on their own. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from benchmarks.statistics.curves import Curve
from benchmarks.statistics.values import FEWEST, NOTHING, Interval, holds


@dataclass(frozen=True, eq=False)
class Canaries:
    """What one attack said of the c canaries in one game.

    `member` (c,) bool; `scores` (c,) float64, higher = member; `which` (c,) the same number for the same canary in all
    games. Raises ValueError on arrays of other shapes.
    """

    member: np.ndarray
    scores: np.ndarray
    which: np.ndarray

    def __post_init__(self) -> None:
        shape = self.member.shape
        if len(shape) != 1 or self.scores.shape != shape or self.which.shape != shape:
            found = self.member.shape, self.scores.shape, self.which.shape
            raise ValueError(f"expected member, scores and numbers of as many canaries, got {found}")
        if self.member.dtype != bool or not np.isfinite(self.scores).all():
            raise ValueError(f"expected canaries with bool membership and finite scores, got {self.member.dtype}")

    @cached_property
    def curve(self) -> Curve:
        """The ROC curve of the canaries alone."""
        return Curve.of(self.scores, self.member)

    def tpr(self, rate: float) -> float:
        """The greatest TPR that keeps an FPR among the canaries; NaN where they cannot resolve it."""
        enough = self.member.any() and (~self.member).sum() * rate >= 1
        return float(self.curve.tpr_at(np.array([rate]))[0]) if enough else np.nan


def tpr(games: Sequence[Canaries], rate: float, rng: np.random.Generator) -> Interval:
    """TPR at an FPR, the canaries of all K games under one threshold (Aerni, Zhang and Tramèr 2024), with its interval.

    That of independent records, stretched on the scale of probits: a canary is in many games and a target has many
    canaries, so hits and false alarms at the threshold have the variance of clusters both ways (Cameron, Gelbach and
    Miller 2011). Fewer than FEWEST targets cannot tell how they scatter. Nothing where canaries resolve no such rate.
    """
    from scipy.special import ndtr, ndtri

    from benchmarks.statistics import intervals

    pooled = Canaries(*(np.concatenate([getattr(g, name) for g in games]) for name in ("member", "scores", "which")))
    mean = pooled.tpr(rate)
    if np.isnan(mean):
        return NOTHING
    places = [intervals.Places.of(pooled.scores, pooled.member)]
    _, *ends = intervals.true_positive_rates(places, np.array([rate]), rng)
    members = places[0].members
    near = float(ndtri((mean * members + 0.5) / (members + 1)))
    width = np.abs(near - ndtri([float(end[0]) for end in ends])) * _stretch(pooled, games, ends, rate)
    low, high = (float(x) for x in ndtr(near + width * [-1, 1]))
    return Interval(mean, min(low, mean), max(high, mean), holds(len(games)))


def _stretch(pooled: Canaries, games: Sequence[Canaries], ends: Sequence[np.ndarray], rate: float) -> float:
    """How much wider than between the `ends` that independent records have the interval is; at least 1."""
    from benchmarks.statistics.distributions import normal_point, student_point

    game = np.repeat(np.arange(len(games)), [len(g.member) for g in games])
    others = np.sort(pooled.scores[~pooled.member])[::-1]
    above = pooled.scores > others[int(len(others) * rate + 1e-9)]
    found = [_effects(above[of], pooled.which[of], game[of]) for of in (pooled.member, ~pooled.member)]
    share = float(above[pooled.member].mean())
    records = share * (1 - share) / pooled.member.sum()
    whole = max(float(ends[1][0] - ends[0][0]) / (2 * normal_point(0.025)), 1e-9) ** 2
    hits, alarms = (effect for effect, _ in found)
    variance = whole + (hits - 1) * records + (alarms - 1) * max(whole - records, 0.0)
    scatter = student_point(0.025, len(games) - 1) / normal_point(0.025) if any(targets for _, targets in found) else 1
    return float((variance / whole) ** 0.5 * scatter)


def _effects(above: np.ndarray, canary: np.ndarray, game: np.ndarray) -> tuple[float, bool]:
    """How much greater the variance of a share of records (N,) is than of independent ones, and whether that of targets
    is.
    """
    left = above - above.mean()
    alone = float((left**2).sum())
    if not alone:
        return 1.0, False
    by_canary = _clustered(left, canary)
    by_target = _clustered(left, game) if len(np.unique(game)) >= FEWEST else 0.0
    most = max(alone, by_canary, by_target, by_canary + by_target - alone)
    return most / alone, by_target > alone


def _clustered(left: np.ndarray, cluster: np.ndarray) -> float:
    """The variance of the sum of the residuals (N,) when those of one cluster (N,) belong together."""
    sums = np.bincount(np.unique(cluster, return_inverse=True)[1], left)
    return float((sums**2).sum()) * len(sums) / max(len(sums) - 1, 1)
