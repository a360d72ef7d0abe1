"""How many models to train at once, with how many threads, and what to do when that was too many."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Generator, Iterator, Sequence
from concurrent.futures import FIRST_EXCEPTION, ThreadPoolExecutor, wait
from contextlib import AbstractContextManager, contextmanager, nullcontext
from functools import partial
from threading import Event
from typing import TypeVar

import torch

T = TypeVar("T")
Place = Callable[[], AbstractContextManager[object]]
log = logging.getLogger(__name__)


def in_cohorts(count: int, width: int, train: Callable[[range], Sequence[T]]) -> list[T]:
    """Return train's results for 0..count-1, computed `width` at a time.

    A cohort that runs out of memory is tried again at half the width; what was finished before it stays. One model
    that does not fit on its own raises torch.OutOfMemoryError.
    """
    done: list[T] = []
    while len(done) < count:
        members = range(len(done), min(len(done) + width, count))
        try:
            done.extend(train(members))
            continue
        except torch.OutOfMemoryError:
            if len(members) == 1:
                raise
        width = len(members) // 2  # out of the except block: the traceback, and what it holds, is gone
        log.warning("out of memory with %d models at once, going on with %d", len(members), width)
        gc.collect()
        if torch.cuda.is_available():
            torch.cuda.empty_cache()
    return done


@contextmanager
def threads_for(models: int) -> Iterator[None]:
    """Use no more of the caller's threads than there are models.

    A batched product of as many matrices as there are threads, or more, is shared out by whole matrices; with fewer,
    the matrices themselves are cut up, and the sums come out in another order. So with this limit a model's result
    is the same to the bit for any number of models and threads.
    """
    before = torch.get_num_threads()
    torch.set_num_threads(max(1, min(before, models)))
    try:
        yield
    finally:
        torch.set_num_threads(before)


def interleaved(runs: Sequence[Generator[None, None, T]], places: Sequence[Place] = (nullcontext,)) -> list[T]:
    """Return what the runs return, which advance in turns: run i within places[i % len(places)]()."""
    results: dict[int, T] = {}
    while len(results) < len(runs):
        for i, run in enumerate(runs):
            if i not in results:
                with places[i % len(places)]():
                    try:
                        next(run)
                    except StopIteration as end:
                        results[i] = end.value
    return [results[i] for i in range(len(runs))]


@contextmanager
def streams(count: int, device: torch.device) -> Iterator[list[Place]]:
    """Yield so many places whose work runs at the same time on a CUDA device: after all before, before all after."""
    here = torch.cuda.current_stream(device)
    own = [torch.cuda.Stream(device) for _ in range(count)]
    for stream in own:
        stream.wait_stream(here)
    try:
        yield [partial(torch.cuda.stream, stream) for stream in own]
    finally:
        for stream in own:
            here.wait_stream(stream)


class Stopped(Exception):
    """Training was given up because something else failed."""


def side_by_side(parts: Sequence[range], train: Callable[[range, Event], Sequence[T]]) -> list[T]:
    """Return the results of train(part, stop) of all parts, run at the same time, each on one thread of its own.

    When one raises, `stop` is set, the others are expected to raise Stopped soon, and its exception is raised here.
    """
    stop = Event()

    def alone(part: range) -> Sequence[T]:
        torch.set_num_threads(1)
        return train(part, stop)

    with threads_for(1), ThreadPoolExecutor(len(parts)) as pool:
        futures = [pool.submit(alone, part) for part in parts]
        try:
            wait(futures, return_when=FIRST_EXCEPTION)
        finally:  # also when interrupted
            if not all(f.done() for f in futures):
                stop.set()
        failures = [f.exception() for f in futures]
        for failure in sorted((f for f in failures if f is not None), key=lambda f: isinstance(f, Stopped)):
            raise failure
        return [result for f in futures for result in f.result()]
