"""Train and ask what a plan needs and the store lacks; nothing else."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Iterator, Sequence

import numpy as np

from benchmarks.naming.progress import progress
from benchmarks.naming.wording import counted
from benchmarks.training import jobs
from benchmarks.training.executors import Executor
from benchmarks.training.jobs import Cohort, Failure
from benchmarks.training.plan import Asked, Plan, Source, Training
from benchmarks.training.store import Damaged, Store
from models import HookError, cohort_width


def discard_damaged(plan: Plan, store: Store) -> None:
    """Remove the plan's damaged entries from the store, each with a line on stderr, and what dead processes left."""
    for shelf, keys in ((store.models, list(plan.by_key)), (store.outputs, _outputs(plan.by_key.values(), plan))):
        shelf.clear_drafts()
        for key in shelf.discard(keys):
            _say_removed(key)
    for training in plan.by_key.values():
        for key in (key for asked in plan.asks(training) if (key := _misfit(training, asked, plan, store))):
            store.outputs.remove(key)
            _say_removed(key)
    store.outcomes.clear_drafts()


def _say_removed(key: str) -> None:
    print(f"damaged entry {key} removed from the store; it will be made again", file=sys.stderr)


def _misfit(training: Training, asked: Asked, plan: Plan, store: Store) -> str:
    """The key of a model's answer that is no array of the plan's records and classes; nothing where it is."""
    shelf, key, n = store.outputs, training.outputs_key(asked), len(training.rows(asked.group))
    if key not in shelf:
        return ""
    try:
        logits = shelf.array(key, "logits.npy", (n, None, plan.pool.classes), np.float32)
        sound = not logits.size or bool(np.isfinite([logits.min(), logits.max()]).all())
        if names := shelf.facts(key).get("signals"):
            signals = shelf.array(key, "signals.npy", (len(names), n, logits.shape[1]), np.float64)
            sound = sound and not (signals.size and np.isnan(signals.min()))
    except Damaged:
        return key
    return "" if sound else key


def train(plan: Plan, source: Source, store: Store, executor: Executor) -> list[Failure]:
    """Train, or only ask, every model that is not complete in the store; returns those that failed.

    `source` makes the same plan in other processes. Each cohort is stored when it is done, so an interruption loses at
    most the cohorts being trained. Raises OSError when the store cannot be written, ValueError where a defense breaks
    its contract.
    """
    jobs.plan_of(source, plan)
    untrained = [t for t in plan.by_key.values() if not _usable(t, plan, store)]
    unasked = [t for t in plan.by_key.values() if _usable(t, plan, store) and not complete(t, plan, store)]
    failures: list[Failure] = []
    for todo, what, unit, function in (
        (untrained, "training", "epoch", jobs.train),
        (unasked, "asking", "model", jobs.ask),
    ):
        groups = cohorts(todo, executor.devices[0])
        parts = [_job(group, source, store, group[0].recipe.epochs if unit == "epoch" else 1) for group in groups]
        with progress(sum(part.steps for part in parts), f"{what} {counted(len(todo), 'model')}", unit) as advance:
            for failed in executor.map(function, parts, advance):
                failures += failed
    return failures


def complete(training: Training, plan: Plan, store: Store) -> bool:
    """Whether a model and all that the plan asks of it is stored."""
    return training.key in store.models and not store.outputs.missing(_outputs([training], plan))


def _usable(training: Training, plan: Plan, store: Store) -> bool:
    """Whether nothing of it needs training: it is complete, or its weights can be asked."""
    weights = store.models.folder(training.key) / "weights.safetensors"
    return training.key in store.models and (weights.is_file() or complete(training, plan, store))


def _outputs(trainings: Iterable[Training], plan: Plan) -> list[str]:
    return [t.outputs_key(asked) for t in trainings for asked in plan.asks(t)]


def _job(group: Sequence[Training], source: Source, store: Store, steps: int) -> Cohort:
    return Cohort(source, store.root, tuple(t.key for t in group), len(group) * steps)


def cohorts(todo: Sequence[Training], device: str) -> Iterator[list[Training]]:
    """The trainings in groups that one call of `fit` can take: same defense, same number of records."""
    groups: dict[tuple[str, int], list[Training]] = {}
    for training in todo:
        rows = len(training.split.training[training.model])
        groups.setdefault((training.defense.name, rows), []).append(training)
    for group in groups.values():
        try:
            width = cohort_width(jobs.task_of(group, device))
        except HookError:
            raise
        except ValueError as error:  # of the network, which the suite names
            raise ValueError(f"--suite {group[0].suite.word}: {error}") from error
        for start in range(0, len(group), width):
            yield group[start : start + width]


def summary(name: str, trainings: Sequence[Training], plan: Plan, store: Store) -> str:
    """A line on how many models are stored and sound, and how many are not."""
    keys = [t.key for t in trainings]
    damaged = {*store.models.damaged(keys), *store.outputs.damaged(_outputs(trainings, plan))}
    hurt = [t for t in trainings if damaged & {t.key, *_outputs([t], plan)}]
    missing = [t for t in trainings if t in hurt or not complete(t, plan, store)]
    train = [t for t in missing if t.key in damaged or not _usable(t, plan, store)]
    line = f"{name:<24} {len(keys):4d} models: {len(keys) - len(missing)} stored, {len(train)} to train"
    line += f", {len(missing) - len(train)} to ask" if len(missing) > len(train) else ""
    return f"{line} ({len(hurt)} of them damaged)" if hurt else line
