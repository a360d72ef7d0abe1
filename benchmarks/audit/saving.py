"""The files of an audit, all of them or none: report.html, summary.json, attacks.csv and records.csv."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.audit import page, summary
from benchmarks.results import files
from benchmarks.results.exchange import draft_in, exchange
from benchmarks.results.tables import harmless

if TYPE_CHECKING:
    from benchmarks.audit.auditing import Audit


@contextmanager
def unless_refused(folder: Path) -> Iterator[None]:
    """Make a folder that can be written to; it goes again where the block raises. Raises ValueError."""
    missing = [place for place in (folder, *folder.parents) if not place.exists()]
    files.check_writable("--output", folder)
    try:
        yield
    except BaseException:
        for place in missing:
            with suppress(OSError):  # something else lies there by now
                place.rmdir()
        raise


def save(audit: Audit, folder: Path) -> None:
    """Write an audit's files into a folder, in the place of those of an earlier audit. Raises OSError."""
    folder.mkdir(parents=True, exist_ok=True)
    with draft_in(folder) as draft:
        page.write(audit, draft)
        files.write(draft / "summary.json", summary.text_of(audit))
        files.write(draft / "attacks.csv", audit.table.to_csv(index=False))
        files.write(draft / "records.csv", audit.records.rename(columns=harmless).to_csv(index=False))
        exchange(draft, folder, [])
