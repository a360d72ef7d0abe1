"""How often do intervals hold the truth? ``python -m benchmarks.coverage`` makes the tables of docs/intervals.md."""

from __future__ import annotations

import os
import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.coverage", file=sys.stderr)
    sys.exit(2)

from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command
from benchmarks.naming.options import FOLDER, Whole

if TYPE_CHECKING:
    from benchmarks.results.tables import Cell, Marked
    from benchmarks.statistics.coverage import Covered, World
    from benchmarks.training.executors import Worker

OUTPUT = Path("results/intervals")
RECORDS = {100: 1.0, 300: 1.0, 10_000: 0.3}  # a game, and the share of the simulations that they get
AUCS = (0.5, 0.75, 0.9, 0.97, 0.99, 1.0)
SCATTERS = {0.0: "Targets that differ only by their records", 0.3: "Targets whose leaks scatter by 0.3"}
WANTED = (0.93, 0.97)
HEADS = ("records", "AUC", "scatter", "targets", "measure", "resolved", "held", "above", "under", "width")


@click.command("python -m benchmarks.coverage", cls=Command, examples=("--simulations 100 --output output/coverage",))
@click.option("--output", type=FOLDER, default=OUTPUT, metavar="DIR", help=f"(default: {OUTPUT})")
@click.option("--simulations", type=Whole(1, 10**6), default=1000, metavar="N", help="Of a world (default: 1000).")
def command(output: Path, simulations: int) -> int:
    """Simulate games whose truth is known and count how often their intervals hold it; by default, about an hour."""
    from benchmarks.results import files
    from benchmarks.results.tables import csv_text
    from benchmarks.statistics.coverage import World
    from benchmarks.training.executors.processes import Processes

    files.check_writable("--output", output)
    worlds = [World(n, auc, s) for n in reversed(RECORDS) for s in SCATTERS for auc in AUCS if auc < 1 or not s]
    workers = Processes(("cpu",) * (os.cpu_count() or 1))
    found = [of for each in workers.map(partial(_simulated, simulations), worlds) for of in each]
    found.sort(key=lambda c: (c.world.scatter, c.world.n, c.world.auc, c.targets))
    files.write(output / "coverage.csv", csv_text(HEADS, [row(c) for c in found]))
    files.write(output / "coverage.md", page(found, simulations))
    print(f"written: {output / 'coverage.csv'}, {output / 'coverage.md'}", file=sys.stderr)
    return 0


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; nothing is written")


def simulate(world: World, simulations: int) -> list[Covered]:
    """The rows of one world, seed 0."""
    from benchmarks.statistics.coverage import coverage

    return list(coverage(world, max(1, int(simulations * RECORDS[world.n])), 0))


def _simulated(simulations: int, world: World, worker: Worker) -> list[Covered]:
    return simulate(world, simulations)


def row(of: Covered) -> list[float | str]:
    """A line of HEADS, numbers with four digits."""
    numbers = (float(f"{x:.4g}") for x in (of.held, of.above, of.under, of.width))
    return [of.world.n, of.world.auc, of.world.scatter, of.targets, of.measure, of.resolved, *numbers]


def page(found: Sequence[Covered], simulations: int) -> str:
    """A table for each measure and kind of scatter: the share of intervals that held the truth, in percent."""
    from benchmarks.results.tables import Column, Table, markdown
    from benchmarks.statistics.coverage import TARGETS
    from benchmarks.statistics.metrics import METRICS

    least, most = WANTED
    sections = [
        "# Coverage of 95 % intervals",
        f"Made by `python -m benchmarks.coverage --simulations {simulations}`; what it means: "
        "[docs/intervals.md](../../docs/intervals.md). A cell is the share, in percent, of "
        f"{simulations:,} simulations (of {int(simulations * RECORDS[10_000]):,} with 10,000 records) whose interval "
        f"held the truth. **Bold**: below {100 * least:g} %; *: above {100 * most:g} %. Two targets stand for "
        "themselves, four and eight for all models.",
    ]
    for measure in dict.fromkeys(c.measure for c in found):
        for scatter, title in SCATTERS.items():
            cells = {(c.world.n, c.world.auc, c.targets): c for c in found
                     if c.measure == measure and c.world.scatter == scatter}  # fmt: skip
            rows = [[f"{n:,}", f"{auc:g}", *(_cell(cells.get((n, auc, k))) for k in TARGETS)]
                    for n, auc in dict.fromkeys((n, auc) for n, auc, _ in cells)]  # fmt: skip
            columns = [Column(head, "cell") for head in ("records", "AUC", *(f"{k} targets" for k in TARGETS))]
            sections += [f"## {METRICS[measure].title}: {title[0].lower()}{title[1:]}",
                         markdown(Table("", "", columns, rows))]  # fmt: skip
    return "\n\n".join(sections) + "\n"


def _cell(of: Covered | None) -> Cell | Marked:
    from benchmarks.results.tables import Marked

    if of is None:
        return None
    held = round(of.held, 4)
    return Marked(f"{100 * held:.1f}", "*" if held > WANTED[1] else "", bold=held < WANTED[0])


if __name__ == "__main__":
    sys.exit(main())
