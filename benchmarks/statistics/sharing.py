"""What trials that are judged on the same records have in common. Pure.

Records differ in how much they give away, and more trials make no more records. An influence says how far one record
of one trial moves a mean over trials: the variance of that mean by records is the sum, over records, of the square of
all that a record moves; were each trial's records others, it would be the sum of each square. How many times the one is
the other is the design effect (Kish 1965; clusters: Liang and Zeger 1986).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from benchmarks.statistics.curves import Curve, placements
from benchmarks.statistics.played import Played

WIDE = 2.0  # a ROC curve's slope at a rate is that between so many times the rate, and the rate divided by it


def design_effect(records: Sequence[np.ndarray | None], influences: Sequence[np.ndarray]) -> float:
    """1 or more, of trials whose n records (n,) have these numbers and influences (n,); 1 where numbers are not known.

    Equal numbers in two trials are one record.
    """
    return float(design_effects(records, [psi[None] for psi in influences])[0])


def design_effects(records: Sequence[np.ndarray | None], influences: Sequence[np.ndarray]) -> np.ndarray:
    """The design effects (G,) of G means, of influences (G, n) in each trial."""
    known = [of for of in records if of is not None]
    every = np.concatenate(list(influences), axis=1)
    apart = (every**2).sum(1)
    if len(known) < len(records) or len(records) < 2:
        return np.ones(len(every))
    _, place = np.unique(np.concatenate(known), return_inverse=True)
    together = np.array([(np.bincount(place, of) ** 2).sum() for of in every])
    return np.maximum(1.0, np.divide(together, apart, out=np.ones(len(every)), where=apart > 0))


def effect(games: Sequence[Played], influences: Sequence[np.ndarray]) -> float:
    """The design effect of games, as intervals have it: of what they are, and of the records that they share, with
    these influences (n,) in each game.
    """
    crossed = max(game.effect for game in games)
    return crossed * design_effect([game.records for game in games], influences)


def tpr_effects(games: Sequence[Played], rates: np.ndarray, sign: int = 1) -> np.ndarray:
    """The design effects (G,) of the TPR at each FPR of `rates` (G,); `sign` -1: of TNR at each FNR."""
    crossed = max(game.effect for game in games)
    records = [game.records for game in games]
    influences = [of_tpr(sign * game.scores, game.member == (sign > 0), rates) for game in games]
    return crossed * design_effects(records, influences)


def of_auc(scores: np.ndarray, member: np.ndarray) -> np.ndarray:
    """The influence (n,) of each record on the AUC of scores (n,), member (n,) bool: its placement."""
    made = np.empty(len(member))
    for kind, places in zip((member, ~member), placements(scores, member), strict=True):
        made[kind] = (places - places.mean()) / len(places)
    return made


def of_tpr(scores: np.ndarray, member: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """The influence (G, n) of each record on the TPR at each FPR of `rates` (G,): a member above the threshold adds to
    it; a non-member above it moves the threshold, and so the TPR by as much as the ROC curve is steep there.
    """
    inside, outside = np.sort(scores[member]), np.sort(scores[~member])
    thresholds = [_above(outside, of) for of in (rates, rates * WIDE, rates / WIDE)]
    tpr, more, less = (1 - np.searchsorted(inside, of, side="right") / len(inside) for of in thresholds)
    false = 1 - np.searchsorted(outside, thresholds[0], side="right") / len(outside)
    slope = (more - less) / (np.minimum(1, rates * WIDE) - rates / WIDE)
    claimed = scores > thresholds[0][:, None]
    here, there = (claimed - of[:, None] for of in (tpr, false))
    return np.where(member, here / len(inside), -slope[:, None] * there / len(outside))


def _above(outside: np.ndarray, rates: np.ndarray) -> np.ndarray:
    """The scores (G,) above which each share of the ascending (N,) lies at most."""
    place = len(outside) - 1 - (np.minimum(1, rates) * len(outside) + 1e-9).astype(int)
    return np.where(place < 0, -np.inf, outside[np.maximum(place, 0)])


def of_accuracy(scores: np.ndarray, member: np.ndarray) -> np.ndarray:
    """The influence (n,) of each record on the balanced accuracy at the threshold where that is greatest."""
    curve = Curve.of(scores, member)
    best = int(np.argmax(curve.tpr - curve.fpr))
    ordered = np.unique(scores)[::-1]
    claimed = scores >= ordered[best - 1] if best else np.zeros(len(scores), bool)
    return np.where(member, (claimed - curve.tpr[best]) / curve.members, (curve.fpr[best] - claimed) / curve.others) / 2
