"""From plots to files for papers (PNG, SVG) and to inline SVG that follows the page's colour scheme."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markupsafe import Markup
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from benchmarks.report.style import short, styled
from benchmarks.report.svg import fit
from benchmarks.results import files


@dataclass(frozen=True)
class Plot:
    """What to draw, what one sees in it in words, and the size of its axes' figure in points."""

    title: str
    alt: str
    draw: Callable[[Axes], None]
    size: tuple[float, float] = (360, 275)
    legend: bool = True  # on paper; the page has its own, above the plots
    across: str = ""  # what the horizontal axis of panels is; the page says so above them


def inline(plot: Plot, number: int) -> Markup:
    """The plot as SVG for the page: colours by role, text as text, `number` keeps its ids apart from others'."""
    with styled():
        figure = Figure(figsize=(plot.size[0] / 72, plot.size[1] / 72), layout="constrained")
        plot.draw(figure.add_subplot())
        out = io.StringIO()
        figure.savefig(out, format="svg")
    return Markup(fit(out.getvalue(), plot.alt, number))


def save(plots: Sequence[Plot], stem: Path) -> None:
    """Write STEM.png and STEM.svg: one plot, or several as panels with one legend. Raises OSError."""
    for kind, made in on_paper(plots).items():
        files.write(stem.with_name(f"{stem.name}.{kind}"), made)


def on_paper(plots: Sequence[Plot]) -> dict[str, bytes]:
    """The same as the content of files by their kind, png and svg."""
    made = {}
    with styled():
        figure = drawn(plots)
        figure.draw_without_rendering()  # lay out once, not once a file
        figure.set_layout_engine("none")
        for kind in ("png", "svg"):
            metadata = {"Date": None} if kind == "svg" else None
            out = io.BytesIO()
            figure.savefig(out, format=kind, dpi=160, facecolor="white", metadata=metadata)
            made[kind] = out.getvalue()
    return made


def drawn(plots: Sequence[Plot]) -> Figure:
    """One plot, or several as panels, with one legend."""
    columns = min(len(plots), 4)
    rows = -(-len(plots) // columns)
    width, height = plots[0].size
    beside = plots[0].legend and not plots[0].across  # the legend of a single plot; that of panels lies above them
    figure = Figure(figsize=((columns * width + 110 * beside) / 72, rows * height / 72), layout="constrained")
    grid = figure.subplots(rows, columns, squeeze=False).ravel()
    for axes, plot in zip(grid, plots, strict=False):
        plot.draw(axes)
        axes.set_title(plot.title if len(plots) == 1 else short(plot.title), fontsize=10, loc="left")
    for band in _bands(figure):
        band.set_visible(str(band.get_gid()).endswith("-shown"))  # the page shows the others on demand
    for axes in grid[len(plots) :]:
        axes.set_axis_off()
    handles, labels = grid[0].get_legend_handles_labels()
    if plots[0].legend and handles:
        shown = [f" {short(n)}" if n.startswith("_") else short(n) for n in labels]  # a leading _ would hide it
        where: Any = "outside right upper" if beside else "outside upper left"
        figure.legend(handles, shown, loc=where, ncols=2 - beside, title=_title(figure), title_fontsize=9)
    if plots[0].across:
        figure.supxlabel(plots[0].across, fontsize=10)
    return figure


def _bands(figure: Figure) -> list[Any]:
    return figure.findobj(lambda a: str(a.get_gid()).startswith("band-"))


def _title(figure: Figure) -> str | None:
    """Of the legend: what the bands are, and whose are drawn."""
    visible = [b.get_visible() for b in _bands(figure)]
    if not visible:
        return None
    return "band: 95 % interval" + ("" if all(visible) else f",\nfirst {sum(visible)} drawn")
