"""A run's board, records and plots in its output folder: all of them or none, beside whatever else lies there."""

from __future__ import annotations

import sys
from collections.abc import Collection, Sequence
from pathlib import Path

from benchmarks.leaderboard.board import leaderboard
from benchmarks.naming.progress import progress
from benchmarks.report import plots
from benchmarks.results import comparing, files, frames, merging, reading, writing
from benchmarks.results.exchange import draft_in, exchange
from benchmarks.results.ranking import Run
from benchmarks.results.record import Record
from benchmarks.statistics.played import Played

FOLDERS = {"records": writing.is_name, "comparisons": writing.is_comparison, "plots": plots.is_name}
Kept = Sequence[tuple[Record, Sequence[Played] | None]]


def check_places(output: Path) -> None:
    """Raise ValueError where what a run writes cannot take the place of what is in its output folder."""
    for name in FOLDERS:
        place = output / name
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            what = "a link" if place.is_symlink() else "a file"
            raise ValueError(f"--output: expected a folder, got {place}, which is {what}; move it")
    places = [output / name for name in ("leaderboard.md", "results.csv")]
    for name, ours in FOLDERS.items():
        places += [path for path in sorted((output / name).glob("*")) if ours(path.name)]
    for place in places:
        if place.is_dir():
            raise ValueError(f"--output: expected a file, got {place}, which is a folder; move it")


def publish(made: Sequence[tuple[Record, Sequence[Played]]], output: Path, kept: Kept = ()) -> Run:
    """Write everything and return what it is a board of: records, comparisons, plots, ``results.csv`` and the board.

    `kept` are records that lie in the output folder already and stay (`reading.board`); all others of it go. Raises
    ValueError when there is nothing to write or records cannot stand on one board, OSError. Whoever calls it is
    `files.alone_in(output)`.
    """
    if not made:
        raise ValueError("nothing to publish: no trial could be completed")
    fresh = {record.key for record, _ in made}
    games = [*made, *((r, p) for r, p in kept if r.key not in fresh)]
    records = merging.merge([r for r, _ in kept], [r for r, _ in made])
    with progress(1, "comparing attacks"):
        comparisons = comparing.renewed(games, reading.compared(output) if kept else [])
    run = Run(records, comparisons)
    board = leaderboard(records, comparisons)
    output.mkdir(parents=True, exist_ok=True)
    with progress(1, "writing board, records and plots"), draft_in(output) as draft:
        for name in FOLDERS:
            (draft / name).mkdir()
        for record, played in made:
            writing.write(record, played, draft / "records")
        for one in comparisons:
            writing.write_comparisons(one, draft / "comparisons")
        plots.write(records, draft / "plots")
        files.write(draft / "results.csv", frames.tidy(records))
        files.write(draft / "leaderboard.md", board)
        replaced = (output / "leaderboard.md").exists() and not kept
        exchange(draft, output, _goes(draft, output, {writing.stem_of(r) for r in records}))
    earlier = ", in place of an earlier run's" if replaced else ""
    print(f"written: {output / 'leaderboard.md'}, records/ and plots/ beside it{earlier}", file=sys.stderr)
    return run


def _goes(draft: Path, output: Path, stay: Collection[str]) -> list[str]:
    """What lies in the output folder and goes: records of other stems, and comparisons and plots of an earlier run."""
    goes = []
    for name, theirs in FOLDERS.items():
        fresh = {path.name for path in (draft / name).iterdir()}
        for old in (output / name).iterdir() if (output / name).is_dir() else ():
            if theirs(old.name) and old.name not in fresh and not (name == "records" and old.stem in stay):
                goes.append(f"{name}/{old.name}")
    return goes
