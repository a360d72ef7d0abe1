"""The command line: ``python -m benchmarks.leaderboard results/boards`` makes all boards anew from their records."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.leaderboard", file=sys.stderr)
    sys.exit(2)

from pathlib import Path

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command
from benchmarks.naming.options import FOLDER


@click.command("python -m benchmarks.leaderboard", cls=Command, examples=("output", "results/boards"))
@click.argument("folder", type=FOLDER, metavar="DIR")
def command(folder: Path) -> int:
    """Make every SUITE/leaderboard.md of the folder DIR, and README.md over all of them, from SUITE/records/*.json."""
    from benchmarks.results import files
    from benchmarks.results.exchange import draft_in, exchange, finish

    if not folder.is_dir():
        raise ValueError(f"DIR: expected a folder with SUITE/records/*.json, got {folder}")
    with files.alone_in(folder), draft_in(folder) as draft:
        finish(folder)
        made = boards(folder)
        for path, text in made.items():
            place = draft / path.relative_to(folder)
            place.parent.mkdir(exist_ok=True)
            files.write(place, text)
        exchange(draft, folder)
    for path in made:
        print(f"written: {path}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; the same command makes the rest")


def boards(folder: Path) -> dict[Path, str]:
    """Every board of `folder` by path. Raises ValueError, in one sentence, on records that make none."""
    from benchmarks.leaderboard.board import leaderboard
    from benchmarks.leaderboard.overall import overall
    from benchmarks.results import reading

    places = sorted(path.parent for path in folder.glob("*/records") if not path.parent.name.startswith("."))
    if not places:
        own = (folder / "records").is_dir()
        rest = f"; its own are one suite's: name the folder above, {folder.resolve().parent}" if own else ""
        raise ValueError(f"DIR: expected SUITE/records/*.json in {folder}, found none{rest}")
    suites = {place: reading.records(place / "records") for place in places}
    made = {}
    for place, suite in suites.items():
        try:
            made[place / "leaderboard.md"] = leaderboard(suite, reading.compared(place))
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error
    try:
        made[folder / "README.md"] = overall(list(suites.values()), [place.name for place in suites])
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from error
    return made


if __name__ == "__main__":
    sys.exit(main())
