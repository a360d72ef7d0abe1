"""The files of a report in a folder that may hold other things: those of the report before are replaced, nothing else.

``files.txt`` lists what a report wrote. It names the old and the new files while they are exchanged, so that what an
interrupted report leaves is still known as its own.
"""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

from benchmarks.results import files

LIST = "files.txt"
FOLDERS = ("figures", "tables")


def check(output: Path, names: Collection[str]) -> None:
    """Raise ValueError, in one sentence, where files of these names (``figures/x.png``) would replace another's."""
    if output.exists() and not output.is_dir():
        raise ValueError(f"--output: expected a folder, got the file {output}")
    for name in FOLDERS:
        place = output / name
        if place.is_symlink() or (place.exists() and not place.is_dir()):
            raise ValueError(f"--output: expected a folder, got {place}, which is none; name another")
    ours = {*_written(output), LIST} if _written(output) else set()
    for name in (*names, LIST):
        if name not in ours and (output / name).exists():
            raise ValueError(f"--output: {output / name} is there and no report wrote it; name another folder")


def place(draft: Path, output: Path) -> None:
    """Move the whole files of `draft` to `output`, and remove what only the report before had. Raises OSError."""
    fresh = {path.relative_to(draft).as_posix() for path in draft.rglob("*") if path.is_file()}
    earlier = _written(output) - fresh
    _list(output, fresh | earlier)
    for name in FOLDERS:
        (output / name).mkdir(exist_ok=True)
    for name in sorted(fresh):
        (draft / name).replace(output / name)
    for name in earlier:
        (output / name).unlink(missing_ok=True)
    _list(output, fresh)


def _list(output: Path, names: Collection[str]) -> None:
    files.write(output / LIST, "".join(f"{name}\n" for name in sorted(names)))


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
