"""A report's files, drawn and written as a whole."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from pathlib import Path

from markupsafe import Markup

from benchmarks.naming.progress import progress
from benchmarks.report import placing
from benchmarks.report.contents import tables
from benchmarks.report.drawing import Plot
from benchmarks.report.jobs import OnPage, OnPaper, draw
from benchmarks.report.page import Content, page
from benchmarks.report.plots import colours, plots
from benchmarks.report.section import Section, slug
from benchmarks.results import files
from benchmarks.results.exchange import draft_in, finish
from benchmarks.results.tables import to_csv, to_latex
from benchmarks.training.executors import Executor, Here


def write(shown: Sequence[Section], output: Path, executor: Executor | None = None) -> None:
    """Write report.html, figures/ and tables/ into `output`, whole or not at all; `executor` draws, this process
    without one. Raises ValueError, OSError.
    """
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
        svg = _drawn(contents, _on_page(contents, colour), draft, executor or Here())
        numbers = itertools.count()
        files.write(draft / "report.html", page(contents, colour, lambda _: svg[next(numbers)]))
        for content in contents:
            _tables(content, draft)
        with files.alone_in(output):
            placing.place(draft, output)


def _on_page(contents: Sequence[Content], colour: dict[str, int]) -> list[Plot]:
    """The plots that the page shows, in its order."""
    found: list[Plot] = []

    def note(plot: Plot) -> Markup:
        found.append(plot)
        return Markup()

    page(contents, colour, note)
    return found


def _drawn(contents: Sequence[Content], on_page: Sequence[Plot], draft: Path, executor: Executor) -> dict[int, Markup]:
    """Draw all figures into the draft, and the plots of the page, which are returned by their number."""
    papers = [OnPaper(tuple(p), _stem(c, "figures", name)) for c in contents for name, p in c.plots.items()]
    papers.sort(key=lambda job: -len(job.plots))  # those that take longest
    jobs = [*papers, *(OnPage(plot, number) for number, plot in enumerate(on_page))]
    svg: dict[int, Markup] = {}
    with progress(len(jobs), "drawing", "plot") as advance:
        for drawn in executor.map(draw, jobs, advance):
            svg |= {number: Markup(made) for number, made in drawn.svg.items()}
            for name, made in drawn.files.items():
                files.write(draft / name, made)
    return svg


def _stem(content: Content, kind: str, name: str) -> str:
    return f"{kind}/{content.id}--{slug(name)}"


def _names(content: Content) -> list[str]:
    """The figures and tables of one section."""
    drawn = [f"{_stem(content, 'figures', name)}.{kind}" for name in content.plots for kind in ("png", "svg")]
    return drawn + [f"{_stem(content, 'tables', name)}.{kind}" for name in content.tables for kind in ("csv", "tex")]


def _tables(content: Content, draft: Path) -> None:
    for name, table in content.tables.items():
        stem = draft / _stem(content, "tables", name)
        files.write(stem.with_name(f"{stem.name}.csv"), to_csv(table))
        files.write(stem.with_name(f"{stem.name}.tex"), to_latex(table))
