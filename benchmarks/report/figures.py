"""The charts, each a function of records; the page and the files for papers share them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np

from benchmarks.report.chart import SHOWN, Axis, Chart, Curve, Guide, Spot, Steps, Tiles, nice, powers
from benchmarks.report.section import Section
from benchmarks.report.style import short
from benchmarks.results.record import Record, Roc
from benchmarks.statistics.intervals import clopper_pearson

BANDS = 3  # intervals drawn from the start; on the page the others' appear when their name is pointed at
SCORE = "score (higher: more likely a member)"
DIFFICULTY = "mean loss over the reference models, nats"
Series = Sequence[tuple[int, str, Record]]  # (number of its colour, name, record), the strongest first


def floor(record: Record) -> float:
    """The power of ten below one record's share: where the data end."""
    return 10.0 ** -len(str(max(record.verdicts[0].members)))


def roc(series: Series) -> Chart:
    """Mean ROC over trials with its pointwise 95 % interval, both axes logarithmic."""
    return rocs([(number, name, r.roc) for number, name, r in series], min(floor(r) for _, _, r in series))


def rocs(series: Sequence[tuple[int, str, Roc]], least: float, bands: int = BANDS) -> Chart:
    """The same of ROC curves, from the rate `least` on; `bands`: how many intervals are drawn from the start."""
    curves = []
    for place, (number, name, curve) in enumerate(series):
        keep = np.array(curve.fpr) >= least / 1.2
        fpr, tpr, low, high = (np.array(getattr(curve, k))[keep] for k in ("fpr", "tpr", "low", "high"))
        curves.append(Curve(number, name, fpr, tpr, low, high, place < SHOWN, place < bands))
    axes = [Axis(f"{word} positive rate", least, 1, powers(least, 1), log=True) for word in ("false", "true")]
    return Chart(axes[0], axes[1], (Guide((least, 1), (least, 1)), *curves[::-1]))


def precision_recall(series: Series) -> Chart:
    """Precision against recall of the verdicts, with exact intervals, while alpha sweeps from 0.5 to 1."""
    least, curves = 0.1, []
    for place, (number, name, record) in enumerate(series):
        members = sum(record.verdicts[0].members)
        claims = sorted({c for c in zip(record.sweep.tp, record.sweep.fp, strict=True) if c[0]})
        if not claims:
            continue
        right = [clopper_pearson(tp, tp + fp) for tp, fp in claims]
        low, mean, high = (np.array([getattr(p, k) for p in right]) for k in ("low", "mean", "high"))
        recall = np.array([tp / members for tp, _ in claims])
        least = min(least, float(10.0 ** np.floor(np.log10(recall[0]))))
        curves.append(Curve(number, name, recall, mean, low, high, place < SHOWN, place < BANDS))
    across = Axis("recall: share of members named", least, 1, powers(least, 1), log=True)
    marked = tuple((v / 100, f"{v}\u00a0%") for v in range(40, 101, 20))
    up = Axis("precision: share of claims that are right", 0.4, 1.02, marked)
    return Chart(across, up, (Guide((least, 1), (0.5, 0.5)), *curves[::-1]))


def trade_off(section: Section) -> Chart:
    """Each defense's test accuracy against the most that an attack gets out of it; the Pareto front drawn."""
    metric, title = section.finest
    scale, unit = (1, "") if metric == "auc" else (100, ", %")
    spots = []
    for defense in section.defenses:
        accuracy, a_low, a_high = (100 * v for v in section.strongest(defense).utility.test.ends)
        leak, low, high = (scale * v for v in section.worst(defense, metric).ends)
        spots.append(Spot(section.number(defense), defense, accuracy, leak, (a_low, a_high), (low, high)))
    points = [(spot.x, spot.y) for spot in spots]
    front = stairs([points[i] for i in pareto(points)])
    named = "Pareto front" if len(front[0]) > 1 else ""  # of one point no line is seen
    across = _around([v for s in spots for v in (s.across or ())], "test accuracy, %  (better: right)")
    up = _around([v for s in spots for v in (s.up or ())], f"worst {title}{unit}  (better: down)")
    return Chart(across, up, (Guide(*front, (4, 2), "ink", named), *spots))


def _around(values: Sequence[float], label: str) -> Axis:
    """An axis with a margin on both sides of all values."""
    room = 0.08 * (max(values) - min(values)) or 0.05 * max(abs(values[0]), 1)
    low, high = min(values) - room, max(values) + room
    return Axis(label, low, high, nice(low, high))


