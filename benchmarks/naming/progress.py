"""How far work has come, one line a phase: it never stands in the way, and says no more than is known."""

from __future__ import annotations

import contextlib
import shutil
import sys
import threading
import time
from collections.abc import Callable, Iterator

from benchmarks.naming.wording import duration

PATIENCE, LONGEST = 10.0, 60.0  # seconds to the first line of a log, and at most between two
EVERY = 1.0  # seconds between two looks at the clock
Left = Callable[[], float | None]  # seconds that are left; None: that is not known


@contextlib.contextmanager
def progress(
    total: int, what: str, unit: str = "", note: Callable[[], str] = str, left: Left | None = None
) -> Iterator[Callable[[int], None]]:
    """Say on stderr how far the block has come, in a line that changes, or, where that is no terminal, in a line now
    and then; yields advance(steps). In the end a terminal keeps one line, with the time that it took.

    Steps are told in percent, with a `unit` by their number, and a single one by its time alone. `note`: what more
    there is to say. `left`: what is left of the time, where not all steps are alike.
    """
    line, ended = _Phase(total, what, unit, note, left), threading.Event()
    ticking = threading.Thread(target=line.tick, args=(ended,), daemon=True)
    if total:
        ticking.start()
    try:
        yield line.advance
    except BaseException:
        line.what = f"{what}, not finished"
        raise
    finally:
        ended.set()
        if total:
            ticking.join()
            line.close()


class _Phase:
    """A phase of some work, and the line about it: ``training 8 models: 40 % after 52 s, about 78 s left``."""

    def __init__(self, total: int, what: str, unit: str, note: Callable[[], str], left: Left | None) -> None:
        self.total, self.what, self.unit, self.note, self.done = total, what, unit, note, 0
        self.left = left or self._proportional
        self.begun = self.told = time.monotonic()
        self.pause, self.shown, self.lock = PATIENCE, "", threading.Lock()

    def advance(self, steps: int = 1) -> None:
        """Count `steps`, and say so where it is time."""
        with self.lock:
            self.done += steps
            self._say()

    def tick(self, ended: threading.Event) -> None:
        """Say how long it lasts, steps or none, until it has `ended`."""
        while not ended.wait(EVERY):
            with self.lock:
                self._say()

    def close(self) -> None:
        """Say what it took; nothing in a log that had no line of it."""
        took = f"{self.what}: {duration(time.monotonic() - self.begun)}"
        with self._unharmed():
            if self._on_terminal():
                self._put(took, "\n")
            elif self.shown:
                print(f"{took} in all", file=sys.stderr)

    def _say(self) -> None:
        now = time.monotonic()
        with self._unharmed():
            terminal = self._on_terminal()
            if now - self.told < (0.1 if terminal else self.pause) or (not terminal and self.done >= self.total):
                return
            self.told = now
            if terminal:
                self._put(self._text(now), "")
            elif sys.stderr is not None:
                self.pause = min(2 * self.pause, LONGEST)
                self.shown = self._text(now)
                print(self.shown, file=sys.stderr)

    def _put(self, text: str, end: str) -> None:
        """Write `text` in the place of what stands in the line, no wider than the terminal."""
        text = text[: max(shutil.get_terminal_size().columns - 1, 20)]
        sys.stderr.write(f"\r{text.ljust(len(self.shown))}{end}")
        sys.stderr.flush()
        self.shown = text

    def _text(self, now: float) -> str:
        seconds = now - self.begun
        if self.total == 1:
            return f"{self.what}: {duration(seconds)}{self._more()}"
        share = f"{100 * self.done // self.total} %"
        far = f"{self.done:,} of {self.total:,} {self.unit}s" if self.unit else share
        left = self.left() if 0 < self.done < self.total else None
        rest = "" if left is None else f", about {duration(left)} left"
        return f"{self.what}: {far} after {duration(seconds)}{rest}{self._more()}"

    def _more(self) -> str:
        return f"; {said}" if (said := self.note()) else ""

    def _proportional(self) -> float:
        return (time.monotonic() - self.begun) * (self.total - self.done) / self.done

    @staticmethod
    def _on_terminal() -> bool:
        return sys.stderr is not None and sys.stderr.isatty()

    @contextlib.contextmanager
    def _unharmed(self) -> Iterator[None]:
        """Go on where nothing can be shown."""
        with contextlib.suppress(OSError, ValueError, AttributeError):
            yield
