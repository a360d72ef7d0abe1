"""Seconds a model against the number of models, one panel a shape."""

from __future__ import annotations

from statistics import fmean
from typing import Any

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter, NullLocator

from benchmarks.speed.derived import Derived, derive

COLOURS = {"fp32": "tab:blue", "mixed": "tab:orange"}


def figure(result: dict[str, Any]) -> Figure:
    """Engine, textbook loop and floor of every shape, both axes logarithmic."""
    sns.set_theme(style="whitegrid", context="paper", font_scale=1.1)
    rows = [derive(result, row) for row in result["rows"]]
    shapes = list(dict.fromkeys(r.shape for r in rows))
    grid, panels = plt.subplots(2, 3, figsize=(11, 6.6), squeeze=False)
    for panel, shape in zip(panels.flat, shapes, strict=False):
        _panel(panel, shape, [r for r in rows if r.shape == shape])
    for panel in panels.flat[len(shapes) :]:
        panel.axis("off")
    lines = {line.get_label(): line for panel in panels.flat for line in panel.get_lines()}
    panels.flat[-1].legend(lines.values(), lines.keys(), loc="center", frameon=False)
    grid.suptitle(f"Training time of one model: {result['device']}")
    grid.tight_layout()
    return grid


def _panel(panel: Any, shape: str, rows: list[Derived]) -> None:
    for precision in dict.fromkeys(r.precision for r in rows):
        own = sorted((r for r in rows if r.precision == precision), key=lambda r: r.cohort)
        cohorts, colour = [r.cohort for r in own], COLOURS[precision]
        panel.plot(cohorts, [r.per_model for r in own], "o-", color=colour, label=f"engine, {precision}", markersize=4)
        panel.plot(cohorts, [r.floor for r in own], ":", color=colour, label=f"floor, {precision}")
    cohorts = sorted({r.cohort for r in rows})
    loops = [fmean(r.textbook for r in rows if r.cohort == cohort) for cohort in cohorts]
    panel.plot(cohorts, loops, "s--", color="black", label="textbook loop, fp32", markersize=3, linewidth=1)
    panel.set(xscale="log", yscale="log", title=shape, xlabel="models in one call", ylabel="seconds a model")
    panel.set_xticks(cohorts, [str(c) for c in cohorts])
    panel.xaxis.set_minor_locator(NullLocator())
    panel.yaxis.set_major_locator(LogLocator(subs=(1, 2, 5)))
    panel.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    panel.yaxis.set_minor_formatter(NullFormatter())
