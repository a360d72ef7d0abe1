"""Whether a model gives anything away, by the strongest of many attacks, without choosing it where it is judged. Pure.

Records are cut in two halves. The attack that finds most in one half is the one that is judged on the other: so its
numbers are not those of the luckiest of many. Both halves together are two trials, each of one attack.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.statistics.curves import Curve

Trial = tuple[np.ndarray, np.ndarray]  # scores (n,), higher = member; member (n,) bool, both kinds present
RATE = 0.01  # the false positive rate at which attacks are told apart, and at which single records stand out


def leaders(halves: Mapping[str, tuple[Trial, Trial]]) -> tuple[str, str]:
    """The attack that judges each half: the one that finds most in the other.

    Most: the greatest TPR at RATE, among those alike the greatest AUC, then the first name. Raises ValueError without
    attacks.
    """
    if not halves:
        raise ValueError("expected one attack or more, got none")
    found = {}
    for name in sorted(halves):
        found[name] = [_strength(*trial) for trial in halves[name]]
    one, other = (max(found, key=lambda name: found[name][half]) for half in (1, 0))
    return one, other


def _strength(scores: np.ndarray, member: np.ndarray) -> tuple[float, float]:
    curve = Curve.of(scores, member)
    return float(curve.tpr_at(np.array([RATE]))[0]) if curve.others * RATE >= 1 else 0.0, curve.auc()


def chance(trials: Sequence[Trial]) -> float:
    """The p value of "members and others score alike", of trials each judged by one attack: the least of two tests a
    trial, times how many there are (Bonferroni). It is small by chance alone no more often than it says.
    """
    p = [test(scores, member) for scores, member in trials for test in (rank_test, tail_test)]
    return min(1.0, len(p) * min(p))


def rank_test(scores: np.ndarray, member: np.ndarray) -> float:
    """One-sided p value of Mann and Whitney (1947): do members score higher than others?"""
    from scipy.stats import mannwhitneyu

    return float(mannwhitneyu(scores[member], scores[~member], alternative="greater").pvalue)


def tail_test(scores: np.ndarray, member: np.ndarray, rate: float = RATE) -> float:
    """One-sided p value: do too many members score above the t-th highest of N others, t = rate * N, at least 1?

    If records score alike, x members or more lie above it just if at most t - 1 of the highest x + t - 1 records are
    others, whose number is hypergeometric. Of tied scores, those of others come first.
    """
    from scipy.stats import hypergeom

    inside, outside = scores[member], np.sort(scores[~member])
    t = max(1, int(rate * len(outside)))
    above = int((inside > outside[-t]).sum())
    if not above:
        return 1.0
    return float(hypergeom.cdf(t - 1, len(scores), len(outside), above + t - 1))


@dataclass(frozen=True, eq=False)
class Standing:
    """How a record stands among non-members: `p` (n,), the share of them that score as high as it does, itself counted
    and no other use made of it; `q` (n,), the least false discovery rate of a list of members that holds it, NaN for
    non-members.
    """

    p: np.ndarray
    q: np.ndarray


def standing(scores: np.ndarray, member: np.ndarray, half: np.ndarray) -> Standing:
    """How each record stands among the non-members of its own half, whose attack is the same.

    Scores (n,), higher = member; member (n,) bool; half (n,) bool. p is the conformal p value of "it scores as a
    non-member does" (Vovk, Gammerman and Shafer 2005), q is that of Benjamini and Hochberg (1995) over all members,
    which keeps its promise for such p values (Bates et al. 2023).
    """
    p, q = np.ones(len(scores)), np.full(len(scores), np.nan)
    for of in (half, ~half):
        others = np.sort(scores[of & ~member])
        as_high = len(others) - np.searchsorted(others, scores[of], side="left")
        p[of] = np.where(member[of], (1 + as_high) / (len(others) + 1), as_high / len(others))
    q[member] = adjusted(p[member])
    return Standing(p, q)


def adjusted(p: np.ndarray) -> np.ndarray:
    """(n,) Benjamini and Hochberg's adjusted p values of p (n,): the least level at which each is rejected."""
    order = np.argsort(p, kind="stable")
    scaled = p[order] * len(p) / np.arange(1, len(p) + 1)
    made = np.empty(len(p))
    made[order] = np.minimum(1.0, np.minimum.accumulate(scaled[::-1])[::-1])
    return made
