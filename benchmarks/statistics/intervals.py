"""95 % intervals of what several models under attack have in common. Pure.

Records make one error, models another. The error of a mean over trials is what its records explain; where the trials
scatter more than that, it is the trials' own, with Student's distribution in place of the normal one. Fewer than
FEWEST models cannot tell how much models differ: there an interval has the records' error alone and holds for these
models, which it says (`Interval.holds`). How often they cover: docs/intervals.md.

`effect`, wherever it stands, is the design effect (Kish 1965): how many times the variance by records is that of trials
whose records err on their own. Of two trials that err alike it is 2, and both together tell no more than one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtr, ndtri

from benchmarks.statistics.curves import Curve, placements
from benchmarks.statistics.distributions import beta_point, normal_point, student_point
from benchmarks.statistics.values import FEWEST, NOTHING, Interval, holds

DRAWS = 2000
NORMAL = normal_point(0.025)
BESIDE = 4  # degrees of freedom of what one rehearsal says of its threshold's scatter


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

    `within` is the variance of that mean by records alone, which is all that fewer than FEWEST trials can tell.
    """
    trials = len(points)
    between = float(np.var(points, ddof=1)) / trials if trials >= FEWEST else 0.0
    return (within**0.5, np.inf) if between <= within else (between**0.5, trials - 1)


def clopper_pearson(hits: float, total: float, tail: float = 0.025) -> Interval:
    """The rate hits / total with its exact binomial interval (Clopper and Pearson 1934), of 95 % unless another `tail`
    is to lie beyond each end; None of 0.
    """
    if total == 0:
        return NOTHING
    low = 0.0 if hits == 0 else beta_point(tail, hits, total - hits + 1)
    high = 1.0 if hits == total else beta_point(1 - tail, hits + 1, total - hits)
    return Interval(float(hits / total), low, high)


def jeffreys(rate: float, total: float) -> tuple[float, float]:
    """The ends of Jeffreys' 95 % interval of a rate among `total` records, which need be no whole number; where the
    rate is 0 or 1, Clopper and Pearson's (Brown, Cai and DasGupta 2001, section 4.1.2).
    """
    if rate in (0.0, 1.0):
        far = 1 - 0.025 ** (1 / total)
        return (0.0, far) if rate == 0 else (1 - far, 1.0)
    hits = rate * total
    low, high = (beta_point(tail, hits + 0.5, total - hits + 0.5) for tail in (0.025, 0.975))
    return min(low, rate), max(high, rate)


def share(hits: np.ndarray, totals: np.ndarray, rehearsed: float = 0.0, effect: float = 1.0) -> Interval:
    """The pooled rate of `hits` (K,) among `totals` (K,): Clopper-Pearson of as many records as the trials' scatter
    leaves effective (Korn and Graubard 1998); of all of them where the trials agree as binomial counts do.

    `rehearsed`: the variance that the rate has beside, since thresholds came from a sample of records, too.
    """
    total = int(np.sum(totals))
    if total == 0:
        return NOTHING
    trials, rate = len(totals), float(np.sum(hits)) / total
    near = (rate * total + 0.5) / (total + 1)  # so that a rate of 0 or 1 has an error, too
    binomial = near * (1 - near) / total * effect
    error, freedom = error_of_mean((hits - rate * totals) * trials / total, binomial + rehearsed)
    alike = np.isinf(freedom) and not rehearsed
    if rehearsed and np.isinf(freedom):  # known from the few records beside each threshold (Satterthwaite 1946)
        freedom = BESIDE * trials * (1 + binomial / rehearsed) ** 2
    effective = total / effect if alike else _effective(near * (1 - near), error, freedom)
    interval = clopper_pearson(rate * effective, effective)
    return Interval(rate, interval.low, interval.high, holds(trials))


def _effective(spread: float, error: float, freedom: float) -> float:
    """How many records make a rate of variance `spread` a record as uncertain as its error is."""
    return spread / error**2 * (NORMAL / student_point(0.025, freedom)) ** 2


def auc(trials: Sequence[tuple[np.ndarray, np.ndarray]], effect: float = 1.0) -> Interval:
    """Mean AUC over trials (scores (n,), member (n,) bool): Jeffreys' interval of as many records as the variance of
    DeLong, DeLong and Clarke-Pearson (1988) leaves effective.

    A record at chance is added to either side for the variance, which is never less than it makes beside n others that
    are all alike. So n perfectly ranked pairs count as about n records, the least that the variance can leave whatever
    the distributions of scores (Birnbaum and Klose 1957).
    """
    points, near, variances = [], [], []
    for scores, member in trials:
        few = min(int(member.sum()), int((~member).sum()))
        point, variance = delong(scores, member)
        points.append(point)
        near.append((point * few + 0.5) / (few + 1))
        variances.append(variance * effect)
    return _of_rate(points, near, variances)


def delong(scores: np.ndarray, member: np.ndarray) -> tuple[float, float]:
    """The AUC of scores (n,), member (n,) bool, and its variance by records, as `auc` has it."""
    sides = placements(scores, member)
    least = [n / (4 * (n + 1) ** 2) for n in map(len, sides)]
    variance = sum(max(float(np.var([*x, 0.5])), v) / len(x) for x, v in zip(sides, least, strict=True))
    return float(sides[0].mean()), variance