def pareto(points: Sequence[tuple[float, float]]) -> list[int]:
    """Which (accuracy, leak) no other point beats in both; in order of accuracy."""
    better = lambda p, q: p[0] >= q[0] and p[1] <= q[1] and p != q  # noqa: E731
    return sorted((i for i, q in enumerate(points) if not any(better(p, q) for p in points)), key=lambda i: points[i])


def stairs(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float]]:
    """The border of what the front dominates: between two points it keeps the accuracy of the left one."""
    corners = [points[0]]
    for before, after in pairwise(points):
        corners += [(before[0], after[1]), after]
    return [x for x, _ in corners], [y for _, y in corners]


def scores(record: Record) -> Chart:
    """How one attack's scores spread over members and others, pooled over trials; shares on a log axis."""
    histogram = record.histograms.score
    total = {name: max(sum(getattr(histogram, name)), 1) for name in ("members", "others")}
    least = 0.6 / max(total.values())
    steps = [
        Steps(role, label, histogram.edges, np.maximum(np.array(getattr(histogram, name)) / total[name], least))
        for name, label, role in (("others", "non-members", "c0"), ("members", "members", "c1"))
    ]
    low, high = histogram.edges[0], histogram.edges[-1]
    return Chart(Axis("score", low, high, nice(low, high, 4)), _logarithmic("share", least, 1.3), tuple(steps))


def difficulty(record: Record) -> Chart:
    """Members by their mean loss over the reference models, those named at alpha .9 and those missed."""
    histogram = record.histograms.difficulty
    assert histogram is not None
    edges, top = histogram.edges, 1.6 * max(*histogram.missed, *histogram.identified, 1)
    steps = (
        Steps("muted", "missed", edges, [max(v, 0.7) for v in histogram.missed]),
        Steps("c1", "identified", edges, [max(v, 0.7) for v in histogram.identified]),
    )
    up = _logarithmic("members", 0.7, top, percent=False)
    return Chart(Axis("mean loss, nats", edges[0], edges[-1], nice(edges[0], edges[-1], 4)), up, steps)


def _logarithmic(label: str, low: float, high: float, percent: bool = True) -> Axis:
    return Axis(label, low, high, powers(low, high, percent), log=True)


def cost(section: Section) -> Chart:
    """Seconds of each attack's own work against the first defense, as dots: a log axis has no zero for bars."""
    rows = section.against(section.defenses[0])[::-1]
    seconds = [max(r.cost.attack_seconds, 1e-3) for r in rows]
    low, high = min(seconds) / 2, max(seconds) * 2
    ticks = powers(low, high, percent=False) if high > 20 * low else nice(low, high)
    up = Axis("attack", -0.6, len(rows) - 0.4, tuple((i, short(r.attack.name)) for i, r in enumerate(rows)))
    spots = [Spot(0, "", second, i) for i, second in enumerate(seconds)]
    return Chart(Axis("seconds of the attack's own work", low, high, ticks, log=True), up, tuple(spots), named=True)


def found(by: np.ndarray, attacks: int) -> Chart:
    """Members (N,) by how many of the attacks find each of them; counts on a log axis."""
    counts = np.bincount(by, minlength=attacks + 1)
    edges = np.arange(attacks + 2) - 0.5
    across = Axis("attacks that find the member", -0.5, attacks + 0.5, nice(0, attacks, min(attacks, 8)))
    up = _logarithmic("members", 0.7, 1.6 * float(counts.max()), percent=False)
    return Chart(across, up, (Steps("c1", "members", edges.tolist(), np.maximum(counts, 0.7).tolist()),))


def heat(section: Section) -> Chart:
    """AUC of every attack (down) against every defense (across)."""
    found = [[section.cells.get((d, a)) for d in section.defenses] for a in section.attacks]
    values = tuple(tuple(r.auc.mean if r else None for r in row) for row in found)
    top = max(0.55, *(v for row in values for v in row if v is not None))
    return tiles(section.attacks, section.defenses, values, 0.5, top, ("defense", "attack"))


def tiles(
    rows: Sequence[str],
    columns: Sequence[str],
    values: Sequence[Sequence[float | None]],
    low: float,
    high: float,
    labels: tuple[str, str],
    digits: int = 3,
) -> Chart:
    """A heat map of values by row and column; `labels`: what columns and rows are."""
    down, across = tuple(map(short, rows)), tuple(map(short, columns))
    return Chart(
        Axis(labels[0], -0.5, len(across) - 0.5, tuple(enumerate(across))),
        Axis(labels[1], -0.5, len(down) - 0.5, tuple((len(down) - 1 - i, name) for i, name in enumerate(down))),
        (Tiles(down, across, tuple(map(tuple, values)), low, high, digits),),
        upright=len(across) > 3 or max(map(len, across)) > 10,
        named=True,
    )
