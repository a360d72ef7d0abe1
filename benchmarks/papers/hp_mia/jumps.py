"""The command line: ``python -m benchmarks.papers.hp_mia.jumps``."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.papers.hp_mia.jumps", file=sys.stderr)
    sys.exit(2)

from pathlib import Path

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command
from benchmarks.naming.options import FOLDER, Word
from benchmarks.training.facts import devices_of


@click.command("python -m benchmarks.papers.hp_mia.jumps", cls=Command)
@click.option("--data", type=FOLDER, metavar="DIR", help="Folder of mnist.npz; what it lacks is fetched into it.")
@click.option(
    "--output", type=FOLDER, default=Path("output/jumps"), metavar="DIR", help="A file a model (default: output/jumps)."
)
@click.option("--device", type=Word("a device"), default="auto", help="auto (default), cpu, cuda, cuda:N or mps.")
def command(data: Path | None, output: Path, device: str) -> int:
    """Count jumps of the training loss in fp32 and in mixed precision; train what the output lacks."""
    from benchmarks.papers.hp_mia.jumping import run

    print(run(data, output, devices_of(device)[0]))
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code."""
    return answered(command, arguments, "interrupted; what is trained is kept, and the same command goes on from there")


if __name__ == "__main__":
    sys.exit(main())
