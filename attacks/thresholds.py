"""Algorithm 2 of the HP-MIA paper (Chen et al. 2023): thresholds under a demand on precision.

Candidates are the midpoints of neighbouring sorted scores (eq. 10). A record is claimed iff score >= t and excluded
iff score < t. Among candidates that meet the demand the one with most correct records is taken, the lowest of
equals. Everything is sorted once and counted by cumulative sums.
"""

from __future__ import annotations

import numpy as np

UNSEEN = 1 / 8  # non-members a sample; so chosen that intervals cover (docs/intervals.md)
BETAS = np.arange(1001) / 1000


def candidates(scores: np.ndarray) -> np.ndarray:
    """The n - 1 midpoints (eq. 10), ascending, of `scores` (n,)."""
    return _midpoints(np.sort(scores))


def _midpoints(ordered: np.ndarray) -> np.ndarray:
    return 0.5 * ordered[:-1] + 0.5 * ordered[1:]


def _below(ordered: np.ndarray, middle: np.ndarray) -> np.ndarray:
    """How many of the ascending scores lie strictly below each midpoint, (n - 1,).

    The midpoint of i and i + 1 lies above score i, unless they tie or rounding brings it down to score i.
    """
    above = ordered[:-1] < middle
    if above.all():  # no ties, the usual case
        return np.arange(1, len(ordered))
    position = np.arange(len(middle))
    fresh = np.ones(len(middle), bool)
    fresh[1:] = ordered[1:-1] != ordered[:-2]
    start = np.maximum.accumulate(np.where(fresh, position, 0)) if len(middle) else position
    return np.where(above, position + 1, start)


def inclusion(scores: np.ndarray, member: np.ndarray, alphas: np.ndarray) -> np.ndarray:
    """Membership Inference threshold: t (A,) for each demand of `alphas` (A,) on precision.

    `scores` (n,), `member` (n,) bool. Where no candidate meets the demand, the one of greatest precision (of
    these, the one with most TP); where there is no candidate that claims anyone, +inf.
    """
    order = np.argsort(scores, kind="stable")
    return _inclusion(scores[order], member[order], np.atleast_1d(alphas))[0]


def resampled(
    scores: np.ndarray, member: np.ndarray, alphas: np.ndarray, draws: int, rng: np.random.Generator
) -> np.ndarray:
    """(S, A) the thresholds of `inclusion` on `draws` bootstrap samples (Efron 1979) of n records: how far they depend
    on which records the rehearsal had.

    What a sample holds was seen; another rehearsal may hold a non-member above all that were. So some samples have one
    more, with the score of a random member among those above every non-member, as many times as `UNSEEN` says.
    """
    order, n = np.argsort(scores, kind="stable"), len(scores)
    ordered, inside = scores[order], member[order]
    last = np.flatnonzero(~inside)[-1:]  # the highest non-member, if there is one
    found = np.empty((draws, len(alphas)))
    for row in found:
        place = np.repeat(np.arange(n), np.bincount(rng.integers(n, size=n), minlength=n))
        one, of = ordered[place], inside[place]
        if len(last) and last[0] < n - 1 and (times := rng.poisson(UNSEEN)):
            score = ordered[rng.integers(last[0] + 1, n)]
            at = np.searchsorted(one, score)
            one, of = np.insert(one, at, [score] * times), np.insert(of, at, [False] * times)
        row[:] = _inclusion(one, of, alphas)[0]
    return found


def _inclusion(ordered: np.ndarray, member: np.ndarray, alphas: np.ndarray) -> tuple[np.ndarray, ...]:
    """Thresholds (A,), their TP (A,) and precision (A,), for ascending scores and their membership."""
    middle = _midpoints(ordered)
    if not len(middle):
        return np.full(len(alphas), np.inf), np.zeros(len(alphas), int), np.zeros(len(alphas))
    below = _below(ordered, middle)
    inside = np.zeros(len(member) + 1, int)
    member.cumsum(out=inside[1:])
    hits = inside[-1] - inside[below]
    precision = hits / (len(ordered) - below)  # never by 0: the greatest score is not below a midpoint
    best = np.maximum.accumulate(precision)  # from the lowest candidate up
    # TP only falls as the threshold rises, so the lowest candidate that meets the demand has most TP; where none
    # does, the demand becomes the greatest precision there is.
    chosen = np.searchsorted(best, np.minimum(alphas, best[-1]), side="left")
    return middle[chosen], hits[chosen], precision[chosen]


def exclusion(scores: np.ndarray, member: np.ndarray, betas: np.ndarray) -> np.ndarray:
    """Membership Exclusion threshold: t (B,) for each demand of `betas` (B,) on the precision of exclusion.

    Among candidates whose excluded records are non-members to at least beta, the lowest of those that exclude
    most non-members; NaN where none does ("fail").
    """
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    middle = _midpoints(ordered)
    out = _below(ordered, middle)
    hits = np.concatenate([[0], np.cumsum(~member[order])])[out]
    usable = out > 0  # a candidate that excludes nobody has no precision
    middle, hits, out = middle[usable], hits[usable], out[usable]
    thresholds = np.full(len(betas), np.nan)
    if not len(middle):
        return thresholds
    # Hits only grow with the threshold: the highest candidate that meets beta has most.
    best = np.maximum.accumulate((hits / out)[::-1])  # greatest precision at or above each candidate, from the top
    from_top = np.searchsorted(best, betas, side="left")
    met = from_top < len(best)
    highest = len(middle) - 1 - from_top[met]
    # A lower candidate with as many hits excludes fewer members: it meets beta all the more.
    thresholds[met] = middle[np.searchsorted(hits, hits[highest], side="left")]
    return thresholds


def two_stage(s0: np.ndarray, s1: np.ndarray, member: np.ndarray, alphas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Two-stage threshold: (t0, t1), each (A,), for every demand of `alphas` at once.

    For beta = 0, 0.001, ..., 1: exclude by s0 at beta, then the inclusion threshold of s1 at alpha among the
    records that remain; the first pair with most TP is kept. Where no pair reaches alpha, the one of greatest
    precision (of these, the one with most TP); where no pair claims anyone, +inf.
    """
    alphas = np.atleast_1d(alphas)
    order = np.argsort(s1, kind="stable")
    s0, s1, member = s0[order], s1[order], member[order]
    t0, t1 = np.full(len(alphas), np.inf), np.full(len(alphas), np.inf)
    best = np.full((2, len(alphas)), -1.0)  # the kept pair's (precision up to alpha, TP)
    for cut in _distinct(exclusion(s0, member, BETAS)):
        remain = s0 >= cut
        found, hits, precision = _inclusion(s1[remain], member[remain], alphas)
        capped = np.minimum(precision, alphas)
        better = (hits > 0) & ((capped > best[0]) | ((capped == best[0]) & (hits > best[1])))
        t0[better], t1[better] = cut, found[better]
        best[:, better] = capped[better], hits[better]
    return t0, t1


def _distinct(values: np.ndarray) -> list[float]:
    """The values that are not NaN, each once, in order of first appearance."""
    return list(dict.fromkeys(values[~np.isnan(values)].tolist()))
