"""The metrics of boards, reports, histories and the gate, which iterate over `METRICS`.

A new number is a new entry here, or one of another package (`benchmarks.statistics.adopting`).

Ranking metrics look at the target's membership to place their thresholds; those with a demand `alpha` measure verdicts,
whose thresholds were placed in the adversary's rehearsal. The two never share a table.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Any

import numpy as np

from benchmarks.statistics import worst_case
from benchmarks.statistics.metric import Metric
from benchmarks.statistics.played import ALPHAS, Played
from benchmarks.statistics.sharing import design_effect, effect, of_accuracy, of_auc, of_tpr, tpr_effects
from benchmarks.statistics.values import NOTHING, Difference, Interval, holds
from benchmarks.statistics.worst_case import Canaries

RATES = (0.01, 0.001)


def _auc_interval(_metric: Metric, games: Sequence[Played], rng: np.random.Generator) -> Interval:
    from benchmarks.statistics import intervals

    shared = effect(games, [of_auc(game.scores, game.member) for game in games])
    return intervals.auc([(game.scores, game.member) for game in games], shared)


def _accuracy_interval(_metric: Metric, games: Sequence[Played], rng: np.random.Generator) -> Interval:
    from benchmarks.statistics import intervals

    places = [intervals.Places.of(game.scores, game.member) for game in games]
    shared = effect(games, [of_accuracy(game.scores, game.member) for game in games])
    return intervals.balanced_accuracy(places, shared)


def _tpr(rate: float, game: Played) -> float:
    """The greatest TPR that keeps an FPR (Carlini et al. 2022, section III)."""
    return float(game.curve.tpr_at(np.array([rate]))[0]) if game.curve.others * rate >= 1 else np.nan


def _tnr(rate: float, game: Played) -> float:
    return game.curve.tnr_at(rate) if game.curve.members * rate >= 1 else np.nan


def _rate_interval(rate: float, sign: int, metric: Metric, games: Sequence[Played], rng: Any) -> Interval:
    """`sign` -1: of TNR, the TPR of the negated scores of who is no member."""
    from benchmarks.statistics import intervals

    mean = float(np.mean([metric.measure(game) for game in games]))
    if np.isnan(mean):
        return NOTHING
    places = [intervals.Places.of(sign * game.scores, game.member == (sign > 0)) for game in games]
    rates = np.array([rate])
    _, low, high = intervals.true_positive_rates(places, rates, rng, tpr_effects(games, rates, sign))
    return Interval(mean, float(min(low[0], mean)), float(max(high[0], mean)), holds(len(games)))


def _canaries(games: Sequence[Played]) -> list[Canaries]:
    return [game.canaries for game in games if game.canaries]


def _has_canaries(games: Sequence[Played]) -> bool:
    return len(_canaries(games)) == len(games)


def _canary_tpr(rate: float, game: Played) -> float:
    return game.canaries.tpr(rate) if game.canaries else np.nan


def _canary_interval(rate: float, _metric: Metric, games: Sequence[Played], rng: np.random.Generator) -> Interval:
    return worst_case.tpr(_canaries(games), rate, rng) if _has_canaries(games) else NOTHING


def _tp(alpha: float, game: Played) -> float:
    return float(game.counts(alpha)[0])


def _precision(alpha: float, game: Played) -> float:
    tp, fp = game.counts(alpha)
    return tp / (tp + fp) if tp + fp else np.nan


def _recall(alpha: float, game: Played) -> float:
    return game.counts(alpha)[0] / float(game.member.sum())


def _advantage(alpha: float, game: Played) -> float:
    tp, fp = game.counts(alpha)
    return (tp - fp) / float(game.member.sum())


def _shares(alpha: float, games: Sequence[Played], of: str) -> Interval:
    from benchmarks.statistics import intervals

    counts = np.array([game.counts(alpha) for game in games])
    claims = of == "claims"
    totals = counts.sum(1) if claims else np.array([game.member.sum() for game in games])
    total = max(int(totals.sum()), 1)
    rate = counts[:, 0].sum() / total if claims else 0.0  # members do not depend on a threshold
    rehearsed = sum(_rehearsed(game, alpha, rate) for game in games) / total**2
    pooled = counts[:, 0].sum() / total
    sides = [(game.claimed(alpha), game.member) for game in games]
    influences = [
        np.where(claimed if claims else member, (claimed & member) - pooled, 0.0) for claimed, member in sides
    ]
    return intervals.share(counts[:, 0], totals, rehearsed, effect(games, influences))


def _rehearsed(game: Played, alpha: float, rate: float) -> float:
    """The variance of TP - `rate` * claims that comes of which records the rehearsal had; 0 where it is not known."""
    if len(game.resampled) < 2:
        return 0.0
    tp, fp = game.resampled_counts(alpha)
    return float(np.var(tp - rate * (tp + fp), ddof=1))


def _precision_interval(alpha: float, _metric: Metric, games: Sequence[Played], rng: Any) -> Interval:
    return _shares(alpha, games, "claims")


def _recall_interval(alpha: float, _metric: Metric, games: Sequence[Played], rng: Any) -> Interval:
    return _shares(alpha, games, "members")


def _tp_interval(alpha: float, _metric: Metric, games: Sequence[Played], rng: Any) -> Interval:
    """Recall's, times the members of a game."""
    members = float(np.mean([game.member.sum() for game in games]))
    of = _shares(alpha, games, "members")
    mean, low, high = (None if x is None else x * members for x in (of.mean, of.low, of.high))
    return Interval(mean, low, high, of.holds)


