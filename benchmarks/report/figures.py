"""The plots, each a function that draws records on axes; the page and the files for papers share them."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.ticker import FixedLocator, FuncFormatter, NullLocator

from benchmarks.report.section import Section
from benchmarks.report.style import INK, MUTED, SERIES, line, mark, short
from benchmarks.results import frames
from benchmarks.results.record import Record, Roc
from benchmarks.statistics.intervals import clopper_pearson

SHOWN_BANDS = 3  # intervals drawn from the start; on the page the others' appear when their name is pointed at
Series = Sequence[tuple[int, str, Record]]  # (number of its colour, name, record), the strongest first


def percent(value: float, _position: int = 0) -> str:
    """A share at a tick of an axis."""
    return f"{100 * value:g}\u00a0%"


def _log(axis: Any, floor: float) -> None:
    """Label a logarithmic axis at its powers of ten, in percent."""
    axis.set_major_locator(FixedLocator([10.0**k for k in range(round(np.log10(floor)), 1)]))
    axis.set_minor_locator(NullLocator())
    axis.set_major_formatter(FuncFormatter(percent))


def floor(record: Record) -> float:
    """The power of ten below one record's share: where the data end."""
    return 10.0 ** -len(str(max(record.verdicts[0].members)))


def _curve(axes: Axes, number: int, name: str, x: Any, y: Any, band: tuple[Any, Any], shown: bool, depth: int) -> None:
    look = line(number)
    area = axes.fill_between(x, *band, color=look["color"], alpha=0.16, linewidth=0, zorder=2)
    area.set_gid(f"band-{number}{'-shown' if shown else ''}")
    drawn = axes.plot(x, y, label=name, zorder=30 - depth, solid_capstyle="round", **look)[0]
    drawn.set_gid(f"series-{number}")


def roc(axes: Axes, series: Series) -> None:
    """Mean ROC over trials with its pointwise 95 % interval, both axes logarithmic."""
    rocs(axes, [(number, name, r.roc) for number, name, r in series], min(floor(r) for _, _, r in series))


def rocs(axes: Axes, series: Sequence[tuple[int, str, Roc]], least: float, bands: int = SHOWN_BANDS) -> None:
    """The same of ROC curves, from the rate `least` on; `bands`: how many intervals are drawn from the start."""
    for depth, (number, name, curve) in enumerate(series):
        fpr, tpr, low, high = (np.array(getattr(curve, k)) for k in ("fpr", "tpr", "low", "high"))
        keep = fpr >= least / 1.2
        band = (np.maximum(low[keep], least / 9), np.maximum(high[keep], least / 9))
        _curve(axes, number, name, fpr[keep], np.maximum(tpr[keep], least / 9), band, depth < bands, depth)
    axes.plot([least, 1], [least, 1], color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
    axes.set(xscale="log", yscale="log", xlim=(least, 1), ylim=(least, 1))
    axes.set(xlabel="false positive rate", ylabel="true positive rate")
    _log(axes.xaxis, least)
    _log(axes.yaxis, least)


def precision_recall(axes: Axes, series: Series) -> None:
    """Precision against recall of the verdicts, with exact intervals, while alpha sweeps from 0.5 to 1."""
    least = 0.1
    for depth, (number, name, record) in enumerate(series):
        members = sum(record.verdicts[0].members)
        claims = sorted({c for c in zip(record.sweep.tp, record.sweep.fp, strict=True) if c[0]})
        if not claims:
            continue
        right = [clopper_pearson(tp, tp + fp) for tp, fp in claims]
        band = ([p.low for p in right], [p.high for p in right])
        recall = [tp / members for tp, _ in claims]
        least = min(least, 10.0 ** np.floor(np.log10(recall[0])))
        _curve(axes, number, name, recall, [p.mean for p in right], band, depth < SHOWN_BANDS, depth)
    axes.axhline(0.5, color=MUTED, linewidth=0.9, linestyle=(0, (1, 2)), zorder=1)
    axes.set(xscale="log", xlim=(least, 1), ylim=(0.4, 1.02))
    axes.set(xlabel="recall: share of members named", ylabel="precision: share of claims that are right")
    _log(axes.xaxis, least)
    axes.yaxis.set_major_formatter(FuncFormatter(percent))


def trade_off(axes: Axes, section: Section) -> None:
    """Each defense's test accuracy against the most that an attack gets out of it; the Pareto front drawn."""
    metric, title = section.finest
    scale = 1 if metric == "auc" else 100
    points = []
    for number, defense in enumerate(section.defenses):
        accuracy = section.strongest(defense).utility.test
        leak = section.worst(defense, metric)
        points.append((100 * accuracy.ends[0], scale * leak.ends[0]))
        both = (accuracy.ends, 100), (leak.ends, scale)
        reach = [[abs(mean - end) * s] for (mean, *ends), s in both for end in ends]
        colour = SERIES[number % len(SERIES)]
        axes.errorbar(*points[-1], reach[2:], reach[:2], fmt="none", ecolor=colour, elinewidth=1, alpha=0.55, zorder=3)
        axes.plot(*points[-1], mark(number), color=colour, markersize=7, label=defense, zorder=4)
    front = pareto(points)
    axes.plot(*stairs([points[i] for i in front]), color=INK, linewidth=1, alpha=0.5, linestyle=(0, (4, 2)), zorder=2)
    axes.margins(0.08)
    axes.set(xlabel="test accuracy, %  (better: right)", ylabel=f"{title}{'' if scale == 1 else ', %'}  (better: down)")


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


def scores(axes: Axes, record: Record) -> None:
    """How one attack's scores spread over members and others, pooled over trials; shares on a log axis."""
    histogram = record.histograms.score
    total = {name: max(sum(getattr(histogram, name)), 1) for name in ("members", "others")}
    for name, label, colour in (("others", "non-members", SERIES[0]), ("members", "members", SERIES[1])):
        share = np.array(getattr(histogram, name)) / total[name]
        filled(axes, share, histogram.edges, colour, label)
    least = 0.6 / max(total.values())
    axes.set(yscale="log", ylim=(least, 1.3), xlim=(histogram.edges[0], histogram.edges[-1]))
    axes.locator_params(axis="x", nbins=4)
    axes.yaxis.set_major_locator(FixedLocator([v for v in (1e-6, 1e-5, 1e-4, 1e-3, 1e-2, 0.1, 1) if v > least]))
    axes.yaxis.set_major_formatter(FuncFormatter(percent))
    axes.yaxis.set_minor_locator(NullLocator())


def difficulty(axes: Axes, record: Record) -> None:
    """Members by their mean loss over the reference models, those named at alpha .9 and those missed."""
    histogram = record.histograms.difficulty
    assert histogram is not None
    edges = histogram.edges
    filled(axes, histogram.missed, edges, MUTED, "missed")
    filled(axes, histogram.identified, edges, SERIES[1], "identified")
    top = 1.6 * max(*histogram.missed, *histogram.identified, 1)
    axes.set(yscale="log", ylim=(0.7, top), xlim=(edges[0], edges[-1]))
    axes.locator_params(axis="x", nbins=4)
    axes.yaxis.set_major_locator(FixedLocator([v for v in (1, 10, 100, 1000, 10_000, 100_000) if v < top]))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:,.0f}"))
    axes.yaxis.set_minor_locator(NullLocator())


