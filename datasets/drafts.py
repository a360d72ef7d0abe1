"""Half-made files and folders: each locked while its maker lives, so that what dead makers left is known and cleared.

Where the file system has no such locks, nothing is cleared.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

NAME = re.compile(r"\.draft-[0-9a-f]{16}")  # nobody can foresee one, so that no planted link is followed
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_LOOK = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@contextmanager
def folder(place: Path) -> Iterator[Path]:
    """A new folder in `place`, which goes when the block ends, unless it was renamed. Raises OSError."""
    path, handle = _made(place, 0)
    try:
        yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        os.close(handle)


@contextmanager
def file(place: Path) -> Iterator[tuple[Path, int]]:
    """A new file in `place` and a handle to write it, which goes when the block ends, unless it was renamed.

    Raises OSError.
    """
    path, handle = _made(place, os.O_CREAT | os.O_EXCL | os.O_WRONLY)
    try:
        yield path, handle
    finally:
        path.unlink(missing_ok=True)
        os.close(handle)


def clear(place: Path) -> None:
    """Remove the drafts in `place` whose makers are dead. Raises nothing."""
    for path in place.glob(".draft-*"):
        if NAME.fullmatch(path.name):
            _clear(path)


def abandoned(path: Path) -> bool:
    """Whether nobody on this machine holds the lock that a draft is made with; False where that cannot be known."""
    try:
        handle = os.open(path, _LOOK)
    except OSError:
        return False
    try:
        return _locked(handle, wait=False)
    finally:
        os.close(handle)


def _clear(path: Path) -> None:
    try:
        handle = os.open(path, _LOOK)
    except OSError:  # a link, or somebody else's
        return
    try:
        if _locked(handle, wait=False):
            if stat.S_ISDIR(os.fstat(handle).st_mode):
                shutil.rmtree(path, ignore_errors=True)
            elif stat.S_ISREG(os.fstat(handle).st_mode):
                path.unlink(missing_ok=True)
    except OSError:
        pass
    finally:
        os.close(handle)


def _made(place: Path, flags: int) -> tuple[Path, int]:
    """A new draft, a file if there are `flags`, and the handle that holds its lock."""
    clear(place)
    while True:
        path = place / f".draft-{secrets.token_hex(8)}"
        if not flags:
            path.mkdir()
        try:
            handle = os.open(path, flags or _FOLDER, 0o666)
        except FileNotFoundError:
            if flags or not place.is_dir():
                raise
            continue  # taken for a dead one's before it was locked
        _locked(handle, wait=True)
        if _there(path, handle):
            return path, handle
        os.close(handle)


def _there(path: Path, handle: int) -> bool:
    try:
        return os.path.samestat(os.stat(path), os.fstat(handle))
    except OSError:
        return False


def _locked(handle: int, wait: bool) -> bool:
    """Whether the lock could be had."""
    try:
        import fcntl

        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except (ImportError, OSError):  # no POSIX system, a file system without locks, or held
        return False
    return True
