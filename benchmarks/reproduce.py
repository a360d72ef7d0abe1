"""The command line: ``python -m benchmarks.reproduce hp-mia``: a paper's tables, figures and claims, measured again."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.reproduce", file=sys.stderr)
    sys.exit(2)

from pathlib import Path
from typing import Any

import click

from benchmarks.naming import registry
from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command, Words
from benchmarks.naming.options import FOLDER, SEED, Whole, Word
from benchmarks.naming.where import places_options
from benchmarks.papers.options import Options


@click.command(
    "python -m benchmarks.reproduce",
    cls=Command,
    examples=(
        "hp-mia --suites mnist --data data --dry-run",
        "hamp --only table1 --change location30-hamp:epochs=20",
        "which-attack --on processes",
    ),
)
@click.argument("paper", type=Word("a paper"), required=False, metavar="PAPER")
@click.option("--only", cls=Words, metavar="PART...", help="Tables and figures, as in table1 figure3 (default: all).")
@click.option("--suites", cls=Words, metavar="NAME...", help="Data sets with their networks (default: all).")
@click.option(
    "--change",
    cls=Words,
    metavar="SUITE:OPTION=N...",
    help="References, lira_references (LiRA's and Attack R's), trials, epochs or records a part of a suite, "
    "as in cifar10_wrn:epochs=20; tables say so.",
)
@click.option(
    "--data", type=FOLDER, metavar="DIR", help="Folder of NAME.npz data sets; what it lacks is fetched into it."
)
@click.option(
    "--store", type=FOLDER, default=Path("store"), metavar="DIR", help="Trained models' outputs (default: store)."
)
@click.option("--output", type=FOLDER, metavar="DIR", help="Where tables and numbers go (default: output/PAPER).")
@click.option("--docs", type=FOLDER, metavar="DIR", help="Where the page and its images go (default: the output).")
@places_options
@click.option("--device", type=Word("a device"), default="auto", help="auto (default), cpu, cuda (all), cuda:N or mps.")
@click.option(
    "--seed", type=Whole(0, SEED), default=0, metavar="N", help="Of splits and models, 0 to 2^63 - 1 (default: 0)."
)
@click.option("--dry-run", is_flag=True, help="Say what would be trained and what is stored already.")
def command(**given: Any) -> int:
    """Train what is missing, and write the tables and figures of a PAPER (`list papers` has all), and a verdict on its
    claims.
    """
    if given["paper"] is None:
        raise ValueError(f"PAPER is missing; there are {', '.join(sorted(registry.names(registry.PAPERS)))}")
    return _run(Options(**given))


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 1 some model or data set is missing, 2 unusable input."""
    return answered(
        command, arguments, "interrupted; what is trained is stored, and the same command goes on from there"
    )


def _run(options: Options) -> int:
    paper = registry.find(registry.PAPERS, options.paper).value

    from benchmarks.papers.running import reproduce

    return reproduce(paper, options)


if __name__ == "__main__":
    sys.exit(main())
