"""The metrics of boards, as a paper's numbers take them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import Played
from benchmarks.statistics.values import Difference, Interval


def interval(key: str, games: Sequence[Played]) -> Interval:
    """One metric over games, by its key."""
    metric = METRICS[key]
    return metric.interval(metric, games, np.random.default_rng(0))


def lead(key: str, a: Sequence[Played], b: Sequence[Played]) -> Difference:
    """By how much a metric of `a` is greater than that of `b`, another attack in the same games."""
    compare = METRICS[key].compare
    assert compare is not None
    return compare(a, b, np.random.default_rng(0))
