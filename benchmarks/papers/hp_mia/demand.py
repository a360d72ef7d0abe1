"""The precision that was demanded and the one that was reached: how often a threshold misses, by how much. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.papers.hp_mia.settings import undecided
from benchmarks.papers.kit import Numbers, Setting
from benchmarks.statistics.intervals import clopper_pearson

SHADOWS = (2, 4, 8)  # shadow models whose records are pooled, beside the paper's one
POOLING = ("c-loss", "c-conf", "lira-offline", "attack-r", "two-stage")


@dataclass(frozen=True)
class Missed:
    """Of some targets at one demand: `games` in which somebody is claimed, in how many of them the precision lies
    `below` the demand, in how many `surely`, and by how much, the mean over those `below`, a share.

    `surely`: the whole 95 % interval of Clopper and Pearson (1934) does.
    """

    games: int
    below: int
    surely: int
    by: float


def missed(tp: Sequence[int], fp: Sequence[int], alpha: float) -> Missed:
    """What became of the demand `alpha` by counts (K,)."""
    claims = [(t, t + f) for t, f in zip(tp, fp, strict=True) if t + f]
    short = [alpha - t / n for t, n in claims if t < alpha * n]
    highs = [clopper_pearson(t, n).high for t, n in claims]
    surely = sum(high is not None and high < alpha for high in highs)
    return Missed(len(claims), len(short), surely, float(np.mean(short)) if short else 0.0)


def deciding(settings: Iterable[Setting], numbers: dict[str, Numbers]) -> list[Numbers]:
    """The numbers of those settings whose targets have memorised."""
    runs = [numbers[s.suite] for s in settings if "attacks" in numbers.get(s.suite, {})]
    return [run for run in runs if not undecided(run["about"]["suite"], run)]


def of_one(runs: Sequence[Numbers], attack: str, alpha: str) -> Missed:
    """With one shadow model, over all targets of some suites."""
    verdicts = [run["attacks"][attack]["verdicts"][alpha] for run in runs]
    pairs = [pair for v in verdicts for pair in zip(v["tp"], v["fp"], strict=True)]
    return _of_pairs(pairs, alpha)


def _of_pairs(pairs: Sequence[tuple[int, int]], alpha: str) -> Missed:
    return missed([tp for tp, _ in pairs], [fp for _, fp in pairs], float(alpha))


@dataclass(frozen=True)
class Gain:
    """The same targets with one shadow model and with several; `kept`: TP with several, as a share of TP with one."""

    one: Missed
    several: Missed
    kept: float


def of_several(runs: Sequence[Numbers], attack: str, alpha: str, shadows: int) -> Gain | None:
    """With so many shadow models, over those targets that have as many; None where there is none."""
    one: list[tuple[int, int]] = []
    several: list[tuple[int, int]] = []
    for run in runs:
        for row in (row for row in run.get("shadows", []) if row["shadows"] == shadows):
            verdict, counts = run["attacks"][attack]["verdicts"][alpha], row["attacks"][attack][alpha]
            one += [(verdict["tp"][k], verdict["fp"][k]) for k in row["trials"]]
            several += list(zip(counts["tp"], counts["fp"], strict=True))
    if not several:
        return None
    total = sum(tp for tp, _ in one)
    return Gain(
        _of_pairs(one, alpha),
        _of_pairs(several, alpha),
        sum(tp for tp, _ in several) / total if total else float("nan"),
    )
