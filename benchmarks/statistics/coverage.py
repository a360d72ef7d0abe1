"""How often intervals hold the truth: whole games simulated in worlds whose truth is known. Pure.

Others' scores are N(0, 1), members' N(leak, 1), half of n records members. Each target has its own leak,
N(middle, scatter), and a shadow model has another, on whose n records Algorithm 2 chooses thresholds.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
from scipy.special import ndtr, ndtri

from attacks.thresholds import inclusion, resampled
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import ALPHAS, Played
from benchmarks.statistics.values import holds

ALPHA = 0.98
RATES = {"tpr_at_1%_fpr": 0.01, "tpr_at_0.1%_fpr": 0.001}
MEASURED = ("auc", *RATES, f"tp_at_{ALPHA}", f"precision_at_{ALPHA}")
TARGETS = (2, 4, 8)
APART = 12.0  # a leak that no draw bridges
SHADOWS = 31  # leaks of shadow models that stand for all


@dataclass(frozen=True)
class World:
    """n records a game, the mean AUC of targets whose leaks scatter by `scatter`; `draws`: resampled rehearsals."""

    n: int
    auc: float
    scatter: float
    draws: int = 40

    @property
    def middle(self) -> float:
        """The mean leak: E Phi((leak + scatter Z) / sqrt 2) = Phi(leak / sqrt(2 + scatter^2))."""
        return APART if self.auc == 1 else float(ndtri(self.auc)) * (2 + self.scatter**2) ** 0.5

    @property
    def member(self) -> np.ndarray:
        """(n,) the first half."""
        return np.arange(self.n) < self.n // 2

    def scores(self, leak: float, rng: np.random.Generator) -> np.ndarray:
        """(n,) of one model."""
        return rng.normal(size=self.n) + leak * self.member

    @cached_property
    def thresholds(self) -> tuple[np.ndarray, np.ndarray]:
        """Leaks (31,) of shadow models, equally likely, and (31, 200) thresholds that rehearsals on each lead to."""
        rng = np.random.default_rng(self.n)
        leaks = self.middle + self.scatter * ndtri((np.arange(SHADOWS) + 0.5) / SHADOWS)
        demand = np.array([ALPHA])
        found = [[inclusion(self.scores(x, rng), self.member, demand)[0] for _ in range(200)] for x in leaks]
        return leaks, np.array(found)

    def game(self, target: float, shadow: float, rng: np.random.Generator) -> Played:
        """One attack on a target of that leak, rehearsed on a shadow model of another."""
        rehearsed, scores = self.scores(shadow, rng), self.scores(target, rng)
        alphas = np.array(ALPHAS)
        verdicts = scores >= inclusion(rehearsed, self.member, alphas)[:, None]
        again = resampled(rehearsed, self.member, alphas, self.draws, rng)
        return Played(self.member, scores, verdicts, np.ones(len(ALPHAS)), 0.0, alphas=ALPHAS, resampled=again)


def truth(world: World, targets: np.ndarray, shadows: np.ndarray) -> dict[str, float]:
    """What each of MEASURED is of: models of these leaks (K,) on any records where there are too few of them,
    else all models.
    """
    s = world.scatter
    if holds(len(targets)) == "population":
        targets, shadows, wide = np.array([world.middle]), np.array([]), s
    else:
        wide = 0.0
    leaks, thresholds = world.thresholds
    above = ndtr((targets[:, None, None] - thresholds) / (1 + wide**2) ** 0.5).mean(-1)  # (K, 31)
    below = ndtr(-thresholds).mean(-1)
    if len(shadows) and s:
        tp = np.mean([np.interp(x, leaks, row) for x, row in zip(shadows, above, strict=True)])
        fp = np.mean(np.interp(shadows, leaks, below))
    else:
        tp, fp = above.mean(), below.mean()
    members = world.n // 2
    return {
        "auc": float(ndtr(targets / (2 + wide**2) ** 0.5).mean()),
        **{key: float(ndtr((targets + ndtri(rate)) / (1 + wide**2) ** 0.5).mean()) for key, rate in RATES.items()},
        f"tp_at_{ALPHA}": float(tp) * members,
        f"precision_at_{ALPHA}": float(tp / (tp + fp)),
    }


@dataclass(frozen=True)
class Covered:
    """Of the `resolved` of all simulations the share whose interval held the truth, missed it below, missed it above,
    and the intervals' median width.
    """

    world: World
    targets: int
    measure: str
    resolved: int
    held: float
    above: float
    under: float
    width: float


def coverage(world: World, simulations: int, seed: int, targets: Sequence[int] = TARGETS) -> Iterator[Covered]:
    """A row for each number of targets and each of MEASURED. The fewer targets are the first of the many."""
    rng = np.random.default_rng([seed, world.n, int(world.auc * 1e6), int(world.scatter * 1e6)])
    found: dict[tuple[int, str], list[tuple[bool, bool, float]]] = {(k, m): [] for k in targets for m in MEASURED}
    for _ in range(simulations):
        own, shadow = world.middle + world.scatter * rng.normal(size=(2, max(targets)))
        games = [world.game(x, y, rng) for x, y in zip(own, shadow, strict=True)]
        for k in targets:
            true = truth(world, own[:k], shadow[:k])
            for measure in MEASURED:
                made = METRICS[measure].interval(METRICS[measure], games[:k], rng)
                if made.low is not None and made.high is not None:
                    low, high = made.low - 1e-9, made.high + 1e-9
                    found[k, measure].append((low > true[measure], high < true[measure], made.high - made.low))
    for (k, measure), rows in found.items():
        above, under, width = np.array(rows, float).T if rows else np.empty((3, 0))
        if rows:
            held = 1 - float(above.mean()) - float(under.mean())
            spread = float(np.median(width))
            yield Covered(world, k, measure, len(rows), held, float(above.mean()), float(under.mean()), spread)
