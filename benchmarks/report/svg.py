"""A chart as inline SVG for the page: small, its colours by class, its text in the page's own type.

Lines have no more points than a reader can see, and are drawn in whole half points. What classes look like says
page.css, and base.html for each series.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from markupsafe import Markup

from benchmarks.report.chart import Chart, Curve, Guide, Mark, Spot, Steps, Tiles
from benchmarks.report.style import MARKS, mark

FONT = 10.0
SEEN, SEEN_OF_BAND = 0.3, 0.6  # points by which a line may be off, and the border of a band, which is faint
SCALE = 2  # units a point


class Frames:
    """The axes of a page's charts, each written once however many charts have it."""

    def __init__(self) -> None:
        self._known: dict[Markup, int] = {}

    def use(self, axes: Markup) -> Markup:
        """What stands in a chart for its axes."""
        return Markup('<use href="#f{}"/>').format(self._known.setdefault(axes, len(self._known)))

    def __html__(self) -> Markup:
        """All of them, for the end of the page."""
        each = [Markup('<g id="f{}">{}</g>').format(number, axes) for axes, number in self._known.items()]
        return Markup('<svg class="frames" aria-hidden="true"><defs>{}</defs></svg>').format(Markup("").join(each))


def svg(chart: Chart, alt: str, size: tuple[float, float], frames: Frames | None = None) -> Markup:
    """The chart, `size` points large, with `alt` as its text alternative; its axes in `frames`, if there are any."""
    return _Canvas(chart, size).drawn(alt, frames)


class _Canvas:
    """A chart's axes in their place, in points from the upper left corner."""

    def __init__(self, chart: Chart, size: tuple[float, float]) -> None:
        self.chart, self.size, margins = chart, size, chart.margins(FONT)
        self.left, self.top = margins.left, margins.top
        self.right, self.bottom = size[0] - margins.right, size[1] - margins.bottom

    def drawn(self, alt: str, frames: Frames | None) -> Markup:
        ends, axes = [_n(v) for v in self.size], Markup("").join(self._axes())
        parts = [Markup('<svg class="chart" viewBox="0 0 {} {}" role="img" aria-label="{}">').format(*ends, alt)]
        parts.append(axes if frames is None else frames.use(axes))
        for one in self.chart.marks:
            parts += self._mark(one)
        return Markup("").join([*parts, Markup("</svg>")])

    def x(self, values: object) -> np.ndarray:
        return self.left + self.chart.across.place(values) * (self.right - self.left)

    def y(self, values: object) -> np.ndarray:
        return self.bottom - self.chart.up.place(values) * (self.bottom - self.top)

    def _axes(self) -> list[Markup]:
        across, up = self.chart.across, self.chart.up
        columns, rows = self.x([v for v, _ in across.ticks]), self.y([v for v, _ in up.ticks])
        grid = "".join(f"M{_n(x)} {_n(self.top)}V{_n(self.bottom)}" for x in columns)
        grid += "".join(f"M{_n(self.left)} {_n(y)}H{_n(self.right)}" for y in rows)
        frame = f"M{_n(self.left)} {_n(self.top)}V{_n(self.bottom)}H{_n(self.right)}"
        made = [Markup('<path class="grid" d="{}"/><path class="axis" d="{}"/>').format(grid, frame)]
        below = self.bottom + 1.25 * FONT
        made.append(_words("tx", [(x, below, words) for x, (_, words) in zip(columns, across.ticks, strict=True)]))
        beside = [
            (self.left - 0.5 * FONT, y + 0.33 * FONT, words) for y, (_, words) in zip(rows, up.ticks, strict=True)
        ]
        made.append(_words("ty", beside))
        middle = (self.left + self.right) / 2, (self.top + self.bottom) / 2
        made.append(_words("tx", [(middle[0], self.size[1] - 0.4 * FONT, across.label)] if across.label else []))
        if up.label:
            turned = Markup('<text class="tx" transform="translate({} {})rotate(-90)">{}</text>')
            made.append(turned.format(_n(FONT), _n(middle[1]), up.label))
        return made

    def _mark(self, one: Mark) -> list[Markup]:
        match one:
            case Curve():
                return self._curve(one)
            case Guide():
                path = _line(self.x(one.x), self.y(one.y))
                drawn = Markup('<path class="guide {}" stroke-dasharray="{} {}" d="{}"/>')
                return [drawn.format(one.role, *map(_n, one.dashes), path)]
            case Steps():
                return [Markup('<path class="steps {}" d="{}"/>').format(one.role, self._stairs(one))]
            case Spot():
                return self._spot(one)
            case Tiles():
                raise TypeError("expected a chart for the page, got a heat map, which is a table there")

    def _curve(self, one: Curve) -> list[Markup]:
        x, hidden = self.x(one.x), "" if one.shown else " off"
        there, back = ((x, self.y(of)) for of in (one.high, one.low))
        lower = _line(back[0][::-1], back[1][::-1], SEEN_OF_BAND)
        band = _line(*there, SEEN_OF_BAND) + lower.replace("M", "L", 1) + "z"
        made = Markup('<path class="b b{0}{2}{3}" d="{1}"/>').format(one.number, band, hidden, " shown" * one.banded)
        return [made, Markup('<path class="s s{}{}" d="{}"/>').format(one.number, hidden, _line(x, self.y(one.y)))]

    def _stairs(self, one: Steps) -> str:
        x, y = _units(self.x(one.edges)), _units(self.y(one.heights))
        [floor] = _units(np.array([self.bottom]))
        turns = [i for i in range(len(y)) if i == 0 or y[i] != y[i - 1]]
        path, at = f"M{x[0]} {floor}", floor
        for i, turn in enumerate(turns):
            end = turns[i + 1] if i + 1 < len(turns) else len(y)
            path += f"v{y[turn] - at}h{x[end] - x[turn]}"
            at = y[turn]
        return path + f"V{floor}z"

    def _spot(self, one: Spot) -> list[Markup]:
        x, y = float(self.x(one.x)), float(self.y(one.y))
        reach = ""
        if one.across:
            reach += f"M{_n(self.x(one.across[0]))} {_n(y)}H{_n(self.x(one.across[1]))}"
        if one.up:
            reach += f"M{_n(x)} {_n(self.y(one.up[0]))}V{_n(self.y(one.up[1]))}"
        made = [Markup('<path class="reach s s{}" d="{}"/>').format(one.number, reach)] if reach else []
        spot = Markup('<path class="spot s s{0} p{0}" transform="translate({1} {2})" d="{3}"/>')
        return [*made, spot.format(one.number, _n(x - 13), _n(y - 5), MARKS[mark(one.number)])]


