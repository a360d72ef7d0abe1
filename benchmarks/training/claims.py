"""Who trains which model of a store that several workers share: a claim a model, one sign of life a worker.

A claim is ``claims/<key>/<worker>``, a folder that is made apart and renamed: of two workers, one has it. A worker's
sign of life is the file ``claims/worker-<worker>``, which it touches again and again, and locks. Its claims expire
when it is gone: when the file is, when nobody on the same machine holds its lock, or when it has not changed for
EXPIRY seconds by the clock of the one who looks. No two clocks are ever compared.
"""

from __future__ import annotations

import contextlib
import errno
import os
import platform
import secrets
import threading
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType
from typing import NamedTuple

from benchmarks.results import files
from datasets import drafts

EXPIRY = 120.0  # seconds; shared file systems show the time of a change up to a minute late
RENEWAL = 15.0
SIGN = "worker-"


class At(NamedTuple):
    """Who has a claim, and where that worker runs."""

    worker: str
    place: str


class Claims:
    """The claims in a folder, and this worker's own, which end with the block."""

    def __init__(self, home: Path) -> None:
        self.home, self.worker = home.absolute(), ""
        self._mine: set[str] = set()
        self._seen: dict[str, tuple[int, float]] = {}  # a sign's time of change, and when it was first seen so
        self._open = contextlib.ExitStack()
        self._ended = threading.Event()

    def __enter__(self) -> Claims:
        self._open.__enter__()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self._ended.set()
        try:
            self.release(list(self._mine))
            if self.worker:
                drafts.remove(self._sign(self.worker))
        finally:
            self._open.close()

    def take(self, key: str) -> bool:
        """Whether this worker has the claim now; a claim of a worker that is gone is taken over. Raises OSError."""
        holder = self.holder(key)
        if holder is not None:
            if self._lives(holder):
                return False
            self._drop(key, holder)
        me = self.begin()
        with self._writing(), drafts.folder(self.home) as draft:
            (draft / me).touch()
            try:
                drafts.rename(draft, self.home / key)
            except OSError as error:
                if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
                    raise
                return False  # another one was faster
        self._mine.add(key)
        return True

    def release(self, keys: Iterable[str]) -> None:
        """Give claims back; those that another worker took over stay with it."""
        for key in keys:
            self._mine.discard(key)
            self._drop(key, self.worker)

    def holder(self, key: str) -> str | None:
        """The worker that has the claim, alive or not."""
        try:
            return next(iter(os.listdir(self.home / key)), None)
        except OSError:
            return None

    def living(self) -> dict[str, At]:
        """The claims of workers that are alive, as far as one look can tell."""
        found = {}
        for key in self._claimed():
            holder = self.holder(key)
            if holder is not None and self._lives(holder):
                found[key] = At(holder, self._place(holder))
        return found

    def sees(self, worker: str) -> bool:
        """Whether another worker's sign of life lies in this very folder."""
        return self._sign(worker).is_file()

    def clear(self) -> None:
        """Remove what workers that are gone left. Raises nothing."""
        drafts.clear(self.home)
        for key in self._claimed():
            holder = self.holder(key)
            if holder is None or not self._lives(holder):
                self._drop(key, holder or "")
        with contextlib.suppress(OSError):
            for sign in self.home.glob(f"{SIGN}*"):
                if not self._lives(sign.name.removeprefix(SIGN)):
                    sign.unlink(missing_ok=True)

    def _claimed(self) -> list[str]:
        try:
            return sorted(n for n in os.listdir(self.home) if not n.startswith((".", SIGN)))
        except OSError:
            return []

    def _sign(self, worker: str) -> Path:
        return self.home / f"{SIGN}{worker}"

    def _place(self, worker: str) -> str:
        try:
            return self._sign(worker).read_text(encoding="utf-8").partition("\n")[2].strip()
        except (OSError, ValueError):
            return ""

    def _drop(self, key: str, worker: str) -> None:
        with contextlib.suppress(OSError):
            if worker:
                (self.home / key / worker).unlink(missing_ok=True)
            (self.home / key).rmdir()  # fails where it is another's by now

    def begin(self) -> str:
        """Give a sign of life, and return this worker's name. Raises OSError."""
        if self.worker and self._sign(self.worker).is_file():
            return self.worker
        first = not self.worker
        with self._writing():
            self.home.mkdir(parents=True, exist_ok=True)
            draft = self._open.enter_context(drafts.file(self.home))
            os.write(draft.handle, f"{machine()}\n{platform.node()}, process {os.getpid()}\n".encode())
            name = secrets.token_hex(8)
            draft.put(self._sign(name))
            self.worker = name
        if first:
            threading.Thread(target=self._renew, daemon=True).start()
        return self.worker

    @contextlib.contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise OSError(files.unwritable("--store", self.home, error)) from error

    def _renew(self) -> None:
        while not self._ended.wait(RENEWAL):
            with contextlib.suppress(OSError):  # taken for dead; `take` begins again
                os.utime(self._sign(self.worker))

    def _lives(self, worker: str) -> bool:
        if worker == self.worker:
            return True
        sign = self._sign(worker)
        try:
            changed = sign.stat().st_mtime_ns
            here = sign.read_text(encoding="utf-8").partition("\n")[0] == machine()
        except (OSError, ValueError):
            return False
        if here and drafts.abandoned(sign):
            return False
        now = time.monotonic()
        known, since = self._seen.get(worker, (None, now))
        if known != changed:
            self._seen[worker] = (changed, now)
            return True
        return now - since < EXPIRY


def machine() -> str:
    """What tells this machine, since it was started, from all others."""
    try:
        return Path("/proc/sys/kernel/random/boot_id").read_text(encoding="utf-8").strip()
    except OSError:
        return platform.node()
