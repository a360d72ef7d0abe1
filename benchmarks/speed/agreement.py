"""The command line: ``python -m benchmarks.speed.agreement DATA`` writes results/speed/agreement.json. Minutes."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.speed.agreement", file=sys.stderr)
    sys.exit(2)

from pathlib import Path

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command
from benchmarks.naming.options import FOLDER


@click.command("python -m benchmarks.speed.agreement", cls=Command)
@click.argument("data", type=FOLDER)
def command(data: Path) -> int:
    """Train models by the engine and by the textbook loop, and compare how accurate they are and how much they leak.

    DATA is the folder of mnist.npz and location30.npz (see --data of benchmarks.run).
    """
    from benchmarks.results import files
    from benchmarks.speed import comparison, home
    from benchmarks.speed.results import AGREEMENT, dumps

    path = home.checkout() / "results" / "speed" / AGREEMENT
    made = comparison.about(data)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, dumps(made))
    print(f"written: {path}")
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; nothing was written")


if __name__ == "__main__":
    sys.exit(main())
