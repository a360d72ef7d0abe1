"""95 % intervals of what several models under attack have in common. Pure.

Records make one error, models another. The error of a mean over trials is what its records explain; where the trials
scatter more than that, it is the trials' own, with Student's distribution in place of the normal one. One model, or
two, cannot tell how much models differ.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import expit

from benchmarks.statistics.curves import Curve, placements
from benchmarks.statistics.distributions import beta_point, normal_point, student_point
from benchmarks.statistics.values import NOTHING, Interval

DRAWS = 2000
NORMAL = normal_point(0.025)


@dataclass(frozen=True, eq=False)
class Places:
    """One trial of n records: how many members (N,) have scores above each non-member's, from the highest one down,
    and the number of members. All that a ROC curve holds.
    """

    above: np.ndarray
    members: int

    @classmethod
    def of(cls, scores: np.ndarray, member: np.ndarray) -> Places:
        """Of scores (n,), higher = member, and member (n,) bool with both kinds present."""
        inside, outside = np.sort(scores[member]), np.sort(scores[~member])[::-1]
        return cls(len(inside) - np.searchsorted(inside, outside, side="right"), len(inside))


def error_of_mean(points: np.ndarray, within: float) -> tuple[float, float]:
    """The standard error of the mean of the trials' `points` (K,), and its degrees of freedom.

    `within` is the variance of that mean by records alone. Two trials say next to nothing of how much models scatter:
    there the degrees of freedom grow with the share that records explain (Satterthwaite 1946), or a third of all
    intervals would be six times too wide.
    """
    trials = len(points)
    between = float(np.var(points, ddof=1)) / trials if trials > 1 else 0.0
    if between <= within:
        return within**0.5, np.inf
    return between**0.5, trials - 1 if trials > 2 else (between / (between - within)) ** 2


def clopper_pearson(hits: float, total: float) -> Interval:
    """The rate hits / total with its exact binomial 95 % interval (Clopper and Pearson 1934); None of 0."""
    if total == 0:
        return NOTHING
    low = 0.0 if hits == 0 else beta_point(0.025, hits, total - hits + 1)
    high = 1.0 if hits == total else beta_point(0.975, hits + 1, total - hits)
    return Interval(float(hits / total), low, high)


def share(hits: np.ndarray, totals: np.ndarray) -> Interval:
    """The pooled rate of `hits` (K,) among `totals` (K,): Clopper-Pearson of as many records as the trials' scatter
    leaves effective (Korn and Graubard 1998); of all of them where the trials agree as binomial counts do.
    """
    total = int(np.sum(totals))
    if total == 0:
        return NOTHING
    rate = float(np.sum(hits)) / total
    within = rate * (1 - rate) / total
    error, freedom = error_of_mean((hits - rate * totals) * len(totals) / total, within)
    if np.isinf(freedom) or not within:
        return clopper_pearson(float(np.sum(hits)), total)
    effective = total * within / error**2 * (NORMAL / student_point(0.025, freedom)) ** 2
    interval = clopper_pearson(rate * effective, effective)
    return Interval(rate, interval.low, interval.high)


def auc(trials: Sequence[tuple[np.ndarray, np.ndarray]]) -> Interval:
    """Mean AUC over trials (scores (n,), member (n,) bool); DeLong, DeLong and Clarke-Pearson 1988, on the logit."""
    points, variances = [], []
    for scores, member in trials:
        few = min(member.sum(), (~member).sum())
        below, above = placements(scores, member)
        points.append(below.mean())
        least = 1 / (2 * few) * (1 - 1 / (2 * few)) / few  # where members and others do not overlap
        variances.append(max(sum(x.var(ddof=1) / len(x) if len(x) > 1 else 0.25 for x in (below, above)), least**2))
    error, freedom = error_of_mean(np.array(points), float(np.sum(variances)) / len(points) ** 2)
    return _on_the_logit(float(np.mean(points)), error, freedom)


def _on_the_logit(mean: float, error: float, freedom: float) -> Interval:
    inside = min(max(mean, 1e-6), 1 - 1e-6)
    half = student_point(0.025, freedom) * error / (inside * (1 - inside))
    middle = np.log(inside / (1 - inside))
    low, high = expit(middle - half), expit(middle + half)
    return Interval(mean, float(min(low, mean)), float(max(high, mean)))


def balanced_accuracy(trials: Sequence[Places]) -> Interval:
    """Mean over trials of the best balanced accuracy, (TPR + 1 - FPR) / 2 at its greatest.

    Two binomials at the threshold that is best on these records; that it was chosen on them is not in the interval.
    """
    points, variances = [], []
    for trial in trials:
        others = len(trial.above)
        tpr = np.append(trial.above, trial.members) / trial.members
        fpr = np.arange(others + 1) / others
        best = int(np.argmax(tpr - fpr))
        points.append((tpr[best] + 1 - fpr[best]) / 2)
        pairs = ((tpr[best], trial.members), (fpr[best], others))
        variances.append(sum((r * (1 - r) + 1 / (4 * n)) / n for r, n in pairs) / 4)
    error, freedom = error_of_mean(np.array(points), float(np.sum(variances)) / len(points) ** 2)
    return _on_the_logit(float(np.mean(points)), error, freedom)


def true_positive_rates(
    trials: Sequence[Places], rates: np.ndarray, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Mean, low and high (G,) of the TPR at each false positive rate of `rates` (G,), of the population.

    Whatever the scores' distribution, as many of N non-members lie above the threshold of a given FPR as a binomial
    draw says; the members above it follow between two neighbouring non-members, and their share has a beta
    distribution. So the interval needs neither that distribution nor resampled records, and it has not the upward
    bias of the TPR at the greatest empirical FPR that keeps the demand.
    """
    members = np.array([trial.members for trial in trials])
    pooled, total = sum(_hits(trial, rates, rng) for trial in trials), int(members.sum())  # (G, DRAWS)
    drawn = rng.beta(pooled + 0.5, total - pooled + 0.5)
    points = np.stack([_expected(trial, rates) for trial in trials]) / members[:, None]
    mean = members @ points / total
    low, high = np.quantile(drawn, [0.025, 0.975], axis=-1) - drawn.mean(-1) + mean
    for g, variance in enumerate(drawn.var(-1)):
        error, freedom = error_of_mean(points[:, g], float(variance))
        if np.isfinite(freedom):  # models scatter, upwards most: symmetric intervals would miss above
            wider = _on_the_logit(float(mean[g]), error, freedom)
            low[g], high[g] = wider.low, wider.high
    return mean, np.clip(low, 0, 1), np.clip(high, 0, 1)


