"""Two attacks on the same records of the same models: is the difference more than chance? Pure.

Trials are lists: `a[t]`, `b[t]` (n_t,) of one trial, `member[t]` (n_t,) bool with both kinds present. Each p value is
two-sided and each interval holds 95 %. Records make one error, models another: where the trials scatter more than
their records explain, the error is that scatter's; of fewer than FEWEST trials both hold for these models alone
(benchmarks.statistics.intervals). Attacks that rank all records alike are the same attack: no difference, p = 1.
`effect`: the design effect, as intervals have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics.curves import placements, ranks
from benchmarks.statistics.distributions import normal_above, normal_point, student_above, student_point
from benchmarks.statistics.intervals import clopper_pearson, error_of_mean, jeffreys
from benchmarks.statistics.values import Difference

Trials = Sequence[np.ndarray]
SAME = Difference(0.0, 0.0, 0.0, 1.0)
FEW = 10  # draws at least as extreme below which a permutation's p value is read off the normal tail


def delong(a: Trials, b: Trials, member: Trials, effect: float = 1.0) -> Difference:
    """Mean difference of AUC (DeLong, DeLong and Clarke-Pearson 1988), scores `a` and `b`, trials independent.

    So that few records prove nothing: one record a side always has an error, the degrees of freedom are those of the
    records, and p is at least 2 ** (1 - n), what a test by exchanges of n records can reach.
    """
    if _alike(a, b):
        return SAME
    parts = [_auc_difference(*trial) for trial in zip(a, b, member, strict=True)]
    points, variances = np.array(parts).T
    difference, records = float(points.mean()), sum(map(len, member))
    z, half = _between(points, float(variances.sum()) / len(points) ** 2 * effect, records - 1)
    return Difference(difference, *_clipped(difference, half), min(max(_tail(z), 2.0 ** (1 - records)), 1.0))


def _alike(a: Trials, b: Trials) -> bool:
    return all(np.array_equal(ranks(x), ranks(y)) for x, y in zip(a, b, strict=True))


def _auc_difference(a: np.ndarray, b: np.ndarray, member: np.ndarray) -> tuple[float, float]:
    """One trial's AUC(a) - AUC(b) and its variance; needs no covariance matrix, only each record's difference."""
    below, above = (x - y for x, y in zip(placements(a, member), placements(b, member), strict=True))
    variance = sum(x.var(ddof=1) / len(x) if len(x) > 1 else 0.0 for x in (below, above))
    return float(below.mean()), max(float(variance), _least(min(len(below), len(above))))


def _least(records: int) -> float:
    """The variance of a mean that one record of two attacks makes, 1/2 off the rest under each."""
    return 0.5 / records**2


def tpr_difference(
    a: Trials, b: Trials, member: Trials, rate: float, rng: np.random.Generator, draws: int = 2000, effect: float = 1.0
) -> Difference:
    """Mean difference of TPR at a false positive rate of `rate`, by a paired permutation test.

    If the attacks are alike, a record's rank under one and under the other may be exchanged: each draw does so for
    each record of each trial with probability 1/2 and finds both thresholds anew. NaN below 1 / `rate` non-members.
    """
    if any((~m).sum() * rate < 1 for m in member):
        return Difference(np.nan, np.nan, np.nan, np.nan)
    if _alike(a, b):
        return SAME
    points, drawn = [], np.zeros(draws)
    for scores_a, scores_b, inside in zip(a, b, member, strict=True):
        exchange = _Exchange.of(ranks(scores_a), ranks(scores_b), inside, rate)
        points.append(exchange.difference(np.zeros((1, exchange.size), bool))[0])
        drawn += exchange.drawn(rng, draws)
    difference, drawn = float(np.mean(points)), drawn / len(points)
    error = max(float(drawn.std()), _least(sum(int(m.sum()) for m in member)) ** 0.5)
    z, half = _between(np.array(points), error**2 * effect)
    reached = int((np.abs(drawn) >= z * error - 1e-12).sum())
    p = _tail(z) if reached < FEW else (reached + 1) / (draws + 1)
    return Difference(difference, *_clipped(difference, half), p)


@dataclass(frozen=True, eq=False)
class _Exchange:
    """The records of one trial whose exchange can matter, non-members first.

    No draw's threshold falls below `floor`, the one of the records' smaller ranks; who lies below it twice is left
    out for speed.
    """

    a: np.ndarray
    b: np.ndarray
    others: int
    members: int  # all of the trial
    allowed: int  # false positives

    @classmethod
    def of(cls, a: np.ndarray, b: np.ndarray, member: np.ndarray, rate: float) -> _Exchange:
        allowed = int((~member).sum() * rate + 1e-9)
        lower, upper = np.minimum(a, b), np.maximum(a, b)
        floor = _highest(lower[~member][None], allowed)[0]
        near = [np.flatnonzero(~member & (upper >= floor)), np.flatnonzero(member & (upper > floor))]
        kept = np.concatenate(near)
        return cls(a[kept], b[kept], len(near[0]), int(member.sum()), allowed)

    @property
    def size(self) -> int:
        return len(self.a)

    def difference(self, exchanged: np.ndarray) -> np.ndarray:
        """TPR(a) - TPR(b), (D,), with the records of `exchanged` (D, size) exchanged."""
        one, two = np.where(exchanged, self.b, self.a), np.where(exchanged, self.a, self.b)
        hits = []
        for drawn in (one, two):
            threshold = _highest(drawn[:, : self.others], self.allowed)
            hits.append((drawn[:, self.others :] > threshold[:, None]).sum(1))
        return (hits[0] - hits[1]) / self.members

    def drawn(self, rng: np.random.Generator, draws: int) -> np.ndarray:
        """The difference under each of (draws,) random exchanges, in blocks that fit a small machine's cache."""
        block = max(1, 500_000 // max(self.size, 1))
        sizes = [min(block, draws - start) for start in range(0, draws, block)]
        return np.concatenate([self.difference(rng.integers(2, size=(s, self.size), dtype=bool)) for s in sizes])


def _highest(values: np.ndarray, allowed: int) -> np.ndarray:
    """The (allowed + 1)-th highest of each row (D, n): what lies above it claims `allowed` of them at most."""
    place = values.shape[1] - 1 - allowed
    return np.partition(values, place, axis=1)[:, place]


def tp_difference(a: Trials, b: Trials, member: Trials, effect: float = 1.0) -> Difference:
    """Difference of the true positives of verdicts `a` and `b` (n,) bool, summed over the trials.

    The exact sign test on the members that one attack alone claims (McNemar 1947), and the interval that goes with it.
    Where there are none, the interval is of as many as may be missed among so many members (Clopper and Pearson 1934).
    """
    from scipy.stats import binom  # its import takes long, and one attack alone is compared with none

    alone = np.array([[(x & ~y & m).sum(), (y & ~x & m).sum()] for x, y, m in zip(a, b, member, strict=True)])
    difference, total = int(alone[:, 0].sum() - alone[:, 1].sum()), int(alone.sum())
    if not total:
        if all(np.array_equal(x, y) for x, y in zip(a, b, strict=True)):
            return SAME
        members = sum(int(m.sum()) for m in member)
        missed = members * jeffreys(0.0, members)[1]
        return Difference(0.0, -missed, missed, 1.0)
    trials = len(alone)
    z, half = _between(alone[:, 0] - alone[:, 1].astype(float), total / trials**2 * effect)
    shrunk = z * total**0.5  # |difference|, or as much less as the trials' scatter asks for
    p = min(1.0, 2 * float(binom.cdf(np.floor((total - shrunk) / 2 + 1e-9), total, 0.5)))
    widened = half * trials / (normal_point(0.025) * total**0.5)
    share = clopper_pearson(int(alone[:, 0].sum()), total)
    assert share.low is not None
    assert share.high is not None
    low, high = (total * (2 * s - 1) - difference for s in (share.low, share.high))
    return Difference(float(difference), difference + widened * low, difference + widened * high, p)


def holm(p_values: Sequence[float]) -> list[float]:
    """p values corrected for their number (Holm 1979): the chance of any false one below 0.05 is 5 % at most.

    NaN stays NaN and does not count.
    """
    p = np.asarray(p_values, float)
    order = np.argsort(p, kind="stable")  # NaN last
    corrected = np.empty_like(p)
    times = np.isfinite(p).sum() - np.arange(len(p))
    corrected[order] = np.minimum(np.maximum.accumulate(p[order] * times), 1)
    return corrected.tolist()


def _between(points: np.ndarray, within: float, records: float = np.inf) -> tuple[float, float]:
    """|z| of the mean of the trials' `points` (K,) and half its 95 % interval; `within`: its variance by records alone,
    of so many degrees of freedom.

    z is what a normal variable would need to be as far out.
    """
    size = abs(float(points.mean()))
    error, freedom = error_of_mean(points, within)
    freedom = min(freedom, records)
    return normal_point(student_above(size / error, freedom)), student_point(0.025, freedom) * error


def _tail(z: float) -> float:
    return 2 * normal_above(z)


def _clipped(difference: float, half: float) -> tuple[float, float]:
    return max(difference - half, -1.0), min(difference + half, 1.0)
