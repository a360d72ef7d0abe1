"""Train what the plan asks for and the store lacks; nothing else."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from tqdm import tqdm

from benchmarks.plan import Plan, Training
from benchmarks.store import Store
from models import Diverged, Predictor, Task, cohort_width


def device_of(option: str) -> str:
    """The device that `--device` names; "auto" is the first CUDA device if there is one, else the CPU.

    Raises ValueError on a device that torch cannot use here.
    """
    if option == "auto":
        return "cuda" if torch.cuda.is_available() else "cpu"
    name, _, number = option.partition(":")
    if name not in ("cpu", "cuda") or (number and (name == "cpu" or not number.isdecimal())):
        raise ValueError(f"--device: expected auto, cpu, cuda or cuda:N, got {option!r}")
    if name == "cuda" and int(number or 0) >= torch.cuda.device_count():
        raise ValueError(f"--device: got {option!r}, but torch sees {torch.cuda.device_count()} CUDA devices; try cpu")
    return option


def device_name(device: str) -> str:
    """The device as a record names it."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"CPU, {torch.get_num_threads()} threads"


@dataclass(frozen=True)
class Failure:
    """A model that could not be trained, and why."""

    training: Training
    reason: str


def train(plan: Plan, store: Store, device: str) -> list[Failure]:
    """Train and store every model of the plan that is missing; returns those that failed, which are not stored.

    Each cohort is stored when it is done, so an interruption loses at most the cohort being trained.
    Raises OSError when the store cannot be written.
    """
    todo = [t for t in plan.trainings.values() if t.key not in store]
    failures: list[Failure] = []
    epochs = plan.suite.recipe.epochs
    label = f"training {len(todo)} models"
    with tqdm(total=len(todo) * epochs, desc=label, unit="epoch", disable=not todo, dynamic_ncols=True) as bar:
        for cohort in cohorts(todo, device):
            failures += _train_cohort(cohort, store, device, bar)
    return failures


def cohorts(todo: list[Training], device: str) -> Iterator[list[Training]]:
    """The trainings in groups that one call of `fit` can take: same defense, same number of records."""
    groups: dict[tuple[str, int], list[Training]] = {}
    for training in todo:
        rows = len(training.split.training[training.model])
        groups.setdefault((training.defense.name, rows), []).append(training)
    for group in groups.values():
        width = cohort_width(_task(group, device))
        for start in range(0, len(group), width):
            yield group[start : start + width]


def _task(cohort: list[Training], device: str) -> Task:
    first = cohort[0]
    pool = first.pool
    return Task(
        x=pool.x,
        y=pool.y,
        classes=pool.classes,
        scale=pool.scale,
        shift=pool.shift,
        rows=tuple(t.split.training[t.model] for t in cohort),
        seeds=tuple(t.model_seed for t in cohort),
        network=first.suite.network,
        recipe=first.suite.recipe,
        defense=first.defense.value,
        device=device,
    )


def _train_cohort(cohort: list[Training], store: Store, device: str, bar: tqdm) -> list[Failure]:
    begun = time.perf_counter()
    results = cohort[0].defense.value.train(_task(cohort, device), bar.update)
    seconds = (time.perf_counter() - begun) / len(cohort)
    failures = []
    for training, result in zip(cohort, results, strict=True):
        if isinstance(result, Diverged):
            failures.append(Failure(training, result.reason))
            continue
        facts = {"seconds": seconds, "device": device_name(device)}
        store.write(training.key, training.spec, released(training, result), facts)
    return failures


def released(training: Training, predictor: Predictor) -> np.ndarray:
    """The (A, 1, C) float32 logits that the defended model lets out on the audited records."""
    inputs = training.pool.x[training.split.audited]
    rng = np.random.default_rng([int(training.key, 16), 1])
    logits = training.defense.value.release(inputs, predictor.predict(inputs), predictor.predict, rng)
    return np.ascontiguousarray(logits, dtype=np.float32)[:, None, :]
