"""The files of a report in a folder that may hold other things: those of the report before are replaced, nothing else.

``files.txt`` lists what a report wrote. One that was made before there was such a list is known by its page.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from benchmarks.results import files
from benchmarks.results.exchange import exchange

LIST = "files.txt"
FOLDERS = ("figures", "tables")
MARK = b"<title>MIA Arena"  # of every page


def check(output: Path, names: Collection[str]) -> None:
    """Raise ValueError, in one sentence, where files of these names (``figures/x.png``) would replace another's."""
    if output.exists() and not output.is_dir():
        raise ValueError(f"--output: expected a folder, got the file {output}")
    for name in FOLDERS:
        place = output / name
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise ValueError(f"--output: expected a folder, got {place}, which is none; name another")
    ours = {*_written(output), LIST} if _written(output) else {*names} if _before_lists(output) else set()
    for name in (*names, LIST):
        if name not in ours and (output / name).exists():
            raise ValueError(f"--output: {output / name} is there and no report wrote it; name another folder")


def _before_lists(output: Path) -> bool:
    """Whether a report lies there that was made before reports listed their files: what bears its names is its own."""
    try:
        return not (output / LIST).exists() and MARK in files.read(output / "report.html")[:2000]
    except (ValueError, OSError):
        return False


def place(draft: Path, output: Path) -> None:
    """Move the whole files of `draft` to `output`, and remove what only the report before had.

    Raises ValueError where one cannot take its place, OSError.
    """
    fresh = {path.relative_to(draft).as_posix() for path in draft.rglob("*") if path.is_file()}
    files.write(draft / LIST, "".join(f"{name}\n" for name in sorted(fresh)))
    exchange(draft, output, _written(output) - fresh)


def _written(output: Path) -> set[str]:
    """What the report before wrote: files of our folders and the page, whatever else the list says."""
    try:
        lines = (output / LIST).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return set()
    return {line for line in lines if line == "report.html" or _ours(line)}


def _ours(line: str) -> bool:
    folder, _, name = line.partition("/")
    return folder in FOLDERS and name not in ("", ".", "..") and not set(name) & set("/\\\0")
