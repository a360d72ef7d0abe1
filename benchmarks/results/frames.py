"""Records as tables: one row a metric of an attack against a defense (tidy), or one row a record (wide)."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain
from typing import TYPE_CHECKING, Any

from benchmarks.results.record import Record
from benchmarks.results.tables import csv_text

if TYPE_CHECKING:
    import pandas as pd

KEYS = ("suite", "adversary", "defense", "attack", "metric")
HEADS = (*KEYS, "mean", "low", "high")


def rows(records: Sequence[Record]) -> list[tuple[Any, ...]]:
    """A tuple of `HEADS` for each metric of each record, None where the data cannot resolve it; no low and high where a
    record has its least and greatest value alone, which are no interval.
    """
    return [(*r.key, key, *of.columns) for r in records for key, of in r.metrics.items()]


def frame(records: Sequence[Record]) -> pd.DataFrame:
    """The rows as a DataFrame, NaN where the data cannot resolve a number."""
    import pandas as pd

    found = pd.DataFrame(rows(records), columns=list(HEADS))
    return found.astype(dict.fromkeys(HEADS[len(KEYS) :], float))


def games(records: Sequence[Record]) -> pd.DataFrame:
    """One row a game: `KEYS`, the number of the game from 0, and the metric's value in it."""
    import pandas as pd

    found = [
        (*r.key, key, game, value)
        for r in records
        for key, of in r.metrics.items()
        for game, value in enumerate(of.values)
    ]
    return pd.DataFrame(found, columns=[*KEYS, "game", "value"]).astype({"value": float})


def tidy(records: Sequence[Record]) -> str:
    """The rows as CSV, names that a spreadsheet would take for formulas disarmed."""
    return csv_text(HEADS, rows(records))


def wide(records: Sequence[Record]) -> str:
    """The same numbers as CSV with one row a record: of each metric its mean, low and high; empty where there is none.

    A third as long, since no name is repeated.
    """
    metrics = list(dict.fromkeys(key for r in records for key in r.metrics))
    heads = [f"{key}{end}" for key in metrics for end in ("", " low", " high")]
    found = [[of.columns if (of := r.metrics.get(key)) else [None] * 3 for key in metrics] for r in records]
    return csv_text((*KEYS[:-1], *heads), [(*r.key, *chain(*of)) for r, of in zip(records, found, strict=True)])