def _hits(trial: Places, rates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Members above the threshold of each true FPR, (G, DRAWS)."""
    alarms = rng.binomial(len(trial.above), rates[:, None], size=(len(rates), DRAWS))
    return _between(trial, alarms + rng.random(alarms.shape))


def _expected(trial: Places, rates: np.ndarray) -> np.ndarray:
    """Members above the threshold whose FPR is expected to be each of `rates`, (G,)."""
    return _between(trial, rates * (len(trial.above) + 1))


def _between(trial: Places, place: np.ndarray) -> np.ndarray:
    """Members above the `place`-th highest non-member, linear from the 0th (none) to the (N + 1)-th (all)."""
    steps = np.concatenate([[0], trial.above, [trial.members]])
    return np.interp(place, np.arange(len(steps)), steps)


def roc(
    trials: Sequence[tuple[np.ndarray, np.ndarray]], rates: np.ndarray, rng: np.random.Generator
) -> dict[str, np.ndarray]:
    """Mean TPR over trials at each FPR of `rates` (G,), and the ends of its pointwise 95 % interval, each (G,)."""
    mean = np.mean([Curve.of(*trial).tpr_at(rates) for trial in trials], axis=0)
    _, low, high = true_positive_rates([Places.of(*trial) for trial in trials], rates, rng)
    return {"fpr": rates, "tpr": mean, "low": np.minimum(low, mean), "high": np.maximum(high, mean)}
