"""What of a plan is stored."""

from __future__ import annotations

from collections.abc import Iterable

from benchmarks.training.plan import Plan, Training
from benchmarks.training.store import WEIGHTS, Store


def complete(training: Training, plan: Plan, store: Store) -> bool:
    """Whether a model and all that the plan asks of it is stored."""
    return training.key in store.models and not store.outputs.missing(outputs_of([training], plan))


def usable(training: Training, plan: Plan, store: Store) -> bool:
    """Whether nothing of it needs training: it is complete, or its weights can be asked."""
    weights = store.models.folder(training.key) / WEIGHTS
    return training.key in store.models and (weights.is_file() or complete(training, plan, store))


def outputs_of(trainings: Iterable[Training], plan: Plan) -> list[str]:
    """The store's keys of all that the plan asks of the models."""
    return [t.outputs_key(asked) for t in trainings for asked in plan.asks(t)]
