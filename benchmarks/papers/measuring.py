"""A paper's numbers from stored models: as many measures at the same time as there are cores."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.naming.progress import progress
from benchmarks.papers.kit.jobs import Job, measures_of
from benchmarks.papers.kit.paper import Numbers, Paper, Part
from benchmarks.training.executors import Executor, Worker
from benchmarks.training.jobs import plan_of
from benchmarks.training.store import Store


@dataclass(frozen=True)
class Task:
    """Measures of a job's models, as plain values."""

    job: Job
    measures: tuple[str, ...]
    store: Path

    @property
    def steps(self) -> int:
        """How many measures they are."""
        return len(self.measures)


def measured(
    paper: Paper, jobs: Sequence[Job], parts: dict[str, Part], store: Store, places: Executor
) -> dict[str, Numbers]:
    """The blocks of numbers that `parts` show, by suite.

    Whoever measures something of a job has its data and has read its models: so a job is one task where there are
    enough for all places.
    """
    tasks = []
    for job in jobs:
        names = measures_of(paper, job, parts)
        shares = [names] if len(jobs) > len(places.devices) else [[name] for name in names]
        tasks += [Task(job, tuple(share), store.root) for share in shares]
    made: dict[Task, dict[str, Numbers | None]] = {}
    with progress(sum(task.steps for task in tasks), f"measuring {paper.name}", "measure") as advance:
        for task, of in places.map(_measure, tasks, advance):
            made[task] = of
    found: dict[str, Numbers] = {}
    for task in tasks:
        for name, blocks in made[task].items():
            if blocks is None:
                print(f"no trial of {task.job.suite} is complete ({name}); it has no numbers", file=sys.stderr)
            else:
                found.setdefault(task.job.suite, {}).update(blocks)
    return found


def _measure(task: Task, worker: Worker) -> tuple[Task, dict[str, Numbers | None]]:
    job, plan, store = task.job, plan_of(task.job), Store(task.store)
    return task, {name: job.whole.measures[name].make(job, plan, store) for name in task.measures}
