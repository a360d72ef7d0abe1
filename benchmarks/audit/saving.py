"""The files of an audit, all of them or none: report.html, summary.json, attacks.csv and records.csv."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from benchmarks.audit import page, summary
from benchmarks.results import files
from benchmarks.results.exchange import draft_in, exchange
from benchmarks.results.tables import harmless

if TYPE_CHECKING:
    import pandas as pd

    from benchmarks.audit.findings import Findings

NAMES = ("report.html", "summary.json", "attacks.csv", "records.csv")
WIDEST = 40  # characters of a number that a spreadsheet shall read


@contextmanager
def unless_refused(folder: Path) -> Iterator[None]:
    """Make a folder that can be written to; it goes again where the block raises. Raises ValueError as `check` does."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    check("--output", folder)
    try:
        yield
    except BaseException:
        for place in missing:
            with suppress(OSError):  # something else lies there by now
                place.rmdir()
        raise


def check(option: str, folder: Path) -> None:
    """Raise ValueError where a folder cannot be written to, and where it holds such files that are of no audit."""
    there = next((name for name in NAMES if (folder / name).exists()), None)
    if there and not summary.audited(folder / "summary.json"):
        raise ValueError(f"{option}: {folder} holds a {there} that is of no audit; choose another folder")
    files.check_writable(option, folder)


def save(audit: Findings, folder: Path) -> None:
    """Write an audit's files into a folder, in the place of those of an earlier audit. Raises ValueError, OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with draft_in(folder) as draft:
        page.write(audit, draft)
        files.write(draft / "summary.json", summary.text_of(audit))
        files.write(draft / "attacks.csv", _text(audit.table))
        files.write(draft / "records.csv", _text(audit.records))
        exchange(draft, folder, [])


def _text(table: pd.DataFrame) -> str:
    """A table as CSV that a spreadsheet takes for what it is."""
    return table.rename(columns=harmless).to_csv(index=False, float_format=decimal)


def decimal(value: float) -> str:
    """A number in plain decimals, of the 14 digits that tell scores apart, and never 0 for less. Only what takes more
    than WIDEST characters has an exponent.
    """
    text = f"{value + 0.0:.14g}"
    if "e" not in text:
        return text
    plain = np.format_float_positional(float(text), trim="-")
    return plain if len(plain) <= WIDEST else text
