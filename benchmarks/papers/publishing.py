"""What comes out of a reproduction: numbers, tables, figures, verdicts, and the page when nothing was left out."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from pathlib import Path

from benchmarks.papers.kit import saving
from benchmarks.papers.kit.page import table_section, verdicts
from benchmarks.papers.kit.paper import Figure, Numbers, Paper, Part, Table
from benchmarks.results import files
from benchmarks.results.exchange import draft_in, exchange, finish

SCREEN = 40  # lines


def publish(paper: Paper, made: dict[str, Numbers], parts: dict[str, Part], output: Path, docs: Path) -> None:
    """Write numbers, tables, figures and, when all parts are wanted, the page; then print verdicts, and tables that fit
    a screen.

    Earlier numbers stay where they were not measured again, and what lies there of other parts is made anew from them:
    files are exchanged as a whole, so that none is of other numbers. Raises ValueError, OSError.
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
        goes = _page(paper, found, parts, docs, drafts[docs])
        for folder in folders:
            exchange(drafts[folder], folder, goes if folder == docs else ())
    tables = [name for name, part in parts.items() if isinstance(part, Table)]
    sections = [table_section(paper, name, found) + "\n" for name in tables]
    if sum(section.count("\n") + 1 for section in sections) <= SCREEN:
        print("\n".join(sections))
    if paper.claims:
        print(verdicts(paper, found))
    where = [f"tables in {output / 'tables'}"] * bool(tables)
    where += [f"figures in {docs / _images(paper)}"] * (len(tables) < len(parts))
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


def _page(paper: Paper, found: dict[str, Numbers], parts: dict[str, Part], docs: Path, draft: Path) -> list[str]:
    """Draw the figures and write the page; returns the places of figures that no data set has numbers for."""
    from benchmarks.results import pictures

    page, drawn, goes = f"{paper.name}.md", [], []
    whole = paper.page is not None and (len(parts) == len(paper.parts) or (docs / page).exists())
    (draft / _images(paper)).mkdir(parents=True)
    for name, part in paper.parts.items():
        place = f"{_images(paper)}/{name}.png"
        if not isinstance(part, Figure) or not (whole or name in parts or (docs / place).exists()):
            continue
        figure = part.make([suite for suite in part.suites if suite in found], found)
        if figure is None:
            print(f"{name}: left out, none of its data sets was run", file=sys.stderr)
            goes.append(place)
        else:
            pictures.save(figure, draft / place)
            drawn.append(name)
    if whole and paper.page is not None:
        files.write(draft / page, paper.page(found, drawn))
    return goes


def _images(paper: Paper) -> str:
    return f"images/{paper.name}"