def filled(axes: Axes, heights: Any, edges: Sequence[float], colour: str, label: str) -> None:
    """A histogram's heights (B,) between edges (B + 1,)."""
    axes.stairs(heights, edges, fill=True, color=colour, alpha=0.22, linewidth=0)
    axes.stairs(heights, edges, color=colour, linewidth=1.1, label=label)


def cost(axes: Axes, section: Section) -> None:
    """Seconds of each attack's own work against the first defense, as dots."""
    rows = section.against(section.defenses[0])[::-1]
    seconds = [max(r.cost.attack_seconds, 1e-3) for r in rows]
    axes.plot(seconds, range(len(rows)), "o", color=SERIES[0], markersize=6)  # no bars: a log axis has no zero
    names = [r.attack.name for r in rows]
    axes.set_yticks(range(len(rows)), [short(n) for n in names], color=INK)
    axes.set(xscale="log", xlim=(min(seconds) / 2, max(seconds) * 2), xlabel="seconds of the attack's own work")
    axes.xaxis.set_major_locator(FixedLocator([m * 10.0**k for k in range(-3, 6) for m in (1, 3)]))
    axes.xaxis.set_minor_locator(NullLocator())
    axes.xaxis.set_major_formatter(FuncFormatter(lambda v, _: f"{v:g}"))


def heat(axes: Axes, section: Section) -> None:
    """AUC of every attack (down) against every defense (across)."""
    import seaborn as sns

    found = frames.frame(section.records).query("metric == 'auc'")
    shown = found.pivot(index="attack", columns="defense", values="mean").loc[section.attacks, section.defenses]
    look = {"cmap": "Blues", "linewidths": 1, "linecolor": "white", "cbar_kws": {"label": "AUC"}}
    top = max(0.55, found["mean"].max())
    sns.heatmap(shown.rename(index=short, columns=short), ax=axes, annot=True, fmt=".3f", vmin=0.5, vmax=top, **look)
    axes.tick_params(axis="x", rotation=30)
    axes.set(xlabel="", ylabel="")
    axes.grid(visible=False)