def _auc_difference(a: Sequence[Played], b: Sequence[Played], rng: np.random.Generator) -> Difference:
    from benchmarks.statistics import paired

    by = [of_auc(x.scores, x.member) - of_auc(y.scores, y.member) for x, y in zip(a, b, strict=True)]
    shared = design_effect(_records(a, b), by)
    return paired.delong([g.scores for g in a], [g.scores for g in b], [g.member for g in a], shared)


def _tpr_difference(rate: float, a: Sequence[Played], b: Sequence[Played], rng: np.random.Generator) -> Difference:
    from benchmarks.statistics import paired

    at = np.array([rate])
    by = [of_tpr(x.scores, x.member, at)[0] - of_tpr(y.scores, y.member, at)[0] for x, y in zip(a, b, strict=True)]
    shared = design_effect(_records(a, b), by)
    member = [g.member for g in a]
    return paired.tpr_difference([g.scores for g in a], [g.scores for g in b], member, rate, rng, effect=shared)


def _tp_difference(alpha: float, a: Sequence[Played], b: Sequence[Played], rng: np.random.Generator) -> Difference:
    from benchmarks.statistics import paired

    one, other, member = [g.claimed(alpha) for g in a], [g.claimed(alpha) for g in b], [g.member for g in a]
    return paired.tp_difference(one, other, member, _alone(_records(a, b), one, other, member))


def _alone(
    records: Sequence[np.ndarray | None], a: Sequence[np.ndarray], b: Sequence[np.ndarray], of: Sequence[np.ndarray]
) -> float:
    """The design effect of how many of some records `a` claims alone, less those that `b` does."""
    return design_effect(records, [np.where(m, x.astype(float) - y, 0.0) for x, y, m in zip(a, b, of, strict=True)])


def _records(a: Sequence[Played], b: Sequence[Played]) -> list[np.ndarray | None]:
    """The numbers of the records of each game, as either side knows them."""
    return [x.records if x.records is not None else y.records for x, y in zip(a, b, strict=True)]


def _advantage_difference(alpha: float, a: Sequence[Played], b: Sequence[Played], rng: Any) -> Difference:
    """The sign test on the records, members or not, that one attack alone is right about."""
    from benchmarks.statistics import paired

    one, other = ([g.claimed(alpha) == g.member for g in games] for games in (a, b))
    every = [np.ones_like(g.member) for g in a]
    net = paired.tp_difference(one, other, every, _alone(_records(a, b), one, other, every))
    members = sum(int(g.member.sum()) for g in a)
    return Difference(net.difference / members, net.low / members, net.high / members, net.p)


