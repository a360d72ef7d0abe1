"""A plot: a chart that is made when it is drawn, and the words that stand for it where it cannot be seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from markupsafe import Markup

from benchmarks.report.chart import Chart
from benchmarks.report.svg import Frames, svg

KINDS = ("png", "svg", "pdf")  # of its files


@dataclass(frozen=True)
class Plot:
    """What to draw, what one sees in it in words, and its size on the page in points."""

    title: str
    alt: str
    chart: Callable[[], Chart]
    size: tuple[float, float] = (360, 275)
    legend: bool = True  # on paper; the page has its own, above the plots
    across: str = ""  # what the horizontal axis of panels is, in full

    def inline(self, frames: Frames | None = None) -> Markup:
        """The plot as SVG for the page, its axes in `frames`, if there are any."""
        return svg(self.chart(), self.alt, self.size, frames)
