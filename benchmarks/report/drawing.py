"""Charts on paper: matplotlib figures of a paper's width, and their files (PNG, SVG, PDF).

Everything has its place beforehand, so that nothing is laid out by trial: that is what takes matplotlib long.
"""

from __future__ import annotations

import io
import math
from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import LinearSegmentedColormap
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from benchmarks.report.chart import Axis, Chart, Curve, Guide, Mark, Spot, Steps, Tiles
from benchmarks.report.plot import KINDS, Plot
from benchmarks.report.style import INK, MUTED, SERIES, line, mark, short, styled
from benchmarks.results import files

COLUMN, PAGE = 227.0, 343.0  # points of 1/72 inch: as wide as a column of two, and as the text of LaTeX's own article
TALL = 186.0  # of one chart's axes with their labels
PANEL, PANELS, ACROSS = 88.0, 12, 3  # a panel's, how many panels a page has room for, and how many a row
FONT, SMALL = 7.5, 6.5
NUMBER, SHORT = 20.0, 12.0  # a tile's width with a number as 0.534 in it, and as .53
ROLES = {"muted": MUTED, "ink": INK, "c0": SERIES[0], "c1": SERIES[1]}
METADATA = {"png": {"Software": None}, "svg": {"Date": None}, "pdf": {"CreationDate": None}}


def save(plots: Sequence[Plot], stem: Path, kinds: Collection[str] = ("png", "svg")) -> None:
    """Write STEM.png and so on: one plot, or several as panels with one legend. Raises OSError."""
    for kind, made in on_paper(plots, kinds).items():
        files.write(stem.with_name(f"{stem.name}.{kind}"), made)


def on_paper(plots: Sequence[Plot], kinds: Collection[str] = KINDS) -> dict[str, bytes]:
    """The same as the content of files by their kind, the same bytes at all times."""
    made = {}
    with styled():
        figure = drawn(plots)
        figure.set_facecolor("white")
        for kind in kinds:
            out = io.BytesIO()
            _print(figure, kind, out)
            made[kind] = out.getvalue()
    return made


def _print(figure: Figure, kind: str, out: io.BytesIO) -> None:
    """As `figure.savefig` does, which draws twice: the first time to find places, which all have theirs."""
    figure.set_dpi(300 if kind == "png" else 72)
    if kind == "png":
        FigureCanvasAgg(figure).print_png(out, metadata=METADATA[kind], pil_kwargs={"compress_level": 1})
    elif kind == "svg":
        from matplotlib.backends.backend_svg import FigureCanvasSVG

        FigureCanvasSVG(figure).print_svg(out, metadata=METADATA[kind])
    else:
        from matplotlib.backends.backend_pdf import FigureCanvasPdf

        FigureCanvasPdf(figure).print_pdf(out, metadata=METADATA[kind])


