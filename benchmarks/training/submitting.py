"""Training that is handed over to a cluster, and that nobody waits for."""

from __future__ import annotations

from itertools import zip_longest

from benchmarks.training.executors import Executor
from benchmarks.training.executors.on_slurm import Slurm
from benchmarks.training.plan import Plan, Source
from benchmarks.training.pulling import Pull, claims_of, failed, forget, pull
from benchmarks.training.runner import missing, summary
from benchmarks.training.store import Store


def detached(plan: Plan, source: Source, store: Store, executor: Executor, timeout: float | None = None) -> int:
    """Do it, and say how it stands on stdout; returns 0. Raises ValueError where nobody would go on without this
    process.
    """
    if not isinstance(executor, Slurm):
        raise ValueError("--detach: expected --on slurm, which alone goes on when this command has ended")
    print("\n".join(submit(plan, source, store, executor, timeout)))
    return 0


def submit(plan: Plan, source: Source, store: Store, executor: Slurm, timeout: float | None = None) -> list[str]:
    """Hand over what is missing, unless some workers are at it; returns lines on how it stands.

    What failed under workers before is told once, and tried again. Raises ValueError where SLURM refuses.
    """
    todo = missing(plan, store)
    models = [t for of in todo.values() for t in of]
    lines = [summary("in all", list(plan.by_key.values()), plan, store)]
    if not todo:
        return [*lines, "nothing is left to train; the same command without --detach goes on from here"]
    at_work = {at.place for key, at in claims_of(store).living().items() if key in plan.by_key}
    if at_work:
        return [*lines, *(f"at work: {place}" for place in sorted(at_work))]
    lines += [f"failed: model {f.model} under {f.defense}: {f.reason}" for f in failed(models, store)]
    forget(models, store)
    parts = [
        Pull(source, store.root.absolute(), tuple(t.key for t in of), what, "", timeout).shared(executor.count)
        for what, of in todo.items()
    ]
    shares = [tuple(job for job in share if job) for share in zip_longest(*parts)]
    tasks = executor.submit(pull, shares)
    return [*lines, f"submitted: {', '.join(str(task.job_id) for task in tasks)}"]
