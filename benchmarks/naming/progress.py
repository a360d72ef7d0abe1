"""A progress bar that never stands in the way: when it cannot be shown, the work goes on without it."""

from __future__ import annotations

import contextlib
import sys
import time
from collections.abc import Callable, Iterator

from tqdm import tqdm

from benchmarks.naming.wording import duration

PATIENCE, LONGEST = 10.0, 60.0  # seconds to the first line where stderr is no terminal, and at most between two


@contextlib.contextmanager
def progress(total: int, what: str, unit: str, note: Callable[[], str] = str) -> Iterator[Callable[[int], None]]:
    """Show a bar on stderr while the block runs, or, where that is no terminal, a line now and then; yields
    advance(steps). `note`: what more there is to say, whenever something is shown.
    """
    shown: Lines | tqdm | None = None
    with contextlib.suppress(OSError, ValueError, AttributeError):
        bar = total and sys.stderr.isatty()
        shown = tqdm(total=total, desc=what, unit=unit, dynamic_ncols=True) if bar else Lines(total, what, note)

    def advance(steps: int = 1) -> None:
        nonlocal shown
        if shown is not None:
            try:
                if isinstance(shown, tqdm) and (more := note()):
                    shown.set_postfix_str(more, refresh=False)
                shown.update(steps)
            except (OSError, ValueError):
                shown = None

    try:
        yield advance
    finally:
        if shown is not None:
            with contextlib.suppress(OSError, ValueError):
                shown.close()


class Lines:
    """What a log can hold of a bar: ``training 8 models: 40 % after 52 s, about 78 s left``; in time, a line a minute.

    What is left is judged by what is done.
    """

    def __init__(self, total: int, what: str, note: Callable[[], str] = str) -> None:
        self.total, self.what, self.note, self.done = total, what, note, 0
        self.begun = self.told = time.monotonic()
        self.pause = PATIENCE

    def update(self, steps: int) -> None:
        """Count `steps`, and say so where it is time."""
        self.done += steps
        now = time.monotonic()
        if now - self.told >= self.pause and 0 < self.done < self.total:
            self.told, self.pause = now, min(2 * self.pause, LONGEST)
            more = f"; {said}" if (said := self.note()) else ""
            share, seconds = 100 * self.done // self.total, now - self.begun
            left = duration(seconds * (self.total - self.done) / self.done)
            print(f"{self.what}: {share} % after {duration(seconds)}, about {left} left{more}", file=sys.stderr)

    def close(self) -> None:
        """Say nothing more."""
