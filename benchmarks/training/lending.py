"""Models for workers that do not see the store: they get what they need, and return what they make to be stored.

A worker has a store of its own for as long as a job takes.
"""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.training import jobs
from benchmarks.training.claims import Claims
from benchmarks.training.executors import Executor, Worker
from benchmarks.training.jobs import Failure
from benchmarks.training.plan import Source, Training
from benchmarks.training.pulling import Pull, finished, groups, note, share, taken, wait_longer, worked
from benchmarks.training.standing import usable
from benchmarks.training.store import Entry, Store


@dataclass(frozen=True)
class Lent:
    """Models to train or ask together, by their keys, and the entries of a store that this takes."""

    source: Source
    keys: tuple[str, ...]
    entries: tuple[Entry, ...]
    timeout: float | None

    @property
    def steps(self) -> int:
        """None: what is done is seen in the store."""
        return 0


@dataclass(frozen=True)
class Made:
    """What a worker made of the models of these keys."""

    keys: tuple[str, ...]
    failures: list[Failure]
    entries: list[Entry]


def lend(whole: Pull, store: Store, claims: Claims, executor: Executor, advance: Callable[[int], None]) -> None:
    """Have workers do what is not done yet, a share of it at a time, and store what comes back.

    Raises what `pulling.pull` raises; Damaged where an entry arrives otherwise than it was made.
    """
    plan = jobs.plan_of(whole.source)
    todo, pause = plan.named(whole.keys), 0.0
    while todo := [t for t in todo if not finished(t, plan, store)]:
        mine = taken(todo, len(todo), claims, lambda t: finished(t, plan, store))
        if not mine:
            pause = wait_longer(pause)
            continue
        pause = 0.0
        for made in executor.map(work, list(_shares(whole, mine, store, len(executor.devices))), advance):
            for entry in made.entries:
                store.shelf(entry.shelf).adopt(entry)
            for failure in made.failures:
                note(failure, mine, store)
            claims.release(made.keys)
        todo = [t for t in todo if t not in mine]  # once, whatever becomes of them


def _shares(whole: Pull, mine: Sequence[Training], store: Store, workers: int) -> Iterator[Lent]:
    most, plan = share(len(mine), max(workers, 2)), jobs.plan_of(whole.source)  # never all: an interruption loses them
    for group in groups(mine):
        for some in (group[i : i + most] for i in range(0, len(group), most)):
            keys = tuple(training.key for training in some)
            entries = tuple(store.models.entry(t.key) for t in some if usable(t, plan, store))
            yield Lent(whole.source, keys, entries, whole.timeout)


def work(job: Lent, worker: Worker) -> Made:
    """Do it in a store that nobody else has. Raises OSError, ValueError as `pulling.pull` does."""
    plan = jobs.plan_of(job.source)
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        store = Store(Path(home))
        for entry in job.entries:
            store.shelf(entry.shelf).adopt(entry)
        cohort = plan.named(job.keys)
        failures = worked(Pull(job.source, Path(home), job.keys, timeout=job.timeout), cohort, worker)
        given = {(entry.shelf, entry.key) for entry in job.entries}
        return Made(job.keys, failures, [entry for entry in store.entries() if (entry.shelf, entry.key) not in given])
