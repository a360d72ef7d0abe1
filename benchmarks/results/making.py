"""From what an attack said in each game to its record. Pure."""

from __future__ import annotations

import copy
import hashlib
import math
import platform
from collections.abc import Callable, Mapping, Sequence
from importlib.metadata import version
from typing import Any

import msgspec
import numpy as np

from benchmarks.naming.wording import kind_of
from benchmarks.results.checking import checked, digest_of
from benchmarks.results.record import (
    About,
    AttackInfo,
    Claims,
    DifficultyHistogram,
    Estimate,
    Guaranteed,
    Histograms,
    MetricInfo,
    Record,
    Roc,
    RunInfo,
    ScoreHistogram,
    Sweep,
    Value,
    Verdict,
)
from benchmarks.statistics import intervals
from benchmarks.statistics.adopting import outside
from benchmarks.statistics.conformal import Conformal, claimed, precision
from benchmarks.statistics.metric import LIMITS, Metric
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import ALPHAS, Played
from benchmarks.statistics.sharing import effect, tpr_effects

BINS = 40
GRID = np.geomspace(1e-4, 1, 81)  # false positive rates at which a record keeps its ROC curve


class MetricError(ValueError):
    """A metric, by its `key`, whose code raised."""

    def __init__(self, key: str, words: str) -> None:
        super().__init__(f"metric {key} failed: {words}")
        self.key = key


def versions() -> dict[str, str]:
    """The versions, of this machine's Python and packages, that a result may depend on."""
    return {"python": platform.python_version(), **{name: version(name) for name in ("torch", "numpy", "scipy")}}


def make(
    about: About, attack: AttackInfo, played: Sequence[Played], run: RunInfo, extra: Mapping[str, Metric] | None = None
) -> Record:
    """The record of one attack in K games, numbers with six digits; `extra` metrics are those of other packages.

    Raises ValueError on no game, or on facts that a record cannot hold, MetricError where a metric raises.
    """
    if not played:
        raise ValueError(f"expected games of {attack.name}, got none")
    more = outside() if extra is None else extra
    seed = [about.suite.name, about.defense.name, attack.name, about.suite.seed]

    def rng(what: str) -> np.random.Generator:
        """A generator for each number, so that one more metric changes none of the others."""
        return np.random.default_rng(int(digest_of([*seed, what])[:32], 16))

    tp, fp = (np.array([[g.counts(alpha)[k] for alpha in g.alphas] for g in played]).sum(0) for k in (0, 1))
    seconds = round(sum(g.seconds for g in played), 3)
    record = Record(
        suite=about.suite,
        defense=about.defense,
        adversary=about.adversary,
        attack=attack,
        games=run.games,
        scores=tuple(digest_of_scores(g.all_scores) for g in played),
        metrics={
            **{key: estimate(metric, played, rng(key)) for key, metric in METRICS.items() if metric.applies(played)},
            **{key: _of_others(metric, played, rng(key)) for key, metric in more.items()},
        },
        outside={m.key: MetricInfo(m.title, m.unit, m.about) for m in more.values()},
        verdicts=tuple(_verdict(played, alpha) for alpha in ALPHAS),
        conformal=_guaranteed(played, rng),
        sweep=Sweep(played[0].alphas, tuple(tp.tolist()), tuple(fp.tolist())),
        roc=_roc(played, rng("roc")),
        histograms=Histograms(score_histogram(played), difficulty_histogram(played)),
        utility=run.utility,
        cost=msgspec.structs.replace(run.cost, attack_seconds=seconds),
        duplicates=run.duplicates,
        versions=run.versions,
        device=run.device,
        command=run.command,
    )
    return checked(record, Record)


def digest_of_scores(scores: np.ndarray) -> str:
    """What a record keeps of one game's scores (n,)."""
    return hashlib.sha256(scores.tobytes()).hexdigest()[:32]


def estimate(metric: Metric, played: Sequence[Played], rng: np.random.Generator) -> Estimate:
    """One metric over K games. Raises MetricError where its own code raises."""
    try:
        values = tuple(rounded(float(metric.measure(game))) for game in played)
        found = value(metric.interval(metric, played, rng))
    except KeyboardInterrupt:
        raise
    except BaseException as error:
        raise MetricError(metric.key, kind_of(error)) from error
    return Estimate(found.mean, found.low, found.high, values, holds=found.holds)


def _of_others(metric: Metric, played: Sequence[Played], rng: np.random.Generator) -> Estimate:
    """The metric of another package, whose code reaches nothing but copies."""
    from models.process import undisturbed

    with undisturbed(0):
        made = estimate(metric, copy.deepcopy(played), rng)
    least, most = LIMITS[metric.unit]
    for got in (*made.values, made.mean, made.low, made.high):
        if got is not None and not (least <= got <= most and math.isfinite(got)):
            words = "finite values" if math.isinf(least) else f"values from {least:g} to {most:g}"
            raise MetricError(metric.key, f"a {metric.unit} has {words}, got {got:g}")
    return made


