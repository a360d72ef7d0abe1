"""A request to end (SIGTERM, SIGHUP) unwinds like Ctrl-C, so that nothing half-made is left."""

from __future__ import annotations

import contextlib
import signal
import threading
from collections.abc import Iterator
from typing import Any


class Stopped(KeyboardInterrupt):
    """The process was asked to end, by a signal of that number."""

    def __init__(self, number: int):
        super().__init__()
        self.number = number


def stop(number: int, _frame: Any) -> None:
    """Raise `Stopped`, once: a handler of signals. Whoever unwinds already needs no second request."""
    signal.signal(number, signal.SIG_IGN)
    raise Stopped(number)


@contextlib.contextmanager
def stoppable() -> Iterator[None]:
    """Raise `Stopped` on signals that would end the process at once, as long as this lasts; ignored ones stay so."""
    found = [getattr(signal, name) for name in ("SIGTERM", "SIGHUP") if hasattr(signal, name)]
    if threading.current_thread() is not threading.main_thread():
        found = []
    taken = [number for number in found if signal.getsignal(number) is signal.SIG_DFL]
    for number in taken:
        signal.signal(number, stop)
    try:
        yield
    finally:
        for number in taken:
            signal.signal(number, signal.SIG_DFL)
