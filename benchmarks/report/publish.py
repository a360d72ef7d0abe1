"""A run's board, records and plots in its output folder: all of them or none, beside whatever else lies there."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from benchmarks import leaderboard
from benchmarks.report import plots
from benchmarks.results import records


def check_writable(option: str, folder: Path) -> None:
    """Make `folder` where it is missing. Raises ValueError, in one sentence, where nothing can be written there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except (FileExistsError, NotADirectoryError) as error:
        raise ValueError(f"{option}: expected a folder, got {folder}, which is or lies in a file") from error
    except OSError as error:
        raise ValueError(f"{option}: cannot write to {folder}: {error.strerror}") from error


def check_places(output: Path) -> None:
    """Raise ValueError where what a run writes cannot take the place of what is in its output folder."""
    for name in ("records", "plots"):
        if (output / name).exists() and not (output / name).is_dir():
            raise ValueError(f"--output: expected a folder, got {output / name}, which is a file; move it")
    if (output / "leaderboard.md").is_dir():
        raise ValueError(f"--output: expected a file, got {output / 'leaderboard.md'}, which is a folder; move it")


def publish(made: list[tuple[records.Record, records.Arrays]], output: Path) -> None:
    """Print the board and write everything. Raises ValueError when there is nothing to write, OSError."""
    if not made:
        raise ValueError("nothing to publish: no trial could be completed")
    board = leaderboard.leaderboard([record for record, _ in made])
    with tempfile.TemporaryDirectory(prefix=".draft-", dir=output) as folder:
        draft = Path(folder)
        for name in ("records", "plots"):
            (draft / name).mkdir()
        for record, arrays in made:
            records.write(record, arrays, draft / "records")
        plots.write([record for record, _ in made], draft / "plots")
        records.write_text(draft / "leaderboard.md", board)
        replaced = (output / "leaderboard.md").exists()
        _replace(draft, output)
    print(board)
    earlier = ", in place of an earlier run's" if replaced else ""
    print(f"written: {output / 'leaderboard.md'}, records/ and plots/ beside it{earlier}", file=sys.stderr)


def _replace(draft: Path, output: Path) -> None:
    """Move what is complete into place; records and plots of an earlier run go, whatever else is there stays."""
    for name, theirs in (("records", records.is_name), ("plots", plots.is_name)):
        (output / name).mkdir(exist_ok=True)
        fresh = {path.name for path in (draft / name).iterdir()}
        for old in (output / name).iterdir():
            if theirs(old.name) and old.name not in fresh:
                old.unlink()
        for path in (draft / name).iterdir():
            path.replace(output / name / path.name)
    (draft / "leaderboard.md").replace(output / "leaderboard.md")
