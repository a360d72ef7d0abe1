"""Jobs in processes of their own on this machine. One that is killed is started again, and stops no other."""

from __future__ import annotations

import multiprocessing
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from dataclasses import dataclass
from multiprocessing import get_context
from typing import Any

from benchmarks.naming.stopping import Stopped, stop
from benchmarks.training.executors import TRIES, Function, Worker, nothing


@dataclass(frozen=True)
class Processes:
    """One process a device; several may share the cores, or the memory of one GPU."""

    devices: tuple[str, ...]

    def map(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None] = nothing) -> Iterator[Any]:
        """Yield the results as they come. Whoever is free takes the next job; the first error stops the rest.

        A job whose process is killed is done again; raises OSError where that happens `TRIES` times.
        """
        count = min(len(self.devices), len(jobs))
        others, waiting, ended = set(multiprocessing.active_children()), queue.SimpleQueue[Any](), threading.Event()
        results: queue.SimpleQueue[tuple[Any, Any, BaseException | None]] = queue.SimpleQueue()
        for job in jobs:
            waiting.put(job)
        threads = max(1, (os.cpu_count() or 1) // max(1, self.devices[:count].count("cpu")))

        def serve(device: str) -> None:
            """Give one process after another the jobs that wait."""
            _deaf()  # so are the processes that this thread starts: this one ends them
            place = _Place(device, threads, self.devices[:count].count(device), ended)
            while not ended.is_set():
                try:
                    job = waiting.get_nowait()
                except queue.Empty:
                    break
                try:
                    results.put((job, place.do(function, job), None))
                except BaseException as error:
                    results.put((job, None, error))
            place.close()

        servants = [threading.Thread(target=serve, args=(d,), daemon=True) for d in self.devices[:count]]
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
                for process in set(multiprocessing.active_children()) - others:
                    process.terminate()
            raise
        finally:
            for servant in servants:
                servant.join()


@dataclass
class _Place:
    """A process on a device, started when there is work and again when it was killed."""

    device: str
    threads: int
    sharing: int
    ended: threading.Event
    pool: ProcessPoolExecutor | None = None

    def do(self, function: Function, job: Any) -> Any:
        """What the function returns. Raises what it raises, OSError where its process is killed again and again."""
        for _ in range(TRIES):
            if self.pool is None:
                begin = (self.device, self.threads, self.sharing)
                self.pool = ProcessPoolExecutor(1, get_context("spawn"), initializer=_begin, initargs=begin)
            try:
                return self.pool.submit(_do, function, job).result()
            except BrokenProcessPool:
                self.close()
                if self.ended.is_set():
                    raise
                print("a worker process was killed; another one goes on with its work", file=sys.stderr)
        raise OSError(f"a worker process was killed {TRIES} times at the same work; is there too little memory?")

    def close(self) -> None:
        """End the process."""
        if self.pool is not None:
            self.pool.shutdown()
        self.pool = None


_worker = Worker("cpu")


def _begin(device: str, threads: int, sharing: int) -> None:
    global _worker
    _worker = Worker(device, sharing=sharing)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    if device == "cpu":
        import torch

        torch.set_num_threads(threads)
    signal.signal(signal.SIGTERM, stop)  # from here on there may be something to clear


def _deaf() -> None:
    """Let Ctrl-C, which a terminal sends to all processes of a command, be answered by the first of them alone."""
    if hasattr(signal, "pthread_sigmask"):
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def _end_with_parent() -> None:
    """End this process once its parent is gone, however that ended: nobody is left to give it a job."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _do(function: Function, job: Any) -> Any:
    try:
        return function(job, _worker)
    except Stopped as error:  # the pool would take it for the job's answer
        os._exit(128 + error.number)
