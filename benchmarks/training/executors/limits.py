"""An end to code of others that has none: a signal that raises in the midst of it."""

from __future__ import annotations

import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN = 5.0  # seconds until it is raised once more, where the code caught it


class Overdue(Exception):
    """It takes too long."""


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Raise Overdue where the block takes longer. Nothing is limited without `seconds`, outside a process's main
    thread, and where the system has no such signal; nor is code that never comes back to Python.
    """
    alarm = getattr(signal, "SIGALRM", None)
    if seconds is None or alarm is None or threading.current_thread() is not threading.main_thread():
        yield
        return

    def ring(number: int, frame: Any) -> None:
        raise Overdue(f"no end after {seconds:g} s, which is --timeout")

    before = signal.signal(alarm, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(alarm, before)
