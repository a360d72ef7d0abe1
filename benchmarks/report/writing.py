"""A report's files, made and written as a whole."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.naming.progress import progress
from benchmarks.report import contents, found, placing, rankings, thumbnails
from benchmarks.report.jobs import OnPaper, draw
from benchmarks.report.page import Content, page
from benchmarks.report.plot import KINDS
from benchmarks.report.plots import colours, plots
from benchmarks.report.section import Section
from benchmarks.results import files, frames
from benchmarks.results.exchange import draft_in, finish
from benchmarks.results.latex import COLUMN, latex, spelled
from benchmarks.results.tables import Table, to_csv
from benchmarks.training.executors import Executor, Here

EVERY = "tables/all.csv"  # number, of every record
MOST = 12  # suites on a page that shows how the scores of each attack spread


@dataclass(frozen=True)
class Asked:
    """What of a report is asked for beyond its page: names of `pictures` ("all": every one), heads of the `columns` of
    LaTeX tables, none = all that fit, and the most exposed records themselves, from the folder `data`.
    """

    pictures: tuple[str, ...] = ()
    columns: tuple[str, ...] = ()
    data: Path | None = None


def made(shown: Sequence[Section], data: Path | None = None) -> list[Content]:
    """All that a page shows of each section; `data`: the folder of the data sets, for pictures of records.

    Raises ValueError where kept games are damaged.
    """
    colour = colours(shown)
    every = []
    for section in shown:
        games = {d: who for d in section.defenses if (who := found.against(section, d))}
        faces = {d: thumbnails.of(section.against(d)[0], who, data) for d, who in games.items()} if data else {}
        every.append(Content(section, contents.tables(section, games), plots(section, colour, games), games, faces))
    return every


def write(shown: Sequence[Section], output: Path, executor: Executor | None = None, asked: Asked = Asked()) -> None:
    """Write report.html, tables/ and, of what is asked for, figures/ into `output`, whole or not at all; `executor`
    draws them, this process without one. Raises ValueError, OSError.
    """
    if output.is_dir():
        with files.alone_in(output):
            finish(output)  # what a report before was stopped at
    every, over = made(shown, asked.data), rankings.tables(shown)
    papers = [job for content in every for job in _papers(content, asked.pictures)]
    _check_pictures(asked.pictures, {name for content in every for name in content.plots})
    _check(asked.columns, [t for c in every for t in c.tables.values()])
    texts = {EVERY: frames.wide([r for s in shown for r in s.records])}
    for stem, table in [*(("", t) for t in over.values()), *((c.id, t) for c in every for t in c.tables.values())]:
        texts |= _texts(stem, table, asked.columns)
    drawn = {f"{job.stem}.{kind}" for job in papers for kind in KINDS}
    placing.check(output, ["report.html", *texts, *drawn])
    files.check_writable("--output", output)
    with draft_in(output) as draft:
        for name in placing.FOLDERS:
            (draft / name).mkdir()
        with progress(len(papers), "drawing", "picture") as advance:
            for files_ in (executor or Here()).map(draw, papers, advance):
                for name, content in files_.items():
                    files.write(draft / name, content)
        for name, text in texts.items():
            files.write(draft / name, text)
        files.write(draft / "report.html", page(every, over, {*texts, *drawn}, len(shown) <= MOST))
        with files.alone_in(output):
            placing.place(draft, output)


def _papers(content: Content, wanted: Sequence[str]) -> list[OnPaper]:
    """The figures of a section that are asked for by name (``roc``: against every defense), those that take longest
    first.
    """
    names = [n for n in content.plots if {"all", n, n.partition("--")[0]} & set(wanted)]
    jobs = [OnPaper(tuple(content.plots[n]), content.stem("figures", n)) for n in names]
    return sorted(jobs, key=lambda job: -len(job.plots))


def _check_pictures(wanted: Sequence[str], made: set[str]) -> None:
    from benchmarks.naming.nearest import nearest

    kinds = {name.partition("--")[0] for name in made}
    for word in wanted:
        if word not in {"all", *made, *kinds}:
            near = made if "--" in word else {"all", *kinds}
            raise ValueError(f"--pictures: unknown {word!r}; {nearest(word, near)}")


def _check(columns: Sequence[str], tables: Sequence[Table]) -> None:
    from benchmarks.naming.nearest import nearest

    heads = sorted({spelled(column.head) for table in tables for column in table.columns[1:]})
    for wanted in columns:
        if spelled(wanted) not in heads:
            raise ValueError(f"--columns: unknown {wanted!r}; {nearest(wanted, heads)}")


def _texts(stem: str, table: Table, columns: Sequence[str]) -> Mapping[str, str]:
    """The files of a table: CSV, and LaTeX that fits a page, and a column."""
    place = contents.stem_of(stem, table)
    return {
        f"{place}.csv": to_csv(table),
        f"{place}.tex": latex(table, columns=columns, stem=stem),
        f"{place}--column.tex": latex(table, COLUMN, columns, stem),
    }
