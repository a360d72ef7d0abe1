"""Training that is handed over to a cluster, and that nobody waits for."""

from __future__ import annotations

from benchmarks.results.files import alone_in
from benchmarks.training.executors import Executor
from benchmarks.training.executors.on_slurm import Slurm, queued
from benchmarks.training.plan import Plan, Source
from benchmarks.training.pulling import Pull, claims_of, failed, forget, pull
from benchmarks.training.queued import note, waiting
from benchmarks.training.runner import missing, summary
from benchmarks.training.store import Store


def going_on(executor: Executor) -> Slurm:
    """The executor, where its workers go on without this process. Raises ValueError on any other."""
    if not isinstance(executor, Slurm):
        raise ValueError("--detach: expected --on slurm, which alone goes on when this command has ended")
    return executor


def detached(plan: Plan, source: Source, store: Store, executor: Executor, timeout: float | None = None) -> int:
    """Do it, and say how it stands on stdout; returns 0. Raises ValueError as `going_on` does."""
    executor = going_on(executor)
    print("\n".join(submit(plan, source, store, executor, timeout)))
    return 0


def submit(plan: Plan, source: Source, store: Store, executor: Slurm, timeout: float | None = None) -> list[str]:
    """Hand over what is missing, unless it waits in the queue or workers are at it; returns lines on how it stands.

    What failed under workers before is told once, and tried again. Raises ValueError where SLURM refuses, and where it
    cannot say whether what was submitted before still waits.
    """
    executor.folder.mkdir(parents=True, exist_ok=True)
    with alone_in(executor.folder):
        return _submitted(plan, source, store, executor, timeout)


def _submitted(plan: Plan, source: Source, store: Store, executor: Slurm, timeout: float | None) -> list[str]:
    todo = missing(plan, store)
    lines = [summary("in all", list(plan.by_key.values()), plan, store)]
    if not todo:
        return [*lines, "nothing is left to train; the same command without --detach goes on from here"]
    queue = waiting(executor.folder, [t.key for t in todo], queued)
    theirs = {key for submission in queue for key in submission.keys}
    models = [t for t in todo if t.key not in theirs]
    at_work = {key: at.place for key, at in claims_of(store).living().items() if key in plan.by_key}
    lines += [*queue.values(), *(f"at work: {place}" for place in sorted(set(at_work.values())))]
    if not models or any(t.key in at_work for t in models):
        return lines
    lines += [f"failed: model {f.model} under {f.defense}: {f.reason}" for f in failed(models, store)]
    forget(models, store)
    whole = Pull(source, store.root.absolute(), tuple(t.key for t in models), "", timeout)
    tasks = executor.submit(pull, [(job,) for job in whole.shared(executor.count)])
    note(executor.folder, [task.job_id for task in tasks], [t.key for t in models])
    return [*lines, f"submitted: {', '.join(str(task.job_id) for task in tasks)}"]