def value(of: intervals.Interval) -> Value:
    """An interval as records and tables hold it, rounded."""
    ends = [rounded(x) for x in (of.mean, of.low, of.high)]
    return Value(*ends, holds=of.holds) if None not in ends else Value(None, None, None)


def rounded(value: Any) -> float | None:
    """A number with six significant digits, None for NaN."""
    return None if value is None or np.isnan(value) else float(f"{value:.6g}")


def _verdict(played: Sequence[Played], alpha: float) -> Verdict:
    counts = [game.counts(alpha) for game in played]
    rehearsed = [game.rehearsed(alpha) for game in played]
    return Verdict(
        alpha=alpha,
        tp=tuple(tp for tp, _ in counts),
        fp=tuple(fp for _, fp in counts),
        members=tuple(int(game.member.sum()) for game in played),
        rehearsed_precision=tuple(rounded(p) for p in rehearsed),
        reached=tuple(bool(p >= alpha) for p in rehearsed),
    )


def _guaranteed(played: Sequence[Played], rng: Callable[[str], np.random.Generator]) -> Guaranteed | str:
    """The conformal rule's claims in all games, or why there are none in one of them."""
    said = [(game.conformal, game.member) for game in played if isinstance(game.conformal, Conformal)]
    if len(said) < len(played):
        return next(game.conformal for game in played if isinstance(game.conformal, str))

    def claims(alpha: float) -> Claims:
        tp, fp = zip(*(of.counts(member, alpha) for of, member in said), strict=True)
        return Claims(
            alpha, tp, fp, value(precision(said, alpha, rng(f"conformal_{alpha}"), _claims_effect(played, said, alpha)))
        )

    return Guaranteed(tuple(of.others for of, _ in said), tuple(map(claims, ALPHAS)))


def _claims_effect(played: Sequence[Played], said: Sequence[tuple[Conformal, np.ndarray]], alpha: float) -> float:
    """The design effect of the precision of the conformal rule's claims."""
    claims = [claimed(of.p, np.array([alpha]))[0] for of, _ in said]
    hits, total = sum(int((c & m).sum()) for c, (_, m) in zip(claims, said, strict=True)), sum(c.sum() for c in claims)
    rate = hits / max(1, total)
    return effect(played, [np.where(c, m - rate, 0.0) for c, (_, m) in zip(claims, said, strict=True)])


def _roc(played: Sequence[Played], rng: np.random.Generator) -> Roc:
    curves = intervals.roc([(g.scores, g.member) for g in played], GRID, rng, tpr_effects(played, GRID))
    return Roc(**{name: tuple(float(f"{x:.6g}") for x in of) for name, of in curves.items()})


def score_histogram(played: Sequence[Played]) -> ScoreHistogram:
    """Members and non-members of all games by score: equal bins over the middle 99 %, what lies beyond in the ends."""
    scores = np.concatenate([g.scores for g in played])
    member = np.concatenate([g.member for g in played])
    low, high = (4 * float(q) for q in np.quantile(scores / 4, [0.005, 0.995]))  # a quarter: no overflow between two
    edges = _edges(low, high)
    return ScoreHistogram(_places(edges), *(_counts(scores[of], edges) for of in (member, ~member)))


def difficulty_histogram(played: Sequence[Played]) -> DifficultyHistogram | None:
    """The members of all games by difficulty, those identified at alpha = 0.9 and those missed (HP-MIA, Figure 17)."""
    known = [(g.difficulty[g.member], g.claimed(ALPHAS[0])[g.member]) for g in played if g.difficulty is not None]
    if not known:
        return None
    hard, found = (np.concatenate(part) for part in zip(*known, strict=True))
    if not np.isfinite(hard).any():
        return None
    edges = np.linspace(0, max(float(np.nanquantile(hard, 0.995)), 1e-6), BINS + 1)
    identified, missed = (_counts(hard[of & np.isfinite(hard)], edges) for of in (found, ~found))
    return DifficultyHistogram(_places(edges), identified, missed, ALPHAS[0])


def _edges(low: float, high: float) -> np.ndarray:
    """BINS + 1 rising edges from low to high, wider where floats between the two would not suffice."""
    least = max(abs(low), abs(high)) * 1e-12
    if not high - low > least:
        high = low + max(4e3 * least, 1.0)
    place = np.linspace(0, 1, BINS + 1)
    return low * (1 - place) + high * place


def _places(edges: np.ndarray) -> tuple[float, ...]:
    """Edges with six digits, or as many more as keep them apart."""
    widest, width = float(np.abs(edges).max()), float(edges[-1] / 2 - edges[0] / 2)
    digits = min(6 + max(0, math.ceil(math.log10(widest / width / 2))), 17)
    return tuple(float(f"{edge:.{digits}g}") for edge in edges)


def _counts(values: np.ndarray, edges: np.ndarray) -> tuple[int, ...]:
    inside = np.searchsorted(edges, values, side="right") - 1
    return tuple(np.bincount(inside.clip(0, len(edges) - 2), minlength=len(edges) - 1).tolist())
