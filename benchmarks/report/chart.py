"""A figure as values, drawn by two hands: `svg` writes it into the page, `drawing` puts it on paper. Nothing is drawn
here. Lengths are points.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

SHOWN = 6  # curves that a plot shows from the start; a legend brings the others


@dataclass(frozen=True)
class Axis:
    """What it is and its unit, its ends, and (value, words) where it is marked."""

    label: str
    low: float
    high: float
    ticks: tuple[tuple[float, str], ...]
    log: bool = False

    def place(self, values: Any) -> np.ndarray:
        """Where values are on it, 0 at its low end and 1 at its high end; beyond an end is at that end."""
        at, low, high = (np.asarray(v, float) for v in (values, self.low, self.high))
        if self.log:
            at, low, high = np.log(np.maximum(at, 1e-300)), np.log(low), np.log(high)
        return np.asarray(((at - low) / (high - low)).clip(0, 1))


@dataclass(frozen=True, eq=False)
class Curve:
    """A named line (G,) with its interval; `shown`, and `banded` its interval, from the start."""

    number: int
    name: str
    x: np.ndarray
    y: np.ndarray
    low: np.ndarray
    high: np.ndarray
    shown: bool = True
    banded: bool = False


@dataclass(frozen=True, eq=False)
class Guide:
    """A line to compare with: guessing, or a Pareto front; `role` its colour's, `name` for a legend, if any."""

    x: Sequence[float]
    y: Sequence[float]
    dashes: tuple[float, float] = (1, 2)
    role: str = "muted"
    name: str = ""


@dataclass(frozen=True, eq=False)
class Steps:
    """A filled histogram: heights (B,) between edges (B + 1,)."""

    role: str
    name: str
    edges: Sequence[float]
    heights: Sequence[float]


@dataclass(frozen=True)
class Spot:
    """A point with the intervals of both of its numbers; no name, no mark of its own."""

    number: int
    name: str
    x: float
    y: float
    across: tuple[float, float] | None = None
    up: tuple[float, float] | None = None


@dataclass(frozen=True)
class Tiles:
    """A heat map: values by row and column, deeper from `low` to `high`; for paper, since the page has tables."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    values: tuple[tuple[float | None, ...], ...]
    low: float
    high: float
    digits: int = 3


Mark = Curve | Guide | Steps | Spot | Tiles


@dataclass(frozen=True)
class Margins:
    """What is beside the axes: room for their labels."""

    left: float
    right: float
    top: float
    bottom: float


@dataclass(frozen=True, eq=False)
class Chart:
    """Axes and what is on them, the hindmost first."""

    across: Axis
    up: Axis
    marks: tuple[Mark, ...]
    upright: bool = False  # whether the words at the horizontal axis stand on end
    named: bool = False  # whether what stands at the vertical axis are names, a line each

    def margins(self, font: float) -> Margins:
        """Room for labels of that size: a letter is as wide as 0.56 of its height at most, on average."""
        longest = max((len(words) for _, words in self.up.ticks), default=0)
        last = max((len(words) for _, words in self.across.ticks), default=0)
        return Margins(
            (1.5 * bool(self.up.label) + 0.56 * longest + 0.8) * font,
            (0.3 * last * (not self.upright) + 0.4) * font,
            0.6 * font,
            ((0.56 * last + 1 if self.upright else 1.7) + 1.4 * bool(self.across.label)) * font,
        )


def nice(low: float, high: float, most: int = 7, unit: str = "") -> tuple[tuple[float, str], ...]:
    """At most `most` + 1 round numbers from `low` to `high`, as ticks."""
    rough = (high - low) / most
    power = 10.0 ** np.floor(np.log10(rough))
    step = next(float(m * power) for m in (1, 2, 2.5, 5, 10) if m * power >= rough * (1 - 1e-9))
    values = np.arange(np.ceil(low / step - 1e-9), np.floor(high / step + 1e-9) + 1) * step
    return tuple((v, f"{v:g}{unit}".replace("-", "\u2212")) for v in (round(float(v), 10) + 0.0 for v in values))


def powers(low: float, high: float, percent: bool = True) -> tuple[tuple[float, str], ...]:
    """The powers of ten from `low` to `high`, as ticks: shares in percent, or plain numbers."""
    exponents = range(int(np.ceil(np.log10(low) - 1e-9)), int(np.floor(np.log10(high) + 1e-9)) + 1)
    skip = -(-len(exponents) // 7)
    found = [10.0**k for k in list(exponents)[::-1][::skip][::-1]]
    return tuple((v, f"{100 * v:g}\u00a0%" if percent else f"{v:,.10g}") for v in found)
