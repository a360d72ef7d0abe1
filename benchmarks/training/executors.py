"""Where jobs run: here, or in processes of their own, one a device. How never changes what comes out."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor, as_completed
from dataclasses import dataclass, field
from multiprocessing import get_context
from typing import Any, Protocol

from benchmarks.naming.stopping import Stopped, stop


def _nothing(steps: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Worker:
    """Who does a job: its device, and advance(steps), to be called as the job goes on."""

    device: str
    advance: Callable[[int], None] = field(default=_nothing, compare=False)


Function = Callable[[Any, Worker], Any]


class Executor(Protocol):
    """Runs jobs of plain values by a function that any process can import by its name."""

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that jobs run on."""

    def map(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None] = ...) -> Iterator[Any]:
        """Yield function(job, worker) of every job as they come; `advance` is told of the steps that are done."""


@dataclass(frozen=True)
class Here:
    """In this process, one job after another."""

    device: str = "cpu"

    @property
    def devices(self) -> tuple[str, ...]:
        """The one device."""
        return (self.device,)

    def map(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None] = _nothing) -> Iterator[Any]:
        """Yield the results in order."""
        worker = Worker(self.device, advance)
        for job in jobs:
            yield function(job, worker)


@dataclass(frozen=True)
class Processes:
    """One process a device; several may be "cpu", which then share the cores."""

    devices: tuple[str, ...]

    def map(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None] = _nothing) -> Iterator[Any]:
        """Yield the results as they come. Whoever is free takes the next job; the first error stops the rest."""
        count = min(len(self.devices), len(jobs))
        if not count:
            return
        context, others = get_context("spawn"), set(multiprocessing.active_children())
        free = context.Queue()
        for device in self.devices[:count]:
            free.put(device)
        threads = max(1, (os.cpu_count() or 1) // max(1, self.devices[:count].count("cpu")))
        with ProcessPoolExecutor(count, mp_context=context, initializer=_begin, initargs=(free, threads)) as pool:
            running = {pool.submit(_do, function, job): job for job in jobs}
            try:
                for done in as_completed(running):
                    advance(getattr(running[done], "steps", 1))
                    yield done.result()
            except BaseException as error:
                pool.shutdown(wait=False, cancel_futures=True)
                if not isinstance(error, Exception):  # asked to end: at once, not after the jobs that run
                    for process in set(multiprocessing.active_children()) - others:
                        process.terminate()
                raise


_device = "cpu"


def _begin(free: Any, threads: int) -> None:
    global _device
    _device = free.get()
    signal.signal(signal.SIGTERM, stop)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if _device == "cpu":
        import torch

        torch.set_num_threads(threads)


def _end_with_parent() -> None:
    """End this process once its parent is gone, however that ended: nobody is left to give it a job."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(function: Function, job: Any) -> Any:
    try:
        return function(job, Worker(_device))
    except Stopped as error:  # the pool would take it for the job's answer
        os._exit(128 + error.number)


def executor(devices: Sequence[str]) -> Executor:
    """The executor for these devices."""
    return Here(devices[0]) if len(devices) == 1 else Processes(tuple(devices))
