"""What stands in a table: numbers with intervals, ranks with ties, and names that cannot break it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from tabulate import tabulate

Value = dict[str, Any]  # mean, low, high; all None where the data cannot resolve the number
NOTHING = "-"


def table(heads: Sequence[str], rows: Sequence[Sequence[str]], left: int) -> str:
    """A markdown table whose first `left` columns are aligned left and the others right."""
    align = ["left"] * left + ["right"] * (len(heads) - left)
    return str(tabulate(rows, heads, "pipe", disable_numparse=True, colalign=align))


def word(text: str) -> str:
    """A plugin's name on one line, with nothing that would end its cell or start markup."""
    for sign in "\\|<>`*_[]":
        text = text.replace(sign, f"\\{sign}")
    return " ".join(text.split())


def number(value: Value, digits: int = 3, factor: float = 1, unit: str = "") -> str:
    """``0.631 [0.615, 0.646]``, or `NOTHING`."""
    if value["mean"] is None:
        return NOTHING
    mean, low, high = (_rounded(factor * value[key], digits) for key in ("mean", "low", "high"))
    return f"{mean}{unit} [{low}, {high}]"


def _rounded(value: float, digits: int) -> str:
    text = f"{value:.{digits}f}"
    return text.removeprefix("-") if float(text) == 0 else text


def percent(value: Value) -> str:
    """``80.4 % [71.6, 87.4]``, or `NOTHING`."""
    return number(value, 1, 100, " %")


def p_value(p: float | None) -> str:
    """A p value to three decimals, as in the report, or `NOTHING`."""
    return NOTHING if p is None else "< 0.001" if p < 0.001 else f"{p:.3f}"


def difference(one: Value, other: Value) -> Value:
    """`one` - `other` with an interval from their own: the root of the sum of squared distances (Newcombe 1998,
    method 10). Exact for independent numbers; wider than need be for models tested on the same records.
    """
    if one["mean"] is None or other["mean"] is None:
        return {"mean": None, "low": None, "high": None}
    mean = one["mean"] - other["mean"]
    down = ((one["mean"] - one["low"]) ** 2 + (other["high"] - other["mean"]) ** 2) ** 0.5
    up = ((one["high"] - one["mean"]) ** 2 + (other["mean"] - other["low"]) ** 2) ** 0.5
    return {"mean": mean, "low": mean - down, "high": mean + up}


def tied(values: Sequence[Value]) -> list[tuple[int, int]]:
    """(first, last) place, from 1, that each of `values`, best first, shares with those it ties with.

    The best opens a group, and whoever's interval overlaps that of the group's best belongs to it; the first whose
    does not opens the next.
    """
    starts: list[int] = []
    for place, value in enumerate(values):
        best = values[starts[-1]] if starts else None
        if best is None or value["low"] > best["high"] or value["high"] < best["low"]:
            starts.append(place)
        else:
            starts.append(starts[-1])
    return [(start + 1, start + starts.count(start)) for start in starts]


def rank(places: tuple[int, int]) -> str:
    """``3``, or ``1-7`` for those that tie in the first to the seventh place."""
    first, last = places
    return str(first) if first == last else f"{first}-{last}"
