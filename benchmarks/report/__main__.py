"""The command line: ``python -m benchmarks.report RECORDS --output DIR``."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.report", file=sys.stderr)
    sys.exit(2)

from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command, Words
from benchmarks.naming.options import FOLDER
from benchmarks.naming.where import workers_options

if TYPE_CHECKING:
    from collections.abc import Sequence

    from benchmarks.report.section import Section


@click.command(
    "python -m benchmarks.report",
    cls=Command,
    examples=("output/digits --output output/digits", "results/boards --output page --pictures roc,trade-off"),
)
@click.argument("folder", type=FOLDER, metavar="RECORDS")
@click.option("--output", type=FOLDER, required=True, metavar="DIR", help="Where report.html goes.")
@click.option("--attacks", cls=Words, metavar="NAME", help="The attacks that are shown (default: all).")
@click.option("--defenses", cls=Words, metavar="NAME", help="The defenses that are shown (default: all).")
@click.option(
    *("--pictures", "pictures"),
    cls=Words,
    metavar="NAME",
    help="Pictures for papers (PNG, SVG, PDF): all, or kinds as roc, precision-recall, trade-off (default: none).",
)
@click.option(
    *("--columns", "columns"),
    cls=Words,
    metavar="HEAD",
    help="The columns of the LaTeX tables, by their heads, as auc,tpr-at-1-fpr (default: all that fit).",
)
@click.option(
    "--data", type=FOLDER, metavar="DIR", help="Folder of NAME.npz data sets: the most exposed images are shown."
)
@workers_options("here; processes for pictures")
def command(
    folder: Path,
    output: Path,
    attacks: tuple[str, ...],
    defenses: tuple[str, ...],
    pictures: tuple[str, ...],
    columns: tuple[str, ...],
    data: Path | None,
    on: str,
    workers: int | None,
) -> int:
    """Make one HTML page, with tables and figures for papers, from the records (*.json) anywhere below RECORDS."""
    from benchmarks.report.writing import Asked, write
    from benchmarks.training.executors.places import place

    if data and not data.is_dir():
        raise ValueError(f"--data: expected a folder, got {data}")
    if pictures and on == "auto" and not workers:
        on = "processes"  # one a core
    places = place(on, "cpu", workers, output)
    write(read(folder, attacks, defenses), output, places, Asked(pictures, columns, data))
    drawn = ", figures/" if pictures else ""
    print(f"written: {output / 'report.html'}{drawn} and tables/ beside it")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; nothing is half-written")


def read(folder: Path, attacks: Sequence[str] = (), defenses: Sequence[str] = ()) -> list[Section]:
    """All records below `folder`, in sections; other JSON files are passed over and named. Of `attacks` and `defenses`,
    those that are named alone, if any are.

    Raises ValueError, in one sentence, where there are no records or one is unusable.
    """
    from benchmarks.naming.wording import counted, one_line
    from benchmarks.report.section import sections
    from benchmarks.results import reading

    if not folder.is_dir():
        raise ValueError(f"RECORDS: expected a folder with records (*.json), got {folder}")
    found = reading.below(folder)
    if not found.records:
        raise ValueError(f"RECORDS: expected records (*.json) in or below {folder}, found none")
    if found.others:
        told = one_line(found.others[0])
        print(f"passed over: {counted(len(found.others), 'file')} without a record, as {told}", file=sys.stderr)
    kept = list(range(len(found.records)))
    for option, wanted, place in (("--attacks", attacks, 3), ("--defenses", defenses, 2)):
        _known(option, wanted, {record.key[place] for record in found.records})
        kept = [i for i in kept if not wanted or found.records[i].key[place] in wanted]
    if not kept:
        raise ValueError(f"--attacks: expected some that met {', '.join(defenses)}, got {', '.join(attacks)}")
    records = [found.records[i] for i in kept]
    met = {r.key[3] for r in found.records if not defenses or r.key[2] in defenses}
    unshown = sorted(met - {record.key[3] for record in records})
    return sections(records, found.comparisons, [found.paths[i] for i in kept], unshown)


def _known(option: str, wanted: Sequence[str], known: set[str]) -> None:
    from benchmarks.naming.nearest import nearest

    for name in wanted:
        if name not in known:
            raise ValueError(f"{option}: {name!r} is in none of the records; {nearest(name, sorted(known))}")


if __name__ == "__main__":
    sys.exit(main())
