"""Many files of a folder exchanged at once: all of them, even where that is cut off, since whoever comes next ends it.

A whole draft is renamed to ``.unfinished``: from then on it is what is true, and its files are moved into their places.
While it is there, `refuse` keeps readers from taking old files beside new ones for one result.
"""

from __future__ import annotations

import shutil
from collections.abc import Collection
from pathlib import Path, PurePath

from benchmarks.results import files
from datasets import drafts

UNFINISHED = ".unfinished"
GOES = ".goes"  # in it: the names of the files that go, a line each
draft_in = drafts.folder  # a new draft in a folder, which goes when the block ends, unless it was exchanged


def exchange(draft: Path, folder: Path, goes: Collection[str] = ()) -> None:
    """Move the files of `draft`, a folder in `folder`, to the same places in `folder`; those named in `goes` go.

    Whoever calls it is `files.alone_in(folder)`. Raises ValueError as `check` does, before anything is moved, OSError.
    """
    finish(folder)
    check(draft, folder, goes)
    files.write(draft / GOES, "".join(f"{name}\n" for name in sorted(goes)))
    drafts.rename(draft, folder / UNFINISHED)
    finish(folder)


def check(draft: Path, folder: Path, goes: Collection[str] = ()) -> None:
    """Raise ValueError where a file of such an exchange could not take its place, or not go."""
    for name in sorted({*_names(draft), *goes}):
        place = _inside(folder, name)
        above = [p for p in place.parents if folder in p.parents and p.exists() and not p.is_dir()]
        if above:
            raise ValueError(f"{above[0]}: expected a folder, got a file; move it")
        if place.is_dir() and not place.is_symlink():
            raise ValueError(f"{place}: expected a file, got a folder; move it")


def finish(folder: Path) -> None:
    """End an exchange that was cut off. Raises ValueError where it would reach outside, OSError."""
    made = folder / UNFINISHED
    if made.is_symlink() or not made.is_dir():
        return
    try:
        _finish(made, folder)
    except KeyboardInterrupt:  # it takes no time
        _finish(made, folder)
        raise


def _finish(made: Path, folder: Path) -> None:
    if (made / GOES).exists():
        for name in (made / GOES).read_text(encoding="utf-8").splitlines():
            drafts.remove(_inside(folder, name))
    for name in _names(made):
        place = _inside(folder, name)
        place.parent.mkdir(parents=True, exist_ok=True)
        drafts.rename(made / name, place)
    shutil.rmtree(made)


def _names(draft: Path) -> list[str]:
    """The files of a draft, as they are called in it."""
    files_of = (path for path in draft.rglob("*") if path.name != GOES and not path.is_dir())
    return sorted(path.relative_to(draft).as_posix() for path in files_of)


def _inside(folder: Path, name: str) -> Path:
    """The place of a file, in no folder that is a link. Raises ValueError."""
    parts = PurePath(name).parts
    links = [folder.joinpath(*parts[:i]) for i in range(1, len(parts)) if folder.joinpath(*parts[:i]).is_symlink()]
    if links:
        raise ValueError(f"{links[0]}: expected a place inside {folder}, got one outside: a link; put a folder there")
    if not parts or ".." in parts or PurePath(name).anchor:
        raise ValueError(f"{folder / name}: expected a place inside {folder}, got one outside")
    return folder.joinpath(*parts)


def refuse(folder: Path) -> None:
    """Raise ValueError where an exchange was cut off, or is under way."""
    if (folder / UNFINISHED).exists():
        raise ValueError(
            f"{folder}: what wrote there was stopped before its end, or is at it; run the same command again, "
            "which takes up where it was stopped"
        )
