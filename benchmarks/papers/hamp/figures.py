"""Privacy against utility: the strongest attack's TPR over test accuracy. A pure function of numbers."""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure

from benchmarks.papers.hamp.keeping import completed
from benchmarks.papers.hamp.settings import ROWS, SETTINGS
from benchmarks.papers.kit import Numbers, heading
from benchmarks.papers.kit.about import any_about

MARKS = "s*ov^<>DdPXhp8"  # of ROWS
COLOURS = 10  # of the palette


def draw(suites: Sequence[str], numbers: dict[str, Numbers]) -> Figure | None:
    """A panel a suite; None where none was run."""
    if not suites:
        return None
    sns.set_theme(style="whitegrid", context="paper", font_scale=1.0)
    columns = min(len(suites), 2)
    rows = -(-len(suites) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.6 * columns, 3.6 * rows), layout="constrained", squeeze=False)
    colours = itertools.cycle(sns.color_palette("colorblind"))
    looks = {
        title: (mark, next(colours), "full" if place < COLOURS else "none")  # a colour again, a mark without filling
        for place, (title, mark) in enumerate(zip(ROWS, MARKS, strict=True))
    }
    drawn = {}
    for suite, panel in zip(suites, axes.flat, strict=False):
        run = completed(numbers[suite])
        for title in (t for t in ROWS if t in run):
            of = run[title]
            x, y = (
                [100 * i[k] for k in ("mean", "low", "high")]
                for i in (of["accuracy"]["test"], of["leaders"]["tpr"]["of"])
            )
            mark, colour, fill = looks[title]
            error = {"xerr": [[x[0] - x[1]], [x[2] - x[0]]], "yerr": [[y[0] - y[1]], [y[2] - y[0]]]}
            drawn[title] = panel.errorbar(
                x[0],
                y[0],
                **error,
                fmt=mark,
                color=colour,
                fillstyle=fill,
                markersize=11 if mark == "*" else 6,
                linewidth=1,
            )
        title = heading(SETTINGS[suite], any_about(numbers[suite]))
        panel.set(title=title, xlabel="test accuracy, %", ylabel="strongest attack's TPR at .1 % FPR, %")
        panel.set_ylim(0, None)
    for spare in list(axes.flat)[len(suites) :]:
        spare.set_visible(False)
    figure.legend(drawn.values(), drawn.keys(), loc="outside lower center", ncols=4, fontsize=8)
    return figure
