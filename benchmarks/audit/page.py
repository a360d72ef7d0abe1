"""The page of one audit: report.html, which needs nothing else. Every word that came from a file is escaped."""

from __future__ import annotations

from pathlib import Path

from benchmarks.audit import contents, plots, sentences, wording
from benchmarks.audit.findings import Findings
from benchmarks.naming.wording import one_line
from benchmarks.report.html import whole
from benchmarks.report.page import Entry
from benchmarks.results import files
from benchmarks.results.tables import number


def write(audit: Findings, folder: Path) -> None:
    """Write report.html into a folder. Raises OSError."""
    files.write(folder / "report.html", page(audit))


def page(audit: Findings) -> str:
    """The whole page, to the byte the same for the same audit."""
    names = [plots.STRONGEST, *(record.attack.name for record in plots.shown(audit))]
    return whole(
        "audit.html",
        audit=audit,
        name=one_line(audit.name),
        contents=contents,
        entries=[Entry(i, name) for i, name in enumerate(names)],
        number=number,
        one_line=one_line,
        plots=plots,
        say=sentences,
        series=len(names),
        wording=wording,
    )
