"""A worker's loop: take models that nobody else has, train or ask them, until none of a list is left.

Workers share nothing but the store. What could not be trained is noted there, so that none tries it again in this run.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.results import files
from benchmarks.training import jobs
from benchmarks.training.claims import Claims
from benchmarks.training.executors import Worker
from benchmarks.training.executors.limits import Overdue, within
from benchmarks.training.jobs import Cohort, Failure
from benchmarks.training.plan import Plan, Source, Training
from benchmarks.training.standing import complete, usable
from benchmarks.training.store import Store
from models import HookError, cohort_width

SHARES = 2  # cohorts a worker, at least: one that is slow holds up the others by one of them
FEWEST = 6  # models a cohort, where there are so many for each of a few workers: fewer at once take longer each
FEW = 8  # workers; among more, one is slow more often (docs/capacity.md)
LONGEST = 2.0  # seconds between two looks at what others have
Work = Callable[[Cohort, Worker], list[Failure]]


@dataclass(frozen=True)
class Pull:
    """One of so many `workers` on the models of these keys, who trains them, or asks those that are trained."""

    source: Source
    store: Path
    keys: tuple[str, ...]
    driver: str = ""  # whose sign of life must be seen where this is done
    timeout: float | None = None  # seconds for a cohort
    workers: int = 1
    number: int = 0

    def shared(self, workers: int) -> list[Pull]:
        """The same work for at most so many workers."""
        count = min(workers, len(self.keys))
        return [replace(self, workers=count, number=number) for number in range(count)]

    @property
    def steps(self) -> int:
        """None: what is done is seen in the store."""
        return 0


def pull(job: Pull, worker: Worker) -> bool:
    """Do a worker's part, and wait for what others have: they may die, and then it is this worker's. Returns whether
    the store is the driver's: where it is not, nothing is done.

    Raises OSError where the store cannot be written, ValueError where the networks of the models cannot be used.
    """
    plan, store = jobs.plan_of(job.source), Store(job.store)
    most = share(len(job.keys), job.workers)

    def done(training: Training) -> bool:
        return finished(training, plan, store)

    todo, pause = plan.named(job.keys), 0.0
    with claims_of(store) as claims:
        if job.driver and not claims.sees(job.driver):
            return False
        while todo := [training for training in todo if not done(training)]:
            cohort = _cohort(todo, most, worker, claims, done)
            if not cohort:
                pause = wait_longer(pause)
                continue
            pause = 0.0
            for failure in _done(job, cohort, worker):
                note(failure, cohort, store)
            claims.release(training.key for training in cohort)
            todo = [training for training in todo if training not in cohort]  # once, whatever becomes of them
    return True


def wait_longer(pause: float) -> float:
    """Sleep, longer than the last `pause`; returns how long."""
    pause = longer(pause)
    time.sleep(pause)
    return pause


def longer(pause: float) -> float:
    """The seconds of the next pause: at most a fifth of the time that was waited is lost, and at most LONGEST."""
    return min(LONGEST, 1.2 * pause + 0.02)


def share(models: int, workers: int) -> int:
    """How many of the models one of the workers takes at once, at most."""
    if workers == 1:
        return models
    return max(-(-models // (SHARES * workers)), min(FEWEST if workers <= FEW else 1, -(-models // workers)))


def worked(job: Pull, todo: Sequence[Training], worker: Worker) -> list[Failure]:
    """Do all of it, as many at once as the worker's device can; returns those that failed."""
    failures: list[Failure] = []
    for group in groups(todo):
        width = room(group, worker)
        for some in (group[i : i + width] for i in range(0, len(group), width)):
            failures += _done(job, some, worker)
    return failures


def _done(job: Pull, cohort: Sequence[Training], worker: Worker) -> list[Failure]:
    """Train the cohort's models, or only ask those whose weights are there: who trained them was stopped before."""
    plan, store = jobs.plan_of(job.source), Store(job.store)
    trained = [t for t in cohort if usable(t, plan, store)]
    untrained = [t for t in cohort if t not in trained]
    return _in_time(jobs.train, job, untrained, worker) + _in_time(jobs.ask, job, trained, worker)


def _in_time(work: Work, job: Pull, some: Sequence[Training], worker: Worker) -> list[Failure]:
    if not some:
        return []
    keys = tuple(training.key for training in some)
    try:
        with within(job.timeout):
            return work(Cohort(job.source, job.store, keys), worker)
    except Overdue as error:
        return [Failure(t.model, t.defense.name, str(error)) for t in some]


def finished(training: Training, plan: Plan, store: Store) -> bool:
    """Whether nobody need work at a model any more: it and its answers are stored, or it has failed."""
    return complete(training, plan, store) or _noted(training.key, store).is_file()


def _cohort(
    todo: Sequence[Training], most: int, worker: Worker, claims: Claims, done: Callable[[Training], bool]
) -> list[Training]:
    """Some that are this worker's now; none where others have all."""
    for group in groups(todo):
        if mine := taken(group, min(most, room(group, worker)), claims, done):
            return mine
    return []


def taken(todo: Sequence[Training], most: int, claims: Claims, done: Callable[[Training], bool]) -> list[Training]:
    """Claim at most so many, of which none is done."""
    mine: list[Training] = []
    for training in todo:
        if len(mine) == most:
            break
        if claims.take(training.key):
            if done(training):  # since it was looked at
                claims.release([training.key])
            else:
                mine.append(training)
    return mine


def groups(todo: Sequence[Training]) -> list[list[Training]]:
    """The trainings by defense and number of records, as one call of `fit` takes them; the longest first."""
    found: dict[tuple[str, int], list[Training]] = {}
    for training in todo:
        found.setdefault((training.defense.name, _rows(training)), []).append(training)
    return sorted(found.values(), key=lambda group: -group[0].recipe.epochs * _rows(group[0]))


def _rows(training: Training) -> int:
    return len(training.split.training[training.model])


def width_of(group: Sequence[Training], device: str) -> int:
    """How many models of a group one call of `fit` takes. Raises ValueError where their network cannot be used."""
    try:
        return cohort_width(jobs.task_of(group, device))
    except HookError:
        raise
    except ValueError as error:  # of the network, which the suite names
        raise ValueError(f"--suite {group[0].suite.word}: {error}") from error


def room(group: Sequence[Training], worker: Worker) -> int:
    """How many models of a group this worker takes at once: its share of what a GPU's memory holds."""
    width = width_of(group, worker.device)
    return width if worker.device == "cpu" else max(1, width // worker.sharing)


def claims_of(store: Store) -> Claims:
    """The claims on the models of a store."""
    return Claims(store.root / "claims")


def failed(todo: Iterable[Training], store: Store) -> list[Failure]:
    """Those of the trainings that failed, as it is noted in the store."""
    found = []
    for training in todo:
        with suppress(OSError, ValueError):
            reason = files.read(_noted(training.key, store)).decode("utf-8")
            found.append(Failure(training.model, training.defense.name, reason))
    return found


def forget(todo: Iterable[Training], store: Store) -> None:
    """Remove what is noted of failures of these trainings."""
    for training in todo:
        _noted(training.key, store).unlink(missing_ok=True)


def _noted(key: str, store: Store) -> Path:
    return store.root / "failed" / f"{key}.txt"


def note(failure: Failure, cohort: Sequence[Training], store: Store) -> None:
    """Note in the store that a model of the cohort failed, and why."""
    training = next(t for t in cohort if (t.model, t.defense.name) == (failure.model, failure.defense))
    path = _noted(training.key, store)
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, failure.reason)
