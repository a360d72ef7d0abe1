"""Figures 3 to 17 in the paper's layout and axes. Pure functions of numbers; what was not run is left out."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import numpy as np
import seaborn as sns
from matplotlib.figure import Figure

from benchmarks.papers.hp_mia.demand import deciding
from benchmarks.papers.hp_mia.numbers import FIVE
from benchmarks.papers.hp_mia.settings import LAMBDAS, SETTINGS
from benchmarks.papers.hp_mia.tables import LABELS, head, lambdas_head, targets
from benchmarks.papers.hp_mia.why import QUANTITIES, lead, pays, points_of, quantities, tested
from benchmarks.papers.kit import Numbers
from benchmarks.results.making import GRID

Curves = list[tuple[str, Numbers]]  # label, and what was measured: roc, sweep, auc, members, others
STYLES = ("-", "--", "-.", ":")
ORDER = ("mnist", "fashion_mnist", "cifar10_alexnet", "purchase100", "texas100", "location30", "letter", "news20")


def draw(name: str, suites: Sequence[str], numbers: dict[str, Numbers]) -> Figure | None:
    """The figure (``"figure3"``) of the suites that it shows and that were run; None where there is none."""
    sns.set_theme(style="whitegrid", context="paper", font_scale=1.0)
    return _MAKERS[name](sorted(suites, key=_place), numbers)


def _place(suite: str) -> int:
    return ORDER.index(suite) if suite in ORDER else len(ORDER)


def _title(suite: str, run: Numbers) -> str:
    return head(SETTINGS[suite], run) + (", synthetic" if run["about"]["synthetic"] else "")


def _pair(title: str, curves: Curves) -> Figure:
    """ROC on log axes beside precision against recall of the verdicts while alpha sweeps from .5 to 1."""
    figure, (left, right) = plt.subplots(1, 2, figsize=(9, 3.6), layout="constrained")
    floor = GRID[0]
    for number, (label, measured) in enumerate(curves):
        look = {"color": sns.color_palette("colorblind")[number % 10], "linestyle": STYLES[number % 4]}
        fp, tp = (np.array(measured["sweep"][k]) for k in ("fp", "tp"))
        own = f"{label} ({measured['auc']['mean']:.3f})"
        left.plot(measured["roc"]["fpr"], measured["roc"]["tpr"], label=own, linewidth=1.3, **look)
        if label.startswith("Two-stage"):
            left.plot(fp / measured["others"], tp / measured["members"], ".", color=look["color"], markersize=3)
        some = tp + fp > 0
        recall, precision = tp[some] / measured["members"], tp[some] / (tp + fp)[some]
        right.plot(recall, precision, label=label, linewidth=1.3, marker=".", markersize=3, **look)
    left.plot([floor, 1], [floor, 1], color="grey", linewidth=0.8)
    left.set(xscale="log", yscale="log", xlim=(floor, 1), ylim=(floor, 1), title=f"ROC, {title}")
    left.set(xlabel="false positive rate", ylabel="true positive rate")
    left.legend(title="attack (AUC)" if label in LABELS.values() else "run (AUC)", fontsize=7, title_fontsize=7)
    right.set(
        xlabel="recall", ylabel="precision", ylim=(0.45, 1.02), xlim=(0, None), title=f"precision-recall, {title}"
    )
    return figure


def _attacks(*names: str) -> Callable[[list[str], dict[str, Numbers]], Figure | None]:
    def figure(suites: list[str], numbers: dict[str, Numbers]) -> Figure | None:
        if not suites or "attacks" not in numbers[suites[0]]:
            return None
        run = numbers[suites[0]]
        return _pair(_title(suites[0], run), [(LABELS[n], run["attacks"][n]) for n in names])

    return figure


def _lambdas(suites: list[str], numbers: dict[str, Numbers]) -> Figure | None:
    found = numbers[suites[0]].get("lambdas") if suites else None
    if not found:
        return None
    rows = found["rows"]
    curves = [(f"lambda {name}", rows[name]) for name in LAMBDAS if name in rows]
    return _pair(lambdas_head(SETTINGS[suites[0]], found), curves)


def _references(suites: list[str], numbers: dict[str, Numbers]) -> Figure | None:
    rows = numbers[suites[0]].get("by_references") if suites else None
    if not rows:
        return None
    shown = [row for row in rows if "roc" in row]
    curves = [(f"{row['references']} reference{'s' * (row['references'] > 1)}", row) for row in shown]
    return _pair(_title(suites[0], numbers[suites[0]]), curves)


def _panels(suites: list[str], width: float, most: int = 4) -> tuple[Figure, list[Any]]:
    """One panel a suite, so many in a row at most."""
    columns = min(len(suites), most)
    rows = -(-len(suites) // columns)
    figure, axes = plt.subplots(
        rows, columns, figsize=(width * columns, 2.7 * rows), layout="constrained", squeeze=False
    )
    for spare in axes.flat[len(suites) :]:
        spare.set_visible(False)
    return figure, list(axes.flat[: len(suites)])


def _two_axes(axes: Any, x: list[float], tp: np.ndarray, claims: np.ndarray, label: str) -> Any:
    """TP on the left axis and precision on the right one, over x; returns the right axis."""
    blue, red = sns.color_palette("colorblind")[0], sns.color_palette("colorblind")[3]
    axes.plot(x, tp, "o-", color=blue, markersize=3, linewidth=1)
    axes.set_xlabel(label)
    axes.set_ylabel("TP, mean of targets", color=blue)
    axes.set_ylim(0, 1.1 * max([*tp, 1]))
    other = axes.twinx()
    share = [t / c if c else np.nan for t, c in zip(tp, claims, strict=True)]
    other.plot(x, share, "s--", color=red, markersize=3, linewidth=1)
    other.set_ylabel("precision", color=red)
    other.set_ylim(0.4, 1.02)
    other.grid(False)
    return other


def _beta(suites: list[str], numbers: dict[str, Numbers]) -> Figure | None:
    suites = [s for s in suites if "by_beta" in numbers[s]]
    if not suites:
        return None
    figure, panels = _panels(suites, 4)
    for suite, axes in zip(suites, panels, strict=True):
        found = numbers[suite]["by_beta"]
        tp, fp = (np.array(found[k]) / targets(numbers[suite]) for k in ("tp", "fp"))
        _two_axes(axes, found["beta"], tp, tp + fp, "beta")
        missed = [(b, t) for b, t, r in zip(found["beta"], tp, found["reached"], strict=True) if not r]
        if missed:
            axes.plot(*zip(*missed, strict=True), "o", color="white", markeredgecolor="black", markersize=4)
        axes.set_title(f"{_title(suite, numbers[suite])}, alpha {found['alpha']:g}")
    return figure


def _number_of_references(suites: list[str], numbers: dict[str, Numbers]) -> Figure | None:
    suites = [s for s in suites if numbers[s].get("by_references")]
    if not suites:
        return None
    figure, panels = _panels(suites, 3.3)
    for suite, axes in zip(suites, panels, strict=True):
        rows = numbers[suite]["by_references"]
        tp, fp = (np.array([np.mean(r[k]) for r in rows]) for k in ("tp", "fp"))
        x = [r["references"] for r in rows]
        right = _two_axes(axes, x, tp, tp + fp, "reference models")
        known = [r for r in rows if r["precision"]["mean"] is not None]
        band = [[r["precision"][end] for r in known] for end in ("low", "high")]
        right.fill_between([r["references"] for r in known], *band, color=right.lines[0].get_color(), alpha=0.15)
        axes.set_title(_title(suite, numbers[suite]))
    return figure


def _difficulty(suites: list[str], numbers: dict[str, Numbers]) -> Figure | None:
    suites = [s for s in suites if numbers[s].get("difficulty")]
    if not suites:
        return None
    figure, panels = _panels(suites, 3.2)
    for suite, axes in zip(suites, panels, strict=True):
        found = numbers[suite]["difficulty"]
        for number, group in enumerate(("missed", "identified")):
            counts = np.array(found[group])
            colour = sns.color_palette("colorblind")[3 * number]
            axes.stairs(counts / counts.sum(), found["edges"], fill=True, alpha=0.45, color=colour, label=group)
        axes.set(xscale="log", xlabel="mean loss on the references (nats)", ylabel="share of the group")
        axes.set_title(_title(suite, numbers[suite]))
        axes.legend(fontsize=7)
    return figure


def _demand(suites: list[str], numbers: dict[str, Numbers]) -> Figure | None:
    suites = [s for s in suites if "attacks" in numbers[s]]
    if not suites:
        return None
    figure, panels = _panels(suites, 3.2)
    for suite, axes in zip(suites, panels, strict=True):
        for number, name in enumerate(FIVE):
            alpha, tp, fp = (np.array(numbers[suite]["attacks"][name]["sweep"][k]) for k in ("alpha", "tp", "fp"))
            reached = np.where(tp + fp, tp / np.maximum(tp + fp, 1), np.nan)
            look = {"color": sns.color_palette("colorblind")[number], "linestyle": STYLES[number % 4]}
            axes.plot(alpha, reached, label=LABELS[name], linewidth=1.2, **look)
        axes.plot([0.5, 1], [0.5, 1], color="grey", linewidth=0.8)
        axes.set(xlabel="precision demanded", ylabel="precision reached", xlim=(0.5, 1), ylim=(0.4, 1.02))
        axes.set_title(_title(suite, numbers[suite]))
    panels[0].legend(fontsize=6)
    return figure


APART = 0.0025  # of AUC, between two names


def _why(suites: list[str], numbers: dict[str, Numbers]) -> Figure | None:
    runs = [run for run in deciding([SETTINGS[s] for s in suites], numbers) if "why" in run]
    if not runs:
        return None
    found = tested(points_of([SETTINGS[s] for s in suites], numbers))
    figure, panels = _panels(list(QUANTITIES), 4.5, 2)
    for name, axes in zip(QUANTITIES, panels, strict=True):
        ends = [100 * quantities(run)[name] for run in runs]
        middle = (min(ends) + max(ends)) / 2
        below = -np.inf
        for run in sorted(runs, key=lambda run: lead(run)["difference"]):
            x, y = 100 * quantities(run)[name], lead(run)
            bars = [[y["difference"] - y["low"]], [y["high"] - y["difference"]]]
            colour = {True: 2, False: 3, None: 7}[pays(run)]
            axes.errorbar(
                [x], [y["difference"]], bars, fmt="o", markersize=3, color=sns.color_palette("colorblind")[colour]
            )
            side, way = ("right", -4) if x > middle else ("left", 4)  # inwards
            place = max(y["difference"], below + APART)
            axes.annotate(
                SETTINGS[run["about"]["suite"]].title,
                (x, place),
                (way, 0),
                textcoords="offset points",
                ha=side,
                va="center",
                fontsize=7,
            )
            below = place
        axes.axhline(0, color="grey", linewidth=0.8)
        if found and found.rule.quantity == name:
            axes.axvline(100 * found.rule.cut, color="black", linestyle="--", linewidth=0.8)
        axes.set(xlabel=f"{QUANTITIES[name]}, %", ylabel="lead of AUC")
    return figure


_MAKERS: dict[str, Callable[[list[str], dict[str, Numbers]], Figure | None]] = {
    **{f"figure{n}": _attacks(*FIVE) for n in range(3, 9)},
    "figure9": _beta,
    "figure10": _lambdas,
    "figure11": _lambdas,
    "figure12": _references,
    "figure13": _references,
    "figure14": _number_of_references,
    **{f"figure{n}": _attacks("two-stage", "two-stage-lira", "lira-offline") for n in (15, 16)},
    "figure17": _difficulty,
    "figure18": _demand,
    "figure19": _why,
}
