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
MARKS = {  # for defenses: matplotlib's name of a mark, and the same as an SVG path about (13, 5)
    "o": "M9 5a4 4 0 1 0 8 0a4 4 0 1 0 -8 0z",
    "s": "M9.5 1.5h7v7h-7z",
    "^": "M13 0.5l4.5 8h-9z",
    "D": "M13 0l5 5l-5 5l-5 -5z",
    "v": "M13 9.5l-4.5 -8h9z",
    "P": "M11.5 0.5h3v3h3v3h-3v3h-3v-3h-3v-3h3z",
}
_RC: dict[str, Any] = {
    "font.size": 7.5,
    "font.family": "sans-serif",
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
    "savefig.facecolor": "auto",
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

    with matplotlib.rc_context():
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_RC)  # type: ignore[arg-type]  # its keys are literals there
        yield


def short(name: str) -> str:
    """A name that leaves room for the plot."""
    return name if len(name) <= 24 else f"{name[:23]}…"


def mark(number: int) -> str:
    """The mark of the defense of that number."""
    return tuple(MARKS)[number % len(MARKS)]


def dashes(number: int) -> str:
    """The dashes of the series of that number in SVG; empty for a solid line."""
    kind = DASHES[number // len(SERIES) % len(DASHES)]
    return "" if isinstance(kind, str) else " ".join(str(1.5 * d) for d in kind[1])


def line(number: int) -> dict[str, Any]:
    """Colour and dashes of the series of that number."""
    kind = DASHES[number // len(SERIES) % len(DASHES)]
    return {"color": SERIES[number % len(SERIES)], "linestyle": kind, "linewidth": 1.1}
