"""What all code in a process shares beside torch, put back after code of others ran. Imports no torch.

Not undone: functions that were replaced, modules, threads that go on, files, and the import path, which a plugin may
need later. Nothing in one process can undo those.
"""

from __future__ import annotations

import gc
import locale
import logging
import os
import random
import signal
import sys
import threading
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

import numpy as np

Part = tuple[Callable[[], Any], Callable[[Any], object]]  # what reads it, and what sets it
NAMES = ("HUP", "INT", "ABRT", "FPE", "USR1", "USR2", "PIPE", "ALRM", "TERM", "CHLD", "XCPU")
SIGNALS = tuple(getattr(signal, f"SIG{name}") for name in NAMES if hasattr(signal, f"SIG{name}"))


def _environment(before: dict[str, str]) -> None:
    os.environ.clear()
    os.environ.update(before)


def _streams(before: tuple[Any, ...]) -> None:
    sys.stdin, sys.stdout, sys.stderr, sys.excepthook = before


def _logging() -> tuple[Any, ...]:
    root = logging.getLogger()
    return root.level, tuple(root.handlers), root.manager.disable, logging.raiseExceptions


def _log_again(before: tuple[Any, ...]) -> None:
    root = logging.getLogger()
    root.setLevel(before[0])
    root.handlers[:] = before[1]
    root.manager.disable, logging.raiseExceptions = before[2:]


def _signals() -> list[Any]:
    return [signal.getsignal(number) for number in SIGNALS]


def _signal_again(before: list[Any]) -> None:
    if threading.current_thread() is threading.main_thread():  # no other thread can have changed one
        for number, handler in zip(SIGNALS, before, strict=True):
            if handler is not None and signal.getsignal(number) is not handler:
                signal.signal(number, handler)


def _folder() -> str:
    try:
        return os.getcwd()
    except OSError:  # it was removed
        return ""


def _folder_again(before: str) -> None:
    with suppress(OSError):
        os.chdir(before)


PARTS: tuple[Part, ...] = (
    (_folder, _folder_again),
    (os.environ.copy, _environment),
    (lambda: locale.setlocale(locale.LC_ALL), lambda before: locale.setlocale(locale.LC_ALL, before)),
    (lambda: (sys.stdin, sys.stdout, sys.stderr, sys.excepthook), _streams),
    (_logging, _log_again),
    (_signals, _signal_again),
    (sys.getrecursionlimit, sys.setrecursionlimit),
    (gc.isenabled, lambda before: gc.enable() if before else gc.disable()),
    (random.getstate, random.setstate),
)


@contextmanager
def kept(seed: int | None = None) -> Iterator[None]:
    """Put back the working folder, environment, locale, streams, logging, signals, warnings, generators of Python and
    numpy and how errors are handled; within, the generators start from `seed` unless it is None.
    """
    before = [read() for read, _ in PARTS]
    source = np.random.get_bit_generator()  # type: ignore[attr-defined]
    drawn = source.state
    try:
        with warnings.catch_warnings(), np.errstate(), np.printoptions():
            if seed is not None:
                random.seed(seed)
                np.random.seed(seed % 2**32)  # noqa: NPY002
            yield
    finally:
        np.random.set_bit_generator(source)  # type: ignore[attr-defined]
        source.state = drawn
        for (read, write), value in zip(PARTS, before, strict=True):
            if read() != value:
                write(value)
