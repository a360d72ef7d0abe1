"""Half-made files and folders: each locked while its maker lives, so that what dead makers left is known and cleared.

All that differs on Windows stands here. It has no such locks: nothing is known to be abandoned, and nothing is cleared.
It renames and removes no file that anybody has open, be it to read: a file is closed first, and others are waited for.
"""

from __future__ import annotations

import os
import re
import secrets
import shutil
import stat
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

fcntl: Any
try:
    import fcntl
except ImportError:  # Windows
    fcntl = None

NAME = re.compile(r"\.draft-[0-9a-f]{16}")  # nobody can foresee one, so that no planted link is followed
PATIENCE = 5.0  # seconds, for others to close a file
_FOLDER = os.O_RDONLY | getattr(os, "O_DIRECTORY", 0)
_FILE = os.O_CREAT | os.O_EXCL | os.O_WRONLY | getattr(os, "O_BINARY", 0)
_LOOK = os.O_RDONLY | getattr(os, "O_NOFOLLOW", 0) | getattr(os, "O_NONBLOCK", 0)


@dataclass
class File:
    """A draft that is a file: its path, and a handle to write it."""

    path: Path
    handle: int
    closed: bool = False

    def put(self, place: Path) -> None:
        """Rename it to `place`, over a file there; its lock is held until its block ends. Raises OSError."""
        if fcntl is None:
            self.close()
        rename(self.path, place)

    def close(self) -> None:
        """Close its handle, once."""
        if not self.closed:
            self.closed = True
            os.close(self.handle)


@contextmanager
def folder(place: Path) -> Iterator[Path]:
    """A new folder in `place`, which goes when the block ends, unless it was renamed. Raises OSError."""
    path, handle = _made(place, 0)
    try:
        with _named(place):
            yield path
    finally:
        shutil.rmtree(path, ignore_errors=True)
        if handle is not None:
            os.close(handle)


@contextmanager
def file(place: Path) -> Iterator[File]:
    """A new file in `place`, which goes when the block ends, unless it was put elsewhere. Raises OSError."""
    path, handle = _made(place, _FILE)
    assert handle is not None
    draft = File(path, handle)
    try:
        with _named(place):
            yield draft
    finally:
        if fcntl is None:
            draft.close()
        path.unlink(missing_ok=True)
        draft.close()


@contextmanager
def _named(place: Path) -> Iterator[None]:
    """An error that names no file, as that of a full disk, names the folder."""
    try:
        yield
    except OSError as error:
        if error.filename is None and error.errno is not None:
            error.filename = os.fspath(place)
        raise


def rename(path: Path, place: Path) -> None:
    """Rename to `place`, over a file or an empty folder there, as POSIX has it.

    Raises OSError; of errno EEXIST or ENOTEMPTY where a folder with something in it is there.
    """
    if fcntl is not None:
        os.rename(path, place)
    elif path.is_dir():
        with suppress(OSError):
            place.rmdir()  # fails where it holds something
        _patiently(lambda: os.rename(path, place))
    else:
        _patiently(lambda: os.replace(path, place))


def remove(path: Path) -> None:
    """Remove a file, if it is there. Raises OSError."""
    _patiently(lambda: path.unlink(missing_ok=True))


def clear(place: Path) -> None:
    """Remove the drafts in `place` whose makers are dead. Raises nothing."""
    if fcntl is None:
        return
    for path in place.glob(".draft-*"):
        if NAME.fullmatch(path.name):
            _clear(path)


def abandoned(path: Path) -> bool:
    """Whether nobody on this machine holds the lock that a draft is made with; False where that cannot be known."""
    if fcntl is None:
        return False
    try:
        handle = os.open(path, _LOOK)
    except OSError:
        return False
    try:
        return _locked(handle, wait=False)
    finally:
        os.close(handle)


@contextmanager
def alone_in(folder: Path) -> Iterator[None]:
    """Wait until no other process is in this block for the same folder, where the system has such locks."""
    if fcntl is None:
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
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


def _made(place: Path, flags: int) -> tuple[Path, int | None]:
    """A new draft, a file if there are `flags`, and the handle that holds its lock; Windows opens no folders."""
    clear(place)
    while True:
        path = place / f".draft-{secrets.token_hex(8)}"
        if not flags:
            path.mkdir()
            if fcntl is None:
                return path, None
        try:
            handle = os.open(path, flags or _FOLDER, 0o666)
        except FileNotFoundError:
            if flags or not place.is_dir():
                raise
            continue  # taken for a dead one's before it was locked
        if fcntl is None:
            return path, handle
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
        fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
    except OSError:  # a file system without locks, or held
        return False
    return True


def _patiently(act: Callable[[], object]) -> None:
    """Do it; on Windows again and again, while another has the file open. Raises OSError."""
    end = time.monotonic() + PATIENCE
    while True:
        try:
            act()
            return
        except PermissionError:
            if fcntl is not None or time.monotonic() > end:
                raise
        time.sleep(0.02)
