"""The command line: ``python -m benchmarks.leaderboard results/boards`` makes all boards anew from their records."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from benchmarks.leaderboard import leaderboard, overall
from benchmarks.naming.options import Parser, answered
from benchmarks.results import records


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""

    def command() -> int:
        for path, text in boards(_parser().parse_args(arguments).boards).items():
            records.write_text(path, text)
            print(f"written: {path}")
        return 0

    return answered(command, "interrupted; the same command makes the rest")


def _parser() -> argparse.ArgumentParser:
    parser = Parser(
        prog="python -m benchmarks.leaderboard",
        description="Make every SUITE/leaderboard.md of a folder, and README.md over all of them, from the records.",
    )
    parser.add_argument("boards", type=Path, metavar="DIR", help="folder with SUITE/records/*.json, as results/boards")
    return parser


def boards(folder: Path) -> dict[Path, str]:
    """Every board of `folder` by path. Raises ValueError, in one sentence, on records that make none."""
    if not folder.is_dir():
        raise ValueError(f"DIR: expected a folder with SUITE/records/*.json, got {folder}")
    places = sorted(path.parent for path in folder.glob("*/records"))
    if not places:
        raise ValueError(f"DIR: expected SUITE/records/*.json in {folder}, found none")
    suites = {place: records.read(place / "records") for place in places}
    made = {}
    for place, suite in suites.items():
        try:
            made[place / "leaderboard.md"] = leaderboard(suite)
        except ValueError as error:
            raise ValueError(f"{place}: {error}") from error
    try:
        made[folder / "README.md"] = overall(list(suites.values()))
    except ValueError as error:
        raise ValueError(f"{folder}: {error}") from error
    return made


if __name__ == "__main__":
    sys.exit(main())
