"""The command line: ``python -m benchmarks.capacity`` simulates a large leaderboard and renders docs/capacity.md."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.capacity", file=sys.stderr)
    sys.exit(2)

from pathlib import Path

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command, Words
from benchmarks.naming.options import FOLDER


@click.command("python -m benchmarks.capacity", cls=Command, examples=("--output output/capacity", "--store store"))
@click.option(
    "--store", cls=Words, type=FOLDER, metavar="DIR...", help="Stores to take seconds from, instead of those committed."
)
@click.option("--output", type=FOLDER, default=Path("docs"), metavar="DIR", help="Where the page goes (default: docs).")
def command(store: tuple[Path, ...], output: Path) -> int:
    """Simulate a large leaderboard on 1 to 512 devices; takes minutes. With --store, times.json is written too."""
    from benchmarks.capacity import page, planning, recorded
    from benchmarks.results import files, pictures

    likes = recorded.read(store) if store else recorded.committed()
    files.check_writable("--output", output / "images")
    suites = recorded.leaderboard(likes)
    rows = planning.rows(suites, lambda line: print(line, file=sys.stderr))
    if store:
        files.write(output / "times.json", recorded.written(likes))
    pictures.save(page.figure(rows), output / "images" / "capacity.png")
    files.write(output / "capacity.md", page.page(likes, suites, rows))
    print(f"written: {output / 'capacity.md'}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; nothing is written")


if __name__ == "__main__":
    sys.exit(main())
