"""Jobs in processes of their own on this machine. One that is killed is started again, and stops no other."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
import weakref
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing import get_context, resource_tracker
from multiprocessing.process import BaseProcess
from typing import Any

from benchmarks.naming.stopping import Stopped, stop
from benchmarks.naming.working_folder import found_here
from benchmarks.training.executors import LOST, TRIES, Function, Worker, nothing


@dataclass(frozen=True)
class Processes:
    """One process a device; several may share the cores, or the memory of one GPU. They start with the first job, and
    stay for the next ones as long as this object does.
    """

    devices: tuple[str, ...]
    _places: list[_Place] = field(default_factory=list, compare=False, repr=False)

    def __post_init__(self) -> None:
        weakref.finalize(self, _close, self._places)

    def map(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None] = nothing) -> Iterator[Any]:
        """Yield the results as they come. Whoever is free takes the next job; the first error stops the rest.

        A job whose process is killed is done again; raises OSError where that happens `TRIES` times.
        """
        if not self._places:
            self._places.extend(map(_Place, self.devices))
        used = self._places[: len(jobs)]
        waiting, ended = queue.SimpleQueue[Any](), threading.Event()
        results: queue.SimpleQueue[tuple[Any, Any, BaseException | None]] = queue.SimpleQueue()
        for job in jobs:
            waiting.put(job)
        on = [place.device for place in used]
        threads = max(1, count_cores() // max(1, on.count("cpu")))

        def serve(place: _Place) -> None:
            """Give a place the jobs that wait."""
            worker = Worker(place.device, sharing=on.count(place.device))
            while not ended.is_set():
                try:
                    job = waiting.get_nowait()
                except queue.Empty:
                    break
                try:
                    results.put((job, place.do(function, job, worker, threads, ended), None))
                except BaseException as error:
                    results.put((job, None, error))

        servants = [threading.Thread(target=serve, args=(place,), daemon=True) for place in used]
        for servant in servants:
            servant.start()
        try:
            for _ in jobs:
                job, result, error = results.get()
                if error is not None:
                    raise error
                advance(getattr(job, "steps", 1))
                yield result
        except BaseException as error:
            ended.set()
            if not isinstance(error, Exception):  # asked to end: at once, not after the jobs that run
                for place in used:
                    place.end()
            raise
        finally:
            for servant in servants:
                servant.join()


_starting = threading.Lock()


def _close(places: list[_Place]) -> None:
    for place in places:
        place.close()


@dataclass
class _Place:
    """A process on a device, started when there is work and again when it was killed."""

    device: str
    pool: ProcessPoolExecutor | None = None
    processes: set[BaseProcess] = field(default_factory=set)

    def do(self, function: Function, job: Any, worker: Worker, threads: int, ended: threading.Event) -> Any:
        """What the function returns. Raises what it raises, OSError where its process is killed again and again."""
        for _ in range(TRIES):
            try:
                return self._submit(function, job, worker, threads).result()
            except BrokenProcessPool:
                self.close()
                if ended.is_set():
                    raise
                print("a worker process was killed; another one goes on with its work", file=sys.stderr)
        if hasattr(job, "lost"):
            return job.lost(LOST.format(TRIES))
        why = "is there too little memory, or does a plugin end it?"
        raise OSError(f"a worker process was killed {TRIES} times at the same work; {why}")

    def _submit(self, function: Function, job: Any, worker: Worker, threads: int) -> Future[Any]:
        if self.pool is not None:
            return self.pool.submit(_do, function, job, worker, threads)
        with _starting:  # so that what is new among the children is this one's
            _deaf()  # so is the process that this thread starts: this one ends it
            others = set(multiprocessing.active_children())
            self.pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin)
            future = self.pool.submit(_do, function, job, worker, threads)
            self.processes = set(multiprocessing.active_children()) - others
        return future

    def end(self) -> None:
        """End the process, whatever it does."""
        for process in self.processes:
            process.terminate()

    def close(self) -> None:
        """Let the process end when its job is done."""
        pool, self.pool, self.processes = self.pool, None, set()
        if pool is not None:
            with suppress(OSError):  # a second signal may have closed its pipes already
                pool.shutdown()


def count_cores() -> int:
    """Of this machine, or as many as OMP_NUM_THREADS leaves."""
    allowed, cores = os.environ.get("OMP_NUM_THREADS", ""), os.cpu_count() or 1
    return min(cores, int(allowed)) if allowed.isdecimal() else cores


def _begin() -> None:
    found_here()
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if not hasattr(signal, "pthread_sigmask"):  # Windows, where `_deaf` did nothing
        signal.signal(signal.SIGINT, signal.SIG_IGN)


def _deaf() -> None:
    """Let Ctrl-C, which a terminal sends to all processes of a command, be answered by the first of them alone."""
    if hasattr(signal, "pthread_sigmask"):
        resource_tracker.ensure_running()  # first, since its start lets a thread hear again
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _end_with_parent() -> None:
    """End this process once its parent is gone, however that ended: nobody is left to give it a job."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(function: Function, job: Any, worker: Worker, threads: int) -> Any:
    torch: Any = sys.modules.get("torch")  # what does not need it, should not wait for it
    if torch is not None and worker.device == "cpu":
        torch.set_num_threads(threads)
    try:
        signal.signal(signal.SIGTERM, stop)  # while there may be something to clear
        return function(job, worker)
    except Stopped as error:  # the pool would take it for the job's answer
        os._exit(128 + error.number)
    finally:
        signal.signal(signal.SIGTERM, signal.SIG_DFL)
