"""How figures look: one palette, for the page in both colour schemes and for paper."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

INK, MUTED, RULE = "#1c2430", "#667085", "#dde1e7"
# A test finds all apart under every kind of colour blindness, and each with a contrast of 3 : 1 to the page.
SERIES = (
    *("#2457a6", "#c9480a", "#00875f", "#7a1f5c", "#a678b2"),
    *("#31000d", "#820f00", "#0001ff", "#be2bf0", "#5200a6"),
)
DASHES: tuple[Any, ...] = ("-", (0, (5, 2)), (0, (1.2, 1.6)))
MARKS = {  # for defenses: matplotlib's name of a mark, and the same as an SVG path about (26, 10), in half points
    "o": "M18 10a8 8 0 1 0 16 0a8 8 0 1 0 -16 0z",
    "s": "M19 3h14v14h-14z",
    "^": "M26 1l9 16h-18z",
    "D": "M26 0l10 10l-10 10l-10 -10z",
    "v": "M26 19l-9 -16h18z",
    "P": "M23 1h6v6h6v6h-6v6h-6v-6h-6v-6h6z",
}
_RC: dict[str, Any] = {
    "font.size": 7.5,
    "text.color": INK,
    "text.parse_math": False,  # names are names, never formulas
    "axes.edgecolor": MUTED,
    "axes.labelcolor": MUTED,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "axes.axisbelow": True,
    "axes.facecolor": "none",
    "figure.facecolor": "none",
    "grid.color": RULE,
    "grid.linewidth": 0.5,
    "xtick.color": MUTED,
    "ytick.color": MUTED,
    "xtick.minor.size": 0,
    "ytick.minor.size": 0,
    "xtick.major.size": 2,
    "ytick.major.size": 0,
    "legend.frameon": False,
    "svg.fonttype": "none",
    "pdf.fonttype": 42,
    "svg.hashsalt": "mia-arena",
}


@contextmanager
def styled() -> Iterator[None]:
    """The style, while figures are drawn and saved, whatever this process has set before."""
    import matplotlib  # which a page needs not

    from benchmarks.report.font import parameters

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC | parameters())  # type: ignore[arg-type]  # its keys are literals there
        yield


def short(name: str) -> str:
    """A name that leaves room for the plot."""
    return name if len(name) <= 24 else f"{name[:23]}…"


def mark(number: int) -> str:
    """The mark of the defense of that number."""
    return tuple(MARKS)[number % len(MARKS)]


def dashes(number: int) -> str:
    """The dashes of the series of that number in SVG, in half points; empty for a solid line."""
    kind = DASHES[number // len(SERIES) % len(DASHES)]
    return "" if isinstance(kind, str) else " ".join(f"{3 * d:g}" for d in kind[1])


def line(number: int) -> dict[str, Any]:
    """Colour and dashes of the series of that number."""
    kind = DASHES[number // len(SERIES) % len(DASHES)]
    return {"color": SERIES[number % len(SERIES)], "linestyle": kind, "linewidth": 1.1}
