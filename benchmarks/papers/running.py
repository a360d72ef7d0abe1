"""A reproduction from words to files: train what is missing, measure, save, publish."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

from benchmarks.naming.consoles import tell
from benchmarks.naming.wording import told
from benchmarks.papers.kit import saving
from benchmarks.papers.kit.about import conflict, run_of
from benchmarks.papers.kit.jobs import Job, changes_of, jobs_of, parts_of, suites_of
from benchmarks.papers.kit.paper import Numbers, Paper, Part
from benchmarks.papers.measuring import measured
from benchmarks.papers.options import Options
from benchmarks.papers.publishing import publish
from benchmarks.results.exchange import finish
from benchmarks.results.files import alone_in, check_writable
from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.executors.places import all_cores, place
from benchmarks.training.expecting import expected
from benchmarks.training.jobs import Failure
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store
from benchmarks.training.submitting import detached, going_on


def reproduce(paper: Paper, options: Options) -> int:
    """Do it; returns 0, or 1 where some model or data set is missing. Raises ValueError, OSError."""
    parts, suites = parts_of(paper, options.only), suites_of(paper, options.suites)
    changes = changes_of(paper, options.change)
    jobs = jobs_of(paper, parts, suites, changes, options.seed, options.data)
    idle = [suite for suite in options.suites if suite not in {job.suite for job in jobs}]
    if idle:
        raise ValueError(f"--suites: {idle[0]} is in none of {', '.join(parts)}; leave it out, or choose other parts")
    store, places = Store(options.store), place(options.on, options.device, options.workers, options.store)
    if options.detach:
        going_on(places)  # said before anything is read or made
    plans = _plans(jobs)
    if not plans:
        raise ValueError("nothing to reproduce: none of the suites can be run, as said above")
    output = options.output or Path("output") / paper.name
    docs = options.docs or output
    if options.dry_run:
        _refuse_mixtures(paper, parts, plans, output / saving.FOLDER)
        width = max(len(job.models) for job in plans)
        for job, plan in plans.items():
            name = f"{job.suite:<16} {job.models:<{width}}"
            tell(runner.summary(name, list(plan.by_key.values()), plan, store))
            for line in expected(plan, store, places.devices):
                tell(f"  {line}")
        return 0 if len(plans) == len(jobs) else 1
    if output.is_dir():
        with alone_in(output):
            finish(output)  # what a run before was stopped at
    _refuse_mixtures(paper, parts, plans, output / saving.FOLDER)
    for option, folder in (("--store", options.store), ("--output", output), ("--docs", docs)):
        check_writable(option, folder)
    failures: list[Failure] = []
    for job, plan in plans.items():
        runner.discard_damaged(plan, store)
        if options.detach:
            print(f"{job.suite} {job.models}")
            detached(plan, job, store, places, options.timeout)
        else:
            failures += runner.train(plan, job, store, places, options.timeout)
    if options.detach:
        return 0
    for failure in failures:
        print(f"failed: model {failure.model} under {failure.defense}: {failure.reason}", file=sys.stderr)
    own = all_cores() or Here()
    publish(paper, measured(paper, list(plans), parts, store, own), parts, output, docs, own)
    return 1 if failures or len(plans) < len(jobs) else 0


def _plans(jobs: list[Job]) -> dict[Job, Plan]:
    """The plans of the jobs whose data can be had; the suites of the others are named, and left out. Raises ValueError
    where a suite has a plan but for its changes.
    """
    plans: dict[Job, Plan] = {}
    missing: list[str] = []
    for job in jobs:
        if job.suite in missing:
            continue
        try:
            plans[job] = job.plan()
        except (ValueError, OSError) as error:
            if job.changes and _planned(replace(job, changes=())):
                raise ValueError(f"--change: {job.suite}: {told(error)}") from error
            print(f"left out: {job.suite}: {told(error)}", file=sys.stderr)
            missing.append(job.suite)
    return plans


def _planned(job: Job) -> bool:
    """Whether it has a plan."""
    try:
        job.plan()
    except (ValueError, OSError):
        return False
    return True


def _refuse_mixtures(paper: Paper, parts: dict[str, Part], plans: dict[Job, Plan], folder: Path) -> None:
    """Raise ValueError where the folder holds numbers that those of this run cannot stand beside."""
    earlier = saving.read_all(paper, folder)
    for job, plan in plans.items():
        shown = [p for p in parts.values() if job.suite in p.suites]
        blocks = {p.block for p in shown for m in p.measures if paper.measures[m].models == job.models}
        made: dict[str, Numbers] = dict.fromkeys(blocks, run_of(job, plan))
        why = conflict(earlier, job.suite, made)
        if why:
            raise ValueError(f"--output: {why}; choose another folder than {folder.parent}, or delete {folder}")