def _of_rate(points: Sequence[float], near: Sequence[float], variances: Sequence[float]) -> Interval:
    """The mean of the trials' `points` (K,), each of a variance by records (K,); `near` (K,): never 0 or 1."""
    trials, middle = len(points), float(np.mean(near))
    error, freedom = error_of_mean(np.array(points), float(np.sum(variances)) / trials**2)
    effective = _effective(middle * (1 - middle), error, freedom)
    mean = float(np.mean(points))
    ends = jeffreys(mean, effective) if np.isinf(freedom) else _scattered(mean, effective, np.array(near))
    return Interval(mean, *ends, holds(trials))


def _scattered(mean: float, effective: float, near: np.ndarray) -> tuple[float, float]:
    """The ends where trials scatter: Clopper and Pearson's, or those of normal probits, whichever lie farther out.

    `near` (K,) the trials' rates, none 0 or 1. If their probits are normal, N(m, s^2), their mean is
    Phi(m / sqrt(1 + s^2)); near 0 or 1 the rates themselves are skewed, and Student's interval of them is too short.
    """
    exact = clopper_pearson(mean * effective, effective)
    assert exact.low is not None
    assert exact.high is not None
    probits, trials = ndtri(near), len(near)
    spread = float(probits.std(ddof=1))
    half = student_point(0.025, trials - 1) * spread / trials**0.5
    low, high = (float(ndtr((probits.mean() + of) / (1 + spread**2) ** 0.5)) for of in (-half, half))
    return min(exact.low, low), max(exact.high, high)


def balanced_accuracy(trials: Sequence[Places], effect: float = 1.0) -> Interval:
    """Mean over trials of the best balanced accuracy, (TPR + 1 - FPR) / 2 at its greatest.

    Two binomials at the threshold that is best on these records; that it was chosen on them is not in the interval.
    """
    points, near, variances = [], [], []
    for trial in trials:
        others = len(trial.above)
        hits, alarms = np.append(trial.above, trial.members), np.arange(others + 1)
        best = int(np.argmax(hits / trial.members - alarms / others))
        points.append((hits[best] / trial.members + 1 - alarms[best] / others) / 2)
        tpr, fpr = (hits[best] + 0.5) / (trial.members + 1), (alarms[best] + 0.5) / (others + 1)
        near.append((tpr + 1 - fpr) / 2)
        variances.append((tpr * (1 - tpr) / trial.members + fpr * (1 - fpr) / others) / 4 * effect)
    return _of_rate(points, near, variances)


def true_positive_rates(
    trials: Sequence[Places], rates: np.ndarray, rng: np.random.Generator, effect: np.ndarray | float = 1.0
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
    low, high = (np.quantile(drawn, [0.025, 0.975], axis=-1) - drawn.mean(-1)) * effect**0.5 + mean
    for g, variance in enumerate(drawn.var(-1) * effect):
        error, freedom = error_of_mean(points[:, g], float(variance))
        if np.isfinite(freedom):  # models scatter
            effective = _effective(float(mean[g] * (1 - mean[g])), error, freedom)
            ends = _scattered(float(mean[g]), effective, (points[:, g] * members + 0.5) / (members + 1))
            low[g], high[g] = min(low[g], ends[0]), max(high[g], ends[1])
    return mean, np.clip(low, 0, 1), np.clip(high, 0, 1)


def _hits(trial: Places, rates: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """Members above the threshold of each true FPR, (G, DRAWS)."""
    alarms = rng.binomial(len(trial.above), rates[:, None], size=(len(rates), DRAWS))
    return _between(trial, alarms + rng.random(alarms.shape))


def _expected(trial: Places, rates: np.ndarray) -> np.ndarray:
    """Members above the threshold of each FPR, (G,).

    The FPR of the j-th highest of N non-members is j / (N + 1) on average, but the mean TPR there is that of a lower
    FPR, since ROC curves are concave: of (j - 1/4) / N where TPR grows as the root of FPR and j is small.
    """
    others = len(trial.above)
    return _between(trial, rates * (others + 1) + 0.25 * np.minimum(1, rates * others) * (1 - rates))


def _between(trial: Places, place: np.ndarray) -> np.ndarray:
    """Members above the `place`-th highest non-member, linear from the 0th (none) to the (N + 1)-th (all)."""
    steps = np.concatenate([[0], trial.above, [trial.members]])
    return np.interp(place, np.arange(len(steps)), steps)


def roc(
    trials: Sequence[tuple[np.ndarray, np.ndarray]],
    rates: np.ndarray,
    rng: np.random.Generator,
    effect: np.ndarray | float = 1.0,
) -> dict[str, np.ndarray]:
    """Mean TPR over trials at each FPR of `rates` (G,), and the ends of its pointwise 95 % interval, each (G,)."""
    mean = np.mean([Curve.of(*trial).tpr_at(rates) for trial in trials], axis=0)
    _, low, high = true_positive_rates([Places.of(*trial) for trial in trials], rates, rng, effect)
    return {"fpr": rates, "tpr": mean, "low": np.minimum(low, mean), "high": np.maximum(high, mean)}
