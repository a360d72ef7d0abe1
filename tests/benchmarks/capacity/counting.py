"""What the real worker's loop does: its file operations, and its hours on a clock of our own."""

import builtins
import contextlib
import heapq
import io
import os
import threading
from collections import Counter

import pytest

fcntl = pytest.importorskip("fcntl", reason="locks are counted, and Windows has none")

LOOKS, LISTS = ("stat", "lstat"), ("listdir", "scandir")
CHANGES = ("mkdir", "rename", "replace", "unlink", "remove", "rmdir", "utime", "fsync")


def counted(monkeypatch, root):
    """A Counter of looks, lists and changes under `root`, which grows as they are made."""
    made = Counter()

    def watch(module, name, kind):
        real = getattr(module, name)

        def call(what, *rest, **options):
            path = what if isinstance(what, (str, os.PathLike)) else handle_path(what)
            if str(path).startswith(str(root)):
                made[kind(rest, options) if callable(kind) else kind] += 1
            return real(what, *rest, **options)

        monkeypatch.setattr(module, name, call)

    for names, kind in ((LOOKS, "looks"), (LISTS, "lists"), (CHANGES, "changes")):
        for name in names:
            watch(os, name, kind)
    watch(os, "open", lambda rest, options: "changes" if rest and rest[0] & os.O_CREAT else "looks")
    for module in (io, builtins):
        watch(module, "open", lambda rest, options: "changes" if rest and rest[0][0] in "wx" else "looks")
    watch(fcntl, "flock", "changes")
    return made


def handle_path(handle):
    try:
        return os.readlink(f"/proc/self/fd/{handle}")
    except (OSError, TypeError):
        return ""


class Clock:
    """Time that passes only while all threads sleep; one thread works at a time."""

    def __init__(self):
        self.now, self.count, self.awake, self.waiting, self.lock = 0.0, 0, 0, [], threading.Lock()

    def monotonic(self):
        return self.now

    def sleep(self, seconds):
        mine = threading.Event()
        with self.lock:
            heapq.heappush(self.waiting, (self.now + seconds, self.count, mine))
            self.count, self.awake = self.count + 1, self.awake - 1
            self._next()
        mine.wait()

    def _next(self):
        if self.awake == 0 and self.waiting:
            self.now, _, event = heapq.heappop(self.waiting)
            self.awake += 1
            event.set()

    def run(self, *functions):
        """Run functions side by side, all from now; raises what one of them raised."""
        errors = []

        def begin(function, first):
            first.wait()
            try:
                function()
            except BaseException as error:
                errors.append(error)
            with self.lock:
                self.awake -= 1
                self._next()

        threads = []
        for function in functions:
            first = threading.Event()
            heapq.heappush(self.waiting, (self.now, self.count, first))
            self.count += 1
            threads.append(threading.Thread(target=begin, args=(function, first), daemon=True))
        for thread in threads:
            thread.start()
        with self.lock, contextlib.suppress(IndexError):
            self._next()
        for thread in threads:
            thread.join(60)
        if errors:
            raise errors[0]
