"""The command line: ``python -m benchmarks.report RECORDS --output DIR``."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.report", file=sys.stderr)
    sys.exit(2)

import itertools
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.naming.options import FOLDER, Command, answered

if TYPE_CHECKING:
    from benchmarks.report.drawing import Plot
    from benchmarks.report.page import Content
    from benchmarks.report.section import Section


@click.command("python -m benchmarks.report", cls=Command)
@click.argument("folder", type=FOLDER, metavar="RECORDS")
@click.option("--output", type=FOLDER, required=True, metavar="DIR", help="Where report.html goes.")
def command(folder: Path, output: Path) -> int:
    """Make one HTML page, and figures and tables for papers, from the records (*.json) anywhere below RECORDS."""
    write(read(folder), output)
    print(f"written: {output / 'report.html'}, figures/ and tables/ beside it")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; nothing was written")


def read(folder: Path) -> list[Section]:
    """All records below `folder`, in sections; other JSON files are passed over and named.

    Raises ValueError, in one sentence, where there are no records or one is unusable.
    """
    from benchmarks.naming.wording import counted
    from benchmarks.report.section import sections
    from benchmarks.results import reading

    if not folder.is_dir():
        raise ValueError(f"RECORDS: expected a folder with records (*.json), got {folder}")
    records, comparisons, others = reading.below(folder)
    if not records:
        raise ValueError(f"RECORDS: expected records (*.json) in or below {folder}, found none")
    if others:
        print(f"passed over: {counted(len(others), 'file')} that hold no record, as {others[0]}", file=sys.stderr)
    return sections(records, comparisons)


def write(shown: list[Section], output: Path) -> None:
    """Write report.html, figures/ and tables/ into `output`, whole or not at all. Raises ValueError, OSError."""
    from benchmarks.naming.progress import progress
    from benchmarks.report.contents import tables
    from benchmarks.report.page import Content, page
    from benchmarks.report.plots import colours, plots
    from benchmarks.results import files

    colour = colours(shown)
    contents = [Content(s, tables(s), plots(s, colour)) for s in shown]
    _check_output(output)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=output) as folder:
        draft = Path(folder)
        drawings = sum(len(p) for c in contents for p in c.plots.values())
        with progress(drawings, "drawing", "plot") as advance:
            text = page(contents, colour, _counted(advance))
            files.write(draft / "report.html", text)
            for content in contents:
                _files(content, draft)
        _replace(draft, output)


def _check_output(output: Path) -> None:
    """Refuse what is no folder, or has figures or tables that are not of an earlier report: they would go."""
    if output.exists() and not output.is_dir():
        raise ValueError(f"--output: expected a folder, got the file {output}")
    for name in ("figures", "tables"):
        if (output / name).exists() and not (output / "report.html").exists():
            raise ValueError(f"--output: {output / name} is there and no report made it; name another folder")


def _counted(advance: Callable[[int], None]) -> Callable[[Plot], str]:
    from benchmarks.report.drawing import inline

    numbers = itertools.count()

    def draw(plot: Plot) -> str:
        advance(1)
        return inline(plot, next(numbers))

    return draw


def _files(content: Content, draft: Path) -> None:
    """Figures and tables of one section."""
    from benchmarks.report.drawing import save
    from benchmarks.report.section import slug
    from benchmarks.results import files
    from benchmarks.results.tables import to_csv, to_latex

    for name in ("figures", "tables"):
        (draft / name).mkdir(exist_ok=True)
    stem = slug(content.section.title)
    for name, drawn in content.plots.items():
        save(drawn, draft / "figures" / f"{stem}--{slug(name)}")
    for name, table in content.tables.items():
        path = draft / "tables" / f"{stem}--{slug(name)}"
        files.write(path.with_name(f"{path.name}.csv"), to_csv(table))
        files.write(path.with_name(f"{path.name}.tex"), to_latex(table))


def _replace(draft: Path, output: Path) -> None:
    for name in ("figures", "tables"):
        shutil.rmtree(output / name, ignore_errors=True)
        (draft / name).replace(output / name)
    (draft / "report.html").replace(output / "report.html")


if __name__ == "__main__":
    sys.exit(main())
