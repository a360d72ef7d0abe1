"""How many models to train at once, and what to do when that was too many."""

from __future__ import annotations

import gc
import logging
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from typing import TypeVar

import torch

T = TypeVar("T")
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
