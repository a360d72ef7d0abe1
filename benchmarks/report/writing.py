"""A report's files, drawn and written as a whole."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from pathlib import Path

from markupsafe import Markup

from benchmarks.naming.progress import progress
from benchmarks.report import placing
from benchmarks.report.contents import tables
from benchmarks.report.drawing import Plot, inline, save
from benchmarks.report.page import Content, page
from benchmarks.report.plots import colours, plots
from benchmarks.report.section import Section, slug
from benchmarks.results import files
from benchmarks.results.exchange import draft_in, finish
from benchmarks.results.tables import to_csv, to_latex


def write(shown: Sequence[Section], output: Path) -> None:
    """Write report.html, figures/ and tables/ into `output`, whole or not at all. Raises ValueError, OSError."""
    if output.is_dir():
        with files.alone_in(output):
            finish(output)  # what a report before was stopped at
    colour = colours(shown)
    contents = [Content(s, tables(s), plots(s, colour)) for s in shown]
    placing.check(output, ["report.html", *(name for content in contents for name in _names(content))])
    files.check_writable("--output", output)
    with draft_in(output) as draft:
        for name in placing.FOLDERS:
            (draft / name).mkdir()
        drawings = sum(len(p) for c in contents for p in c.plots.values())
        with progress(drawings, "drawing", "plot") as advance:
            files.write(draft / "report.html", page(contents, colour, _counted(advance)))
            for content in contents:
                _files(content, draft)
        with files.alone_in(output):
            placing.place(draft, output)


def _counted(advance: Callable[[int], None]) -> Callable[[Plot], Markup]:
    numbers = itertools.count()

    def draw(plot: Plot) -> Markup:
        advance(1)
        return inline(plot, next(numbers))

    return draw


def _stem(content: Content, kind: str, name: str) -> str:
    return f"{kind}/{content.id}--{slug(name)}"


def _names(content: Content) -> list[str]:
    """The figures and tables of one section."""
    drawn = [f"{_stem(content, 'figures', name)}.{kind}" for name in content.plots for kind in ("png", "svg")]
    return drawn + [f"{_stem(content, 'tables', name)}.{kind}" for name in content.tables for kind in ("csv", "tex")]


def _files(content: Content, draft: Path) -> None:
    for name, drawn in content.plots.items():
        save(drawn, draft / _stem(content, "figures", name))
    for name, table in content.tables.items():
        stem = draft / _stem(content, "tables", name)
        files.write(stem.with_name(f"{stem.name}.csv"), to_csv(table))
        files.write(stem.with_name(f"{stem.name}.tex"), to_latex(table))
