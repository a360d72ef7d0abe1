"""Train what the plan asks for and the store lacks; nothing else."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context

import numpy as np
import torch
from tqdm import tqdm

from benchmarks.naming.plugins import call
from benchmarks.naming.wording import counted
from benchmarks.training.plan import Plan, Training
from benchmarks.training.store import Store
from models import Diverged, Predictor, Task, cohort_width, predict_all


def devices_of(option: str) -> list[str]:
    """The devices that `--device` names: "auto" all CUDA devices if there are any, else the CPU; "cuda" likewise.

    Raises ValueError on a device that torch cannot use here.
    """
    seen = torch.cuda.device_count()
    if option == "auto":
        option = "cuda" if seen else "cpu"
    name, _, number = option.partition(":")
    if name not in ("cpu", "cuda") or (":" in option and (name == "cpu" or not number.isdecimal())):
        raise ValueError(f"--device: expected auto, cpu, cuda or cuda:N, got {option!r}")
    if name == "cuda" and int(number or 0) >= seen:
        raise ValueError(f"--device: got {option!r}, but torch sees {seen} CUDA devices; try cpu")
    return [f"cuda:{i}" for i in range(seen)] if option == "cuda" else [option]


def device_name(device: str) -> str:
    """The device as a record names it."""
    if device.startswith("cuda"):
        return torch.cuda.get_device_name(device)
    return f"CPU, {counted(torch.get_num_threads(), 'thread')}"


@dataclass(frozen=True)
class Failure:
    """A model that could not be trained, and why."""

    model: int
    defense: str
    reason: str


def discard_damaged(plan: Plan, store: Store) -> None:
    """Remove the plan's damaged entries from the store, each with a line on stderr."""
    for key in store.verify(t.key for t in plan.trainings.values()):
        print(f"damaged entry {key} removed from the store; it will be trained again", file=sys.stderr)


def train(plan: Plan, store: Store, device: str, keys: Collection[str] | None = None, place: int = 0) -> list[Failure]:
    """Train and store every model of the plan that is missing; returns those that failed, which are not stored.

    keys: only these. place: the line of the progress bar. Each cohort is stored when it is done, so an interruption
    loses at most the cohort being trained. Raises OSError when the store cannot be written.
    """
    chosen = [t for t in plan.trainings.values() if keys is None or t.key in keys]
    todo = [t for t in chosen if t.key not in store]
    failures: list[Failure] = []
    epochs = plan.suite.recipe.epochs
    label = f"training {counted(len(todo), 'model')}" + (f" on {device}" if keys is not None else "")
    total = len(todo) * epochs
    with tqdm(total=total, desc=label, unit="epoch", disable=not todo, dynamic_ncols=True, position=place) as bar:
        for cohort in cohorts(todo, device):
            failures += _train_cohort(cohort, store, device, bar)
    return failures


def train_on(
    devices: Sequence[str], plan: Plan, store: Store, share: Callable[[str, list[str], int], list[Failure]]
) -> list[Failure]:
    """Train what is missing on all `devices` at once, one process each; returns the models that failed.

    share(device, keys, place) does one device's part in its process, as `train` with these arguments does. It crosses
    over as a name, and the plan does not cross at all: plugins need not survive that.
    """
    missing = store.missing(t.key for t in plan.trainings.values())
    parts = [missing[i :: len(devices)] for i in range(min(len(devices), len(missing)))]
    if not parts:
        return []
    with ProcessPoolExecutor(len(parts), mp_context=get_context("spawn")) as pool:
        jobs = [
            pool.submit(share, device, part, i) for i, (device, part) in enumerate(zip(devices, parts, strict=False))
        ]
        return [failure for job in jobs for failure in job.result()]


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
    facts = {"seconds": (time.perf_counter() - begun) / len(cohort), "device": device_name(device)}
    pairs = list(zip(cohort, results, strict=True))
    trained = [(t, r) for t, r in pairs if not isinstance(r, Diverged)]
    inputs = cohort[0].pool.x[cohort[0].split.audited]
    outputs = predict_all([predictor for _, predictor in trained], inputs)
    for (training, predictor), logits in zip(trained, outputs, strict=True):
        store.write(training.key, training.spec, released(training, predictor, inputs, logits), facts)
    return [Failure(t.model, t.defense.name, r.reason) for t, r in pairs if isinstance(r, Diverged)]


def released(training: Training, predictor: Predictor, inputs: np.ndarray, logits: np.ndarray) -> np.ndarray:
    """The (A, 1, C) float32 logits that the defended model lets out on inputs (A, ...) with its own logits (A, C).

    Raises ValueError where the defense's `release` raises, or returns another shape or what is not finite.
    """
    rng = np.random.default_rng([int(training.key, 16), 1])
    made = call("defense", training.defense, "release", inputs, logits, predictor.predict, rng)
    name = training.defense.name
    if made.shape != logits.shape or made.dtype.kind not in "biuf":
        raise ValueError(f"defense {name}: expected {logits.shape} released logits, got {made.shape} {made.dtype}")
    with np.errstate(over="ignore"):  # counted below
        made = np.ascontiguousarray(made, dtype=np.float32)
    wrong = len(made) - int(np.isfinite(made).all(-1).sum())
    if wrong:
        raise ValueError(f"defense {name}: expected finite released logits, got NaN or infinite for {wrong} records")
    return made[:, None, :]
