"""What is missing will take so long and so much of the disk, judged by like models in the store, and so much memory."""

from __future__ import annotations

import contextlib
import json
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks.naming.wording import counted
from benchmarks.results import files
from benchmarks.training.executors import Worker
from benchmarks.training.jobs import task_of
from benchmarks.training.plan import Plan, Training
from benchmarks.training.pulling import room, share
from benchmarks.training.runner import missing
from benchmarks.training.standing import usable
from benchmarks.training.store import Store, digest
from defenses import by_fit
from models.memory import bytes_per_model

LIKE = ("dataset", "network", "recipe", "defense")  # what a model's cost depends on, of its spec


class Cost(NamedTuple):
    """Seconds and bytes of a model, and where it was trained."""

    seconds: float
    size: int
    device: str


def expected(plan: Plan, store: Store, devices: Sequence[str] = ("cpu",)) -> list[str]:
    """A line for each defense with models to train: seconds of one worker and bytes, or that nothing is known; and the
    memory of a model, with how many train at once on a worker's device. `devices`: one a worker.
    """
    todo: dict[str, list[Training]] = defaultdict(list)
    for training in missing(plan, store):
        if not usable(training, plan, store):
            todo[training.defense.name].append(training)
    known = _known(store) if todo else {}
    most = share(sum(map(len, todo.values())), len(devices))
    worker = Worker(devices[0], sharing=devices.count(devices[0]))
    return [f"{_line(name, models, known)}; {_memory(models, most, worker)}" for name, models in todo.items()]


def _line(name: str, models: list[Training], known: Mapping[str, list[Cost]]) -> str:
    costs = known.get(_like(models[0].spec), [])
    many = f"{name:<16} {counted(len(models), 'model')} to train"
    if not costs:
        return f"{many}: time and disk unknown, none like it is stored"
    seconds, size = (sum(of) / len(costs) * len(models) for of in ([c.seconds for c in costs], [c.size for c in costs]))
    where = "; ".join(sorted({c.device for c in costs}))
    return f"{many}: about {seconds:.0f} s on {where}, {size / 1e6:.0f} MB of disk"


def _memory(models: Sequence[Training], most: int, worker: Worker) -> str:
    """What a model takes in training, and how many a worker trains at once; unknown of those that defenses train."""
    if not by_fit(models[0].defense.value):
        return "memory unknown"
    size = max(0.1, bytes_per_model(task_of(models, "cpu")) / 1e6)
    if worker.device == "cuda":  # of a machine elsewhere
        return f"{size:.1f} MB a model, as many at once as a GPU holds"
    return f"{size:.1f} MB a model, {min(len(models), most, room(models, worker))} at once on {worker.device}"


def _known(store: Store) -> dict[str, list[Cost]]:
    """What models in the store took, by what is like."""
    found: dict[str, list[Cost]] = defaultdict(list)
    for folder in _entries(store.models.home):
        with contextlib.suppress(OSError, ValueError, KeyError, TypeError):  # a damaged one tells nothing
            spec, noted = (json.loads(files.read(folder / name)) for name in ("spec.json", "facts.json"))
            size = sum(path.stat().st_size for path in folder.iterdir())
            found[_like(spec)].append(Cost(float(noted["facts"]["seconds"]), size, str(noted["facts"]["device"])))
    return found


def _entries(home: Path) -> Iterable[Path]:
    return sorted(p for p in home.glob("[0-9a-f]*") if p.is_dir()) if home.is_dir() else []


def _like(spec: Mapping[str, Any]) -> str:
    return digest({name: spec[name] for name in LIKE})
