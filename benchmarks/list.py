"""The command line: ``python -m benchmarks.list attacks``: what there is to choose from."""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.list", file=sys.stderr)
    sys.exit(2)

import textwrap
from itertools import zip_longest

import click

from benchmarks.naming import registry
from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command
from benchmarks.naming.consoles import PIPED, Line, show, width_of_stdout
from benchmarks.naming.nearest import nearest
from benchmarks.naming.options import Word
from benchmarks.naming.wording import shown

METRICS = "AUC, TPR, TNR, balanced accuracy, canary TPR; TP, precision, recall and advantage of verdicts"


@click.command("python -m benchmarks.list", cls=Command, examples=("", "attacks", "suites", "defenses"))
@click.argument("kind", type=Word("a kind"), required=False)
def command(kind: str | None) -> int:
    """List all plugins, or those of a KIND: suites, attacks, defenses, networks, data-sets, protocols, query-sets,
    metrics or papers. Those of other packages are among them.
    """
    say(kind)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted")


def say(kind: str | None = None) -> None:
    """Print every plugin, or those of a kind, with a line on each. Raises ValueError where there is no such kind."""
    every = tables()
    if kind is not None:
        words = {title.replace(" ", "-"): title for title in every}
        known = words | {word.removesuffix("s"): title for word, title in words.items()}
        if kind not in known:
            raise ValueError(f"KIND: unknown {shown(kind)}; {nearest(kind, words)}")
        every = {known[kind]: every[known[kind]]}
    width = width_of_stdout(PIPED)
    for title, lines in every.items():
        show([Line(f"{title}:", "head")])
        column = max(map(len, lines), default=0)
        for name, line in lines.items():
            show(map(Line, _beside(name, column, line, width)))


def _beside(name: str, column: int, words: str, width: int) -> list[str]:
    """A name, in a column so wide, and what is said of it, in lines of that width."""
    rows = textwrap.wrap(words, max(width - column - 4, 20), break_on_hyphens=False) or [""]
    return [f"  {left:<{column}}  {row}".rstrip() for left, row in zip_longest([name], rows, fillvalue="")]


def tables() -> dict[str, dict[str, str]]:
    """What there is of each kind by name, with a line on each; nothing of it is imported."""
    from benchmarks.training.suites import listing

    found = {"suites": listing(), **{f"{kind.word}s": registry.summaries(kind) for kind in registry.KINDS}}
    return {**found, "metrics": {"(built in)": METRICS, **found["metrics"]}}


if __name__ == "__main__":
    sys.exit(main())
