"""An end to code of others that has none: a signal that raises in the midst of it, or a thread where there is none."""

from __future__ import annotations

import ctypes
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

AGAIN = 5.0  # seconds until it is raised once more, where the code caught it


class Overdue(Exception):
    """It took too long."""


class _Bell(KeyboardInterrupt):
    """What rings within: code that turns every error into its own words lets an interruption pass."""


@contextmanager
def within(seconds: float | None) -> Iterator[None]:
    """Raise Overdue where the block takes longer. Nothing is limited without `seconds` and outside a process's main
    thread; nor is code that never comes back to Python, or takes every interruption for its own.
    """
    if seconds is None or threading.current_thread() is not threading.main_thread():
        yield
        return
    alarm = getattr(signal, "SIGALRM", None)
    try:
        with _by_thread(seconds) if alarm is None else _by_signal(alarm, seconds):
            yield
    except _Bell as bell:  # its traceback tells where it rang
        said = f"no end after {seconds:g} s, which is --timeout"
        raise Overdue(said).with_traceback(bell.__traceback__) from None


@contextmanager
def _by_signal(alarm: int, seconds: float) -> Iterator[None]:
    def ring(number: int, frame: Any) -> None:
        raise _Bell

    before = signal.signal(alarm, ring)
    signal.setitimer(signal.ITIMER_REAL, seconds, AGAIN)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(alarm, before)


@contextmanager
def _by_thread(seconds: float) -> Iterator[None]:
    """Windows has no such signal: another thread raises in this one, once a call that waits has come back."""
    here, ended = ctypes.c_ulong(threading.get_ident()), threading.Event()

    def ring() -> None:
        pause = seconds
        while not ended.wait(pause):
            ctypes.pythonapi.PyThreadState_SetAsyncExc(here, ctypes.py_object(_Bell))
            pause = AGAIN

    bell = threading.Thread(target=ring, daemon=True)
    bell.start()
    try:
        yield
    finally:
        _silence(bell, ended)


def _silence(bell: threading.Thread, ended: threading.Event) -> None:
    """End the thread; one that rang at the last moment is raised here, and there is no other after it."""
    while True:
        try:
            ended.set()
            return bell.join()
        except _Bell:
            continue
