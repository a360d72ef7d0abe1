"""The command line: ``python -m benchmarks.speed.audit --other PYTHON`` measures both and renders docs/speed.md."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.speed.audit", file=sys.stderr)
    sys.exit(2)

import os
from pathlib import Path

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command
from benchmarks.naming.options import FILE, MOST, Whole


@click.command("python -m benchmarks.speed.audit", cls=Command)
@click.option("--other", type=FILE, required=True, metavar="PYTHON", help="An interpreter that has sacroml.")
@click.option(
    "--times",
    type=Whole(5, MOST["trials"]),
    default=5,
    metavar="N",
    help=f"Rounds, 5 to {MOST['trials']:,} (default: 5).",
)
def command(other: Path, times: int) -> int:
    """Time the same audit here and in SACRO-ML, in turns, by processor time, then render docs/speed.md."""
    from benchmarks.results import files
    from benchmarks.speed import home, results
    from benchmarks.speed.__main__ import render
    from benchmarks.speed.audit.measuring import measure

    if not os.access(other, os.X_OK) or other.is_dir():
        raise ValueError(f"--other: expected an interpreter that has sacroml, got {other}")
    root = home.checkout()
    environment = {**os.environ, "PYTHONPATH": str(root)}
    made = measure(other.absolute(), times, results.machine("cpu"), environment)
    path = root / "results" / "speed" / results.AUDIT
    files.write(path, results.dumps(made))
    print(f"written: {path}")
    render(root)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; nothing was written")


if __name__ == "__main__":
    sys.exit(main())
