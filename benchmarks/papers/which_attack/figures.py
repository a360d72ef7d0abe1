"""The figure of the page: TPR at 1 % FPR over the number of reference models. A pure function of numbers."""

from __future__ import annotations

from collections.abc import Sequence

import matplotlib

matplotlib.use("Agg")
import matplotlib.pyplot as plt
import seaborn as sns
from matplotlib.figure import Figure

from benchmarks.papers.kit import Numbers
from benchmarks.papers.which_attack.settings import REFERENCES, TITLES

LINES = {  # attack: (colour, style); online solid, offline dashed
    "bavaria-n": (0, "-"),
    "lira-online-fixed": (1, "-"),
    "lira-online": (2, "-"),
    "rmia": (3, "-"),
    "bavaria-n-offline": (0, "--"),
    "lira-offline-fixed": (1, "--"),
    "attack-r": (2, "--"),
    "rmia-offline": (3, "--"),
    "c-loss": (4, "--"),
    "two-stage": (7, "--"),
}


def draw(suites: Sequence[str], numbers: dict[str, Numbers]) -> Figure | None:
    """A panel a suite; None where none was run."""
    if not suites:
        return None
    sns.set_theme(style="whitegrid", context="paper", font_scale=1.0)
    palette, columns = sns.color_palette("colorblind"), min(len(suites), 2)
    rows = -(-len(suites) // columns)
    figure, axes = plt.subplots(rows, columns, figsize=(4.6 * columns, 3 * rows), layout="constrained", squeeze=False)
    drawn = {}
    for suite, panel in zip(suites, axes.flat, strict=False):
        by = {int(r): of["attacks"] for r, of in numbers[suite]["by_references"].items()}
        for name, (colour, style) in LINES.items():
            points = {r: by[r][name]["tpr"] for r in sorted(by) if name in by[r] and by[r][name]["tpr"]["mean"]}
            if points:
                ends = [[100 * of[k] for of in points.values()] for k in ("mean", "low", "high")]
                (drawn[name],) = panel.plot(list(points), ends[0], style, color=palette[colour], marker=".")
                panel.fill_between(list(points), ends[1], ends[2], color=palette[colour], alpha=0.1, linewidth=0)
        panel.set_xscale("log", base=2)
        panel.set_xticks(REFERENCES, map(str, REFERENCES))
        panel.set(title=TITLES[suite], xlabel="reference models", ylabel="TPR at 1 % FPR, %", ylim=(0, None))
    for spare in list(axes.flat)[len(suites) :]:
        spare.set_visible(False)
    figure.legend(drawn.values(), drawn.keys(), loc="outside lower center", ncols=5, fontsize=8)
    return figure
