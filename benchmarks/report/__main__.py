"""The command line: ``python -m benchmarks.report RECORDS --output DIR``."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.report", file=sys.stderr)
    sys.exit(2)

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.naming.options import FOLDER, Command, answered
from benchmarks.naming.where import workers_options

if TYPE_CHECKING:
    from benchmarks.report.section import Section


@click.command(
    "python -m benchmarks.report",
    cls=Command,
    examples=("output/digits --output output/digits", "results/boards --output page --workers 2"),
)
@click.argument("folder", type=FOLDER, metavar="RECORDS")
@click.option("--output", type=FOLDER, required=True, metavar="DIR", help="Where report.html goes.")
@workers_options("here; processes with --workers")
def command(folder: Path, output: Path, on: str, workers: int | None) -> int:
    """Make one HTML page, and figures and tables for papers, from the records (*.json) anywhere below RECORDS."""
    from benchmarks.report.writing import write
    from benchmarks.training.executors.places import place

    places = place(on, "cpu", workers, output)
    write(read(folder), output, places)
    print(f"written: {output / 'report.html'}, figures/ and tables/ beside it")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; nothing was written")


def read(folder: Path) -> list[Section]:
    """All records below `folder`, in sections; other JSON files are passed over and named.

    Raises ValueError, in one sentence, where there are no records or one is unusable.
    """
    from benchmarks.naming.wording import counted, one_line
    from benchmarks.report.section import sections
    from benchmarks.results import reading

    if not folder.is_dir():
        raise ValueError(f"RECORDS: expected a folder with records (*.json), got {folder}")
    records, comparisons, others = reading.below(folder)
    if not records:
        raise ValueError(f"RECORDS: expected records (*.json) in or below {folder}, found none")
    if others:
        told = one_line(others[0])
        print(f"passed over: {counted(len(others), 'file')} without a record, as {told}", file=sys.stderr)
    return sections(records, comparisons)


if __name__ == "__main__":
    sys.exit(main())
