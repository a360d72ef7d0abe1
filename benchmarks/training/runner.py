"""Train and ask what a plan needs and the store lacks; nothing else."""

from __future__ import annotations

import sys
from collections.abc import Sequence

import numpy as np

from benchmarks.training import jobs
from benchmarks.training.executors import Executor
from benchmarks.training.jobs import Failure
from benchmarks.training.lending import lend
from benchmarks.training.plan import Asked, Plan, Source, Training
from benchmarks.training.pulling import Pull, claims_of, failed, forget, groups, pull, width_of
from benchmarks.training.standing import complete, outputs_of, usable
from benchmarks.training.store import Damaged, Store
from benchmarks.training.watching import watched


def discard_damaged(plan: Plan, store: Store) -> None:
    """Remove the plan's damaged entries from the store, each with a line on stderr, and what dead processes left."""
    for shelf, keys in ((store.models, list(plan.by_key)), (store.outputs, outputs_of(plan.by_key.values(), plan))):
        shelf.clear_drafts()
        for key in shelf.discard(keys):
            _say_removed(key)
    for training in plan.by_key.values():
        for key in (key for asked in plan.asks(training) if (key := _misfit(training, asked, plan, store))):
            store.outputs.remove(key)
            _say_removed(key)
    store.outcomes.clear_drafts()
    claims_of(store).clear()


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


def train(plan: Plan, source: Source, store: Store, executor: Executor, timeout: float | None = None) -> list[Failure]:
    """Train, or only ask, every model that is not complete in the store; returns those that failed.

    `source` makes the same plan in other processes. Every worker of the executor takes models that nobody else has,
    stores them when they are trained, and then what they answer: an interruption loses at most the cohorts that are
    being trained. Workers that do not see the store are lent what they need, and what they return is stored here. A
    cohort that takes more than `timeout` seconds has failed. Raises OSError when the store cannot be written,
    ValueError where a defense breaks its contract.
    """
    jobs.plan_of(source, plan)
    todo = missing(plan, store)
    if not todo:
        return []
    forget(todo, store)
    with claims_of(store) as claims, watched(todo, plan, store) as advance:
        whole = Pull(source, store.root, tuple(t.key for t in todo), claims.begin(), timeout)
        if not all(list(executor.map(pull, whole.shared(len(executor.devices)), advance))):
            lend(whole, store, claims, executor, advance)
    failures = failed([t for t in todo if not complete(t, plan, store)], store)
    forget(todo, store)
    return failures


def missing(plan: Plan, store: Store) -> list[Training]:
    """The models that are not complete in the store, those to be trained before those that need only be asked.

    Raises ValueError where a network cannot be used.
    """
    untrained, unasked = list[Training](), list[Training]()
    for training in plan.by_key.values():
        if not complete(training, plan, store):
            (unasked if usable(training, plan, store) else untrained).append(training)
    for group in groups(untrained):
        width_of(group, "cpu")  # said before anything is trained
    return untrained + unasked


def summary(name: str, trainings: Sequence[Training], plan: Plan, store: Store) -> str:
    """A line on how many models are stored and sound, and how many are not."""
    keys = [t.key for t in trainings]
    damaged = {*store.models.damaged(keys), *store.outputs.damaged(outputs_of(trainings, plan))}
    hurt = [t for t in trainings if damaged & {t.key, *outputs_of([t], plan)}]
    missing = [t for t in trainings if t in hurt or not complete(t, plan, store)]
    train = [t for t in missing if t.key in damaged or not usable(t, plan, store)]
    line = f"{name:<24} {len(keys):4d} models: {len(keys) - len(missing)} stored, {len(train)} to train"
    line += f", {len(missing) - len(train)} to ask" if len(missing) > len(train) else ""
    return f"{line} ({len(hurt)} of them damaged)" if hurt else line
