"""The command line: ``python -m benchmarks.results.migrate results`` rewrites records of schema 2 as schema 3."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.results.migrate", file=sys.stderr)
    sys.exit(2)

from pathlib import Path

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command
from benchmarks.naming.options import FOLDER
from benchmarks.naming.wording import counted


@click.command("python -m benchmarks.results.migrate", cls=Command)
@click.argument("folder", type=FOLDER, metavar="DIR")
def command(folder: Path) -> int:
    """Rewrite records of an older schema below the folder DIR; what they compare goes to comparisons/."""
    places = sorted(place for place in folder.rglob("records") if any(place.glob("*.json")))
    if not places:
        raise ValueError(f"DIR: expected a folder with records/*.json below it, got {folder}")
    for place in places:
        print(f"{place}: {counted(migrate(place), 'record')} rewritten")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; the same command does the rest")


def migrate(place: Path) -> int:
    """Rewrite the records of one folder, and return how many changed. Raises ValueError before anything is written
    where one is unusable, OSError.
    """
    from benchmarks.results import files, reading, writing

    found = [(path, reading.record(path)) for path in sorted(place.glob("*.json"))]
    comparisons = reading.compared(place.parent)
    if comparisons and (place.parent / "leaderboard.md").exists():
        beside = place.parent / "comparisons"
        beside.mkdir(exist_ok=True)
        for one in comparisons:  # one that is there is whole, which those of records that are left are not
            if not (beside / f"{writing.stem(*one.key)}.json").exists():
                writing.write_comparisons(one, beside)
    changed = 0
    for path, record in found:
        fresh, text = path.with_name(f"{writing.stem_of(record)}.json"), writing.text_of(record)
        if fresh == path and path.read_bytes() == text.encode():
            continue
        files.write(fresh, text)
        changed += 1
        if fresh != path:
            if path.with_suffix(".npz").exists():
                path.with_suffix(".npz").replace(fresh.with_suffix(".npz"))
            path.unlink()
    return changed


if __name__ == "__main__":
    sys.exit(main())