def _demand(alpha: float) -> str:
    return f"{alpha}".removeprefix("0")


def _ranking() -> list[Metric]:
    about = "Chance that a member scores above a non-member; guessing: 0.5"
    auc = Metric("auc", "AUC", "ratio", lambda g: g.curve.auc(), _auc_interval, about, _auc_difference, chance=0.5)
    found = {0.01: "Members found while 1 in 100 non-members is called one",
             0.001: "Members found while 1 in 1,000 others is called one"}  # fmt: skip
    made = [auc]
    for rate, words in found.items():
        text = f"{rate * 100:g}"
        reason = f"at {text} % FPR: {{others}} non-members a trial cannot resolve the rate."
        made.append(
            Metric(f"tpr_at_{text}%_fpr", f"TPR at {text} % FPR", "share", partial(_tpr, rate),
                   partial(_rate_interval, rate, 1), words, partial(_tpr_difference, rate), chance=rate,
                   unresolved=reason))  # fmt: skip
    for rate in RATES:
        text = f"{rate * 100:g}"
        about = f"Mislabeled members found while {found[rate].partition('while ')[2]}, mislabeled records alone"
        made.append(
            Metric(f"canary_tpr_at_{text}%_fpr", f"canary TPR at {text} % FPR", "share", partial(_canary_tpr, rate),
                   partial(_canary_interval, rate), about, chance=rate, applies=_has_canaries,
                   unresolved=f"at {text} % FPR on canaries: too few to resolve the rate."))  # fmt: skip
    for rate in RATES:
        text = f"{rate * 100:g}"
        made.append(
            Metric(f"tnr_at_{text}%_fnr", f"TNR at {text} % FNR", "share", partial(_tnr, rate),
                   partial(_rate_interval, rate, -1), chance=rate, shown=False))  # fmt: skip
    made.append(Metric("balanced_accuracy", "balanced accuracy", "share", lambda g: g.curve.balanced_accuracy(),
                       _accuracy_interval, chance=0.5, shown=False))  # fmt: skip
    return made


def _verdicts(alpha: float) -> list[Metric]:
    at, shown = _demand(alpha), alpha in (0.98, 1.0)
    demand = "for no false claim" if alpha == 1 else f"for {100 * alpha:g} % precision"
    return [
        Metric(f"tp_at_{alpha}", f"TP at {at}", "count", partial(_tp, alpha), partial(_tp_interval, alpha),
               f"Members named under a demand {demand}, summed over trials", partial(_tp_difference, alpha),
               alpha=alpha, shown=shown),
        Metric(f"precision_at_{alpha}", f"precision at {at}", "share", partial(_precision, alpha),
               partial(_precision_interval, alpha), "Share of those claims that are right", alpha=alpha,
               unresolved="as precision: the attack claims nobody.", shown=shown),
        Metric(f"recall_at_{alpha}", f"recall at {at}", "share", partial(_recall, alpha),
               partial(_recall_interval, alpha), "Share of the members that are named", alpha=alpha, shown=False),
        Metric(f"advantage_at_{alpha}", f"advantage at {at}", "number", partial(_advantage, alpha),
               about="(TP - FP) / members (after Yeom et al. 2018)", compare=partial(_advantage_difference, alpha),
               alpha=alpha, shown=False),
    ]  # fmt: skip


METRICS = {m.key: m for m in (*_ranking(), *(m for alpha in ALPHAS for m in _verdicts(alpha)))}
WORST = METRICS["tpr_at_1%_fpr"]  # what a defense is judged by beside AUC
CANARIES = METRICS["canary_tpr_at_1%_fpr"]  # what a defense is judged by where a suite has canaries