def _words(kind: str, placed: Sequence[tuple[float, float, str]]) -> Markup:
    each = Markup('<text x="{}" y="{}">{}</text>')
    inside = Markup("").join(each.format(_n(x), _n(y), words) for x, y, words in placed)
    return Markup('<g class="{}">{}</g>').format(kind, inside) if placed else Markup("")


def _n(value: object) -> str:
    return f"{round(SCALE * float(value))}"  # type: ignore[arg-type]


def _units(values: np.ndarray) -> list[int]:
    return [int(v) for v in np.round(SCALE * values)]


def _line(x: np.ndarray, y: np.ndarray, seen: float = SEEN) -> str:
    """The path through the points that can be seen, each but the first from the one before."""
    kept = thinned(np.column_stack([x, y]), seen)
    at = np.round(SCALE * kept).astype(int)
    steps = np.diff(at, axis=0)
    steps = steps[np.any(steps != 0, axis=1)]
    numbers = "".join(f"{v}" if v < 0 else f" {v}" for v in steps.ravel().tolist())
    return f"M{at[0, 0]} {at[0, 1]}" + (f"l{numbers.strip()}" if len(steps) else "")


def thinned(points: np.ndarray, seen: float = SEEN) -> np.ndarray:
    """Those of points (G, 2) without which the line would be off by more than `seen` (Douglas and Peucker 1973)."""
    keep, todo = np.zeros(len(points), bool), [(0, len(points) - 1)]
    keep[[0, -1]] = True
    while todo:
        first, last = todo.pop()
        if last - first < 2:
            continue
        start, end, between = points[first], points[last], points[first + 1 : last]
        along = end - start
        length = float(np.hypot(*along))
        if length > 0:
            off = np.abs(along[0] * (between[:, 1] - start[1]) - along[1] * (between[:, 0] - start[0])) / length
        else:
            off = np.hypot(*(between - start).T)
        most = int(off.argmax())
        if off[most] > seen:
            keep[first + 1 + most] = True
            todo += [(first, first + 1 + most), (first + 1 + most, last)]
    return points[keep]
