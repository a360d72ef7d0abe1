"""A paper's numbers from stored models: as many measures at the same time as there are cores."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.naming.progress import progress
from benchmarks.papers.kit.jobs import Job, measures_of
from benchmarks.papers.kit.paper import Numbers, Paper, Part
from benchmarks.training.executors import Executor, Here, Worker
from benchmarks.training.executors.processes import Processes
from benchmarks.training.jobs import plan_of
from benchmarks.training.store import Store


@dataclass(frozen=True)
class Task:
    """One measure of a job's models, as plain values."""

    job: Job
    measure: str
    store: Path


def measured(paper: Paper, jobs: Sequence[Job], parts: dict[str, Part], store: Store) -> dict[str, Numbers]:
    """The blocks of numbers that `parts` show, by suite."""
    tasks = [Task(job, name, store.root) for job in jobs for name in measures_of(paper, job, parts)]
    made: dict[Task, Numbers | None] = {}
    with progress(len(tasks), f"measuring {paper.name}", "measure") as advance:
        for task, blocks in cores(len(tasks)).map(_measure, tasks, advance):
            made[task] = blocks
    found: dict[str, Numbers] = {}
    for task in tasks:
        blocks = made[task]
        if blocks is None:
            print(f"no trial of {task.job.suite} is complete ({task.measure}); it has no numbers", file=sys.stderr)
        else:
            found.setdefault(task.job.suite, {}).update(blocks)
    return found


def cores(jobs: int) -> Executor:
    """As many of this machine's cores as there are jobs for."""
    workers = min(jobs, os.cpu_count() or 1)
    return Processes(("cpu",) * workers) if workers > 1 else Here()


def _measure(task: Task, worker: Worker) -> tuple[Task, Numbers | None]:
    measure = task.job.whole.measures[task.measure]
    return task, measure.make(task.job, plan_of(task.job), Store(task.store))
