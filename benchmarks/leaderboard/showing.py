"""A board on this terminal."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from benchmarks.leaderboard.screen import screen
from benchmarks.naming.consoles import Line, show, width_of_stdout
from benchmarks.naming.program import program
from benchmarks.naming.wording import quoted
from benchmarks.results.ranking import Run
from benchmarks.results.screens import WIDTH


def show_board(run: Run, left: Mapping[str, str], output: Path) -> None:
    """Print the summary of the board in the folder `output`, what was `left` out and why, and how to see more."""
    place = quoted(str(output))
    below = [
        f"whole board: {output / 'leaderboard.md'}",
        f"as a page:   {program()} report {place} --output {place}",
    ]
    show([Line(""), *screen(run, left, below, width_of_stdout(WIDTH))])