def drawn(plots: Sequence[Plot]) -> Figure:
    """A figure of one plot, as wide as a column, or of several (at most PANELS), as wide as a page."""
    plots = plots[:PANELS]
    charts = [plot.chart() for plot in plots]
    panels = len(plots) > 1 or bool(plots[0].across)
    columns = min(len(plots), ACROSS) if panels else 1
    rows, width = -(-len(plots) // columns), PAGE if panels else _broad(charts[0])
    font = SMALL if panels else FONT
    tall = PANEL + 1.6 * font if panels else _tall(charts[0])
    handles = _handles(charts[0]) if plots[0].legend else []
    across = max(1, int(width // 110))
    title = _title(charts[0])
    above = (1.5 * FONT * (-(-len(handles) // across) + bool(title)) + 3) if handles else 0.0
    below = 1.6 * FONT if plots[0].across else 0.0
    height = above + rows * tall + below
    figure = Figure(figsize=(width / 72, height / 72))
    FigureCanvasAgg(figure)
    wide = width / columns
    for i, (plot, chart) in enumerate(zip(plots, charts, strict=True)):
        margins = chart.margins(font)
        head = 1.6 * font if panels else 0.0
        left, top = (i % columns) * wide + margins.left, above + (i // columns) * tall + head + margins.top
        right, bottom = (i % columns + 1) * wide - margins.right - 3, above + (i // columns + 1) * tall - margins.bottom
        place = (left / width, 1 - bottom / height, (right - left) / width, (bottom - top) / height)
        axes = figure.add_axes(place)
        on_axes(axes, chart, font)
        if panels:
            axes.set_title(short(plot.title), fontsize=font + 0.5, loc="left", y=1.0, pad=2)
    if handles:
        look: Any = {"fontsize": FONT, "ncols": across, "title": title, "title_fontsize": FONT, "alignment": "left"}
        look |= {"borderaxespad": 0.2, "borderpad": 0.1, "labelspacing": 0.3, "handlelength": 1.8, "columnspacing": 1}
        figure.legend(handles=handles, loc="upper left", **look)
    if plots[0].across:
        figure.text(0.5, 2 / height, plots[0].across, fontsize=FONT, ha="center", va="bottom", color=MUTED)
    return figure


def _broad(chart: Chart) -> float:
    """Of a chart alone: a column, or a page where tiles would have no room for their numbers."""
    tiles = next((m for m in chart.marks if isinstance(m, Tiles)), None)
    beside = chart.margins(FONT).left + chart.margins(FONT).right
    return COLUMN if tiles is None or beside + NUMBER * len(tiles.columns) <= COLUMN else PAGE


def _tall(chart: Chart) -> float:
    """Of a chart alone; one with names at its side has a line for each."""
    return 16 + 11.0 * max(len(chart.up.ticks), 4) + chart.margins(FONT).bottom if chart.named else TALL


def on_axes(axes: Axes, chart: Chart, font: float = FONT) -> None:
    """Draw a chart on axes of matplotlib's."""
    for axis, of, kind in ((axes.xaxis, chart.across, "x"), (axes.yaxis, chart.up, "y")):
        _axis(axes, axis, of, kind, font)
    margins, points = chart.margins(font), 72 / axes.figure.dpi  # a pixel's
    axes.xaxis.set_label_coords(0.5, -(margins.bottom - 1.4 * font) / (axes.bbox.height * points))
    axes.yaxis.set_label_coords(-(margins.left - 1.4 * font) / (axes.bbox.width * points), 0.5)
    axes.xaxis.set_tick_params(rotation=90 if chart.upright else 0)
    for depth, one in enumerate(chart.marks):
        _mark(axes, one, 2 + depth, font)


def _axis(axes: Axes, axis: Any, of: Axis, kind: str, font: float) -> None:
    axes.set(**{f"{kind}scale": "log" if of.log else "linear", f"{kind}lim": (of.low, of.high)})
    axis.set_ticks([v for v, _ in of.ticks], [words for _, words in of.ticks])
    axis.set_minor_locator(NullLocator())
    axis.set_tick_params(labelsize=font, pad=2)
    axis.set_label_text(of.label, fontsize=font)


def _mark(axes: Axes, one: Mark, depth: float, font: float) -> None:
    match one:
        case Curve() if one.shown:
            look = line(one.number)
            if one.banded:
                axes.fill_between(one.x, one.low, one.high, color=look["color"], alpha=0.16, linewidth=0, zorder=depth)
            axes.plot(one.x, one.y, zorder=depth + 0.5, solid_capstyle="round", **look)
        case Guide():
            axes.plot(one.x, one.y, zorder=depth, **_dashed(one))
        case Steps():
            colour = ROLES[one.role]
            axes.stairs(one.heights, one.edges, fill=True, color=colour, alpha=0.22, linewidth=0)
            axes.stairs(one.heights, one.edges, color=colour, linewidth=0.9)
        case Spot():
            _spot(axes, one, depth)
        case Tiles():
            _tiles(axes, one, font)


def _dashed(one: Guide) -> dict[str, Any]:
    return {"color": ROLES[one.role], "linewidth": 0.8, "linestyle": (0, one.dashes)}


def _spot(axes: Axes, one: Spot, depth: float) -> None:
    colour = SERIES[one.number % len(SERIES)]
    for ends, x, y in ((one.across, None, one.y), (one.up, one.x, None)):
        if ends:
            axes.plot(
                ends if x is None else (x, x), ends if y is None else (y, y), color=colour, linewidth=0.8, alpha=0.6
            )
    axes.plot(one.x, one.y, mark(one.number), color=colour, markersize=4.5, zorder=depth)


def _tiles(axes: Axes, one: Tiles, font: float) -> None:
    blues = LinearSegmentedColormap.from_list("blues", ["#f4f8fc", "#2b6cb0"])
    values = np.array([[np.nan if v is None else v for v in row] for row in one.values][::-1], float)
    axes.pcolormesh(
        np.arange(values.shape[1] + 1) - 0.5,
        np.arange(values.shape[0] + 1) - 0.5,
        np.ma.masked_invalid(values),
        cmap=blues,
        vmin=one.low,
        vmax=one.high,
        edgecolors="white",
        linewidth=0.8,
    )
    wide = axes.bbox.width / axes.figure.dpi * 72 / values.shape[1]
    for (row, column), value in np.ndenumerate(values):
        if np.isfinite(value) and wide >= SHORT:
            deep = (value - one.low) / max(one.high - one.low, 1e-9) > 0.8
            axes.text(
                column,
                row,
                f"{value:.{one.digits}f}" if wide >= NUMBER else f"{value:.2f}".removeprefix("0"),
                ha="center",
                va="center",
                fontsize=font - 0.5,
                color="white" if deep else INK,
            )
    axes.grid(visible=False)
    axes.spines[:].set_visible(False)


def _handles(chart: Chart) -> list[Any]:
    from matplotlib.lines import Line2D
    from matplotlib.patches import Patch

    made: list[Any] = []
    spots = any(isinstance(m, Spot) for m in chart.marks)
    for one in sorted(chart.marks, key=lambda m: getattr(m, "number", math.inf)) if spots else chart.marks[::-1]:
        match one:
            case Guide() if one.name:
                made.append(Line2D([], [], label=one.name, **_dashed(one)))
            case Curve() if one.shown:
                made.append(Line2D([], [], label=_plain(one.name), **line(one.number)))
            case Steps():
                made.append(Patch(facecolor=ROLES[one.role], alpha=0.45, label=one.name))
            case Spot() if one.name:
                colour = SERIES[one.number % len(SERIES)]
                made.append(
                    Line2D([], [], color=colour, marker=mark(one.number), ls="", ms=4.5, label=_plain(one.name))
                )
    return made


def _plain(name: str) -> str:
    """A name as a label; a leading _ would hide it."""
    return f" {short(name)}" if name.startswith("_") else short(name)


def _title(chart: Chart) -> str | None:
    """Of the legend: what the bands are, whose are drawn, and how many curves are not."""
    curves = [m for m in chart.marks if isinstance(m, Curve)]
    if not curves:
        return None
    shown, banded = (sum(getattr(c, k) for c in curves) for k in ("shown", "banded"))
    first = f"the strongest {shown} of {len(curves)}; " if shown < len(curves) else ""
    return f"{first}band: 95 % interval" + ("" if banded == shown else f", first {banded}")
