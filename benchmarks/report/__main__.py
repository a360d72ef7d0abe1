"""The command line: ``python -m benchmarks.report RECORDS --output DIR``."""

from __future__ import annotations

import argparse
import itertools
import shutil
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tqdm import tqdm

from benchmarks.naming.options import Parser, answered
from benchmarks.report.contents import tables
from benchmarks.report.drawing import Plot, inline, save
from benchmarks.report.page import Content, page
from benchmarks.report.plots import colours, plots
from benchmarks.report.section import sections, slug
from benchmarks.report.tables import to_csv, to_latex
from benchmarks.results import records
from benchmarks.results.records import Record


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""

    def command() -> int:
        options = _parser().parse_args(arguments)
        write(read(options.records), options.output)
        print(f"written: {options.output / 'report.html'}, figures/ and tables/ beside it")
        return 0

    return answered(command, "interrupted; nothing was written")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m benchmarks.report",
        description="One HTML page, and figures and tables for papers, from the records of any number of runs.",
    )
    parser.add_argument("records", type=Path, metavar="RECORDS", help="folder with records (*.json) anywhere below it")
    parser.add_argument("--output", type=Path, required=True, metavar="DIR", help="where report.html goes")
    return parser


def read(folder: Path) -> list[Record]:
    """All records below `folder`. Raises ValueError, in one sentence, where there are none or one is unusable."""
    if not folder.is_dir():
        raise ValueError(f"RECORDS: expected a folder with records (*.json), got {folder}")
    places = sorted({path.parent for path in folder.rglob("*.json")})
    if not places:
        raise ValueError(f"RECORDS: expected records (*.json) in or below {folder}, found none")
    return [record for place in places for record in records.read(place)]


def write(made: list[Record], output: Path) -> None:
    """Write report.html, figures/ and tables/ into `output`, whole or not at all. Raises ValueError, OSError."""
    shown = sections(made)
    colour = colours(shown)
    contents = [Content(s, tables(s), plots(s, colour)) for s in shown]
    _check_output(output)
    output.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=output) as folder:
        draft = Path(folder)
        drawings = sum(len(p) for c in contents for p in c.plots.values())
        with tqdm(total=drawings, desc="drawing", unit="plot", dynamic_ncols=True) as bar:
            text = page(contents, colour, _counted(bar))
            (draft / "report.html").write_text(text, encoding="utf-8")
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


def _counted(bar: Any) -> Callable[[Plot], str]:
    numbers = itertools.count()

    def draw(plot: Plot) -> str:
        bar.update()
        return inline(plot, next(numbers))

    return draw


def _files(content: Content, draft: Path) -> None:
    """Figures and tables of one section."""
    for name in ("figures", "tables"):
        (draft / name).mkdir(exist_ok=True)
    stem = slug(content.section.title)
    for name, drawn in content.plots.items():
        save(drawn, draft / "figures" / f"{stem}--{slug(name)}")
    for name, table in content.tables.items():
        path = draft / "tables" / f"{stem}--{slug(name)}"
        path.with_name(f"{path.name}.csv").write_text(to_csv(table), encoding="utf-8", newline="")
        path.with_name(f"{path.name}.tex").write_text(to_latex(table), encoding="utf-8")


def _replace(draft: Path, output: Path) -> None:
    for name in ("figures", "tables"):
        shutil.rmtree(output / name, ignore_errors=True)
        (draft / name).replace(output / name)
    (draft / "report.html").replace(output / "report.html")


if __name__ == "__main__":
    sys.exit(main())
