"""What comes out of a reproduction: numbers, tables, figures, verdicts, and the page when nothing was left out."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

from benchmarks.naming.consoles import PIPED, Line, show, width_of_stdout
from benchmarks.naming.progress import progress
from benchmarks.papers.kit import saving
from benchmarks.papers.kit.jobs import paper_of
from benchmarks.papers.kit.page import placed, table_section
from benchmarks.papers.kit.paper import Figure, Numbers, Paper, Part, Table
from benchmarks.papers.kit.screen import screen
from benchmarks.results import files
from benchmarks.results.exchange import check, draft_in, exchange, finish
from benchmarks.results.screens import WIDTH
from benchmarks.training.executors import Executor, Worker

SCREEN = 40  # lines


def publish(
    paper: Paper, made: dict[str, Numbers], parts: dict[str, Part], output: Path, docs: Path, places: Executor
) -> None:
    """Write numbers, tables, figures and, when all parts are wanted, the page; then print verdicts, and tables that fit
    a screen.

    Earlier numbers stay where they were not measured again, and what lies there of other parts is made anew from them:
    files are exchanged as a whole, so that none is of other numbers. Figures are drawn on `places`. Raises
    ValueError, OSError.
    """
    docs = output if docs.resolve() == output.resolve() else docs
    folders = list(dict.fromkeys([output, docs]))
    with ExitStack() as stack:
        for folder in folders:
            stack.enter_context(files.alone_in(folder))
            finish(folder)
        drafts = {folder: stack.enter_context(draft_in(folder)) for folder in folders}
        found = _together(paper, made, output)
        saving.save(paper, found, drafts[output] / saving.FOLDER)
        _tables(paper, found, parts, output, drafts[output])
        goes = _page(paper, found, parts, docs, drafts[docs], places)
        for act in (check, exchange):  # none is begun where one of them could not be ended
            for folder in folders:
                act(drafts[folder], folder, goes if folder == docs else ())
    tables = [name for name, part in parts.items() if isinstance(part, Table)]
    sections = [table_section(paper, name, found) + "\n" for name in tables]
    lines = [line for section in sections for line in f"{section}\n".split("\n")[:-1]]
    if len(lines) <= SCREEN and max(map(len, lines), default=0) <= width_of_stdout(PIPED):
        show(map(Line, lines))
    if paper.claims:
        show(screen(paper, found, width_of_stdout(WIDTH)))
    where = [f"tables in {output / 'tables'}"] * bool(tables)
    where += [f"figures in {docs / _images(paper)}"] * (len(tables) < len(parts))
    where += [f"the page {docs / paper.name}.md"] * _whole(paper, parts, docs)
    print(f"written: {', '.join(where)}", file=sys.stderr)


def _together(paper: Paper, made: dict[str, Numbers], output: Path) -> dict[str, Numbers]:
    """What was measured now beside what an earlier run measured, by suite in the paper's order."""
    earlier = saving.read_all(paper, output / saving.FOLDER)
    return {s: {**earlier.get(s, {}), **made.get(s, {})} for s in paper.suites if s in earlier or s in made}


def _tables(paper: Paper, found: dict[str, Numbers], parts: dict[str, Part], output: Path, draft: Path) -> None:
    (draft / "tables").mkdir()
    for name, part in paper.parts.items():
        place = f"tables/{name}.md"
        if isinstance(part, Table) and (name in parts or (output / place).exists()):
            files.write(draft / place, table_section(paper, name, found) + "\n")


def _page(
    paper: Paper, found: dict[str, Numbers], parts: dict[str, Part], docs: Path, draft: Path, places: Executor
) -> list[str]:
    """Draw the figures, several at the same time, and write the page; returns the places of figures that no data set
    has numbers for.
    """
    page, drawn, goes = f"{paper.name}.md", [], []
    whole = _whole(paper, parts, docs)
    (draft / _images(paper)).mkdir(parents=True)
    images = {name: f"{_images(paper)}/{name}.png" for name, part in paper.parts.items() if isinstance(part, Figure)}
    wanted = [name for name in images if whole or name in parts or (docs / images[name]).exists()]
    jobs = [Drawing(paper.name, name, found, draft / images[name]) for name in wanted]
    with progress(len(jobs), f"drawing {paper.name}", "figure") as advance:
        made = dict(places.map(_draw, jobs, advance))
    for name in wanted:
        if made[name]:
            drawn.append(name)
        else:
            print(f"{name}: left out, none of its data sets was run", file=sys.stderr)
            goes.append(images[name])
    if whole and paper.page is not None:
        files.write(draft / page, placed(paper.page(found, drawn), docs))
    return goes


def _whole(paper: Paper, parts: dict[str, Part], docs: Path) -> bool:
    """Whether the page is written: when no part is left out, or it is there."""
    return paper.page is not None and (len(parts) == len(paper.parts) or (docs / f"{paper.name}.md").exists())


@dataclass(frozen=True, eq=False)
class Drawing:
    """One figure of a paper from the numbers of its suites, as plain values."""

    paper: str
    name: str
    numbers: dict[str, Numbers]
    path: Path


def _draw(job: Drawing, worker: Worker) -> tuple[str, bool]:
    """Save the figure, and say of which it is, and whether any of its data sets has numbers."""
    from benchmarks.results import pictures

    part = paper_of(job.paper).parts[job.name]
    assert isinstance(part, Figure)
    figure = part.make([suite for suite in part.suites if suite in job.numbers], job.numbers)
    if figure is not None:
        pictures.save(figure, job.path)
    return job.name, figure is not None


def _images(paper: Paper) -> str:
    return f"images/{paper.name}"
