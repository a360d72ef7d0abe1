"""From the words of ``--on`` to the executor that they name."""

from __future__ import annotations

import os
from itertools import cycle, islice
from pathlib import Path

from benchmarks.naming.nearest import nearest
from benchmarks.training import facts
from benchmarks.training.executors import Executor, Here
from benchmarks.training.executors.processes import Processes, count_cores

ELSEWHERE, ELSEWHERE_ON = ("ray", "slurm"), ("auto", "cpu", "cuda")
KINDS = ("auto", "here", "processes", "ray", "slurm")
MOST = 8  # processes that nobody asked for


def cores(places: Executor, on: str, workers: int | None, store: Path) -> Executor | None:
    """The cores of the same place, for what needs no device; None where that is this process."""
    if isinstance(places, Here):
        return None
    if set(places.devices) == {"cpu"}:
        return places
    return place("processes" if isinstance(places, Processes) else on, "cpu", workers, store)


def all_cores() -> Executor | None:
    """Those of this machine, MOST at most; None where there is one alone."""
    count = min(count_cores(), MOST)
    return Processes(("cpu",) * count) if count > 1 else None


def place(on: str, device: str, workers: int | None, store: Path) -> Executor:
    """The executor of ``--on``, ``--device`` and ``--workers``.

    auto: here, or in processes where there are several devices. Without a number of workers there is one a device, and
    one a core where the device is the CPU. Raises ValueError on what there is not.
    """
    kind, colon, rest = on.partition(":")
    if kind not in KINDS:
        raise ValueError(f"--on: unknown {kind!r}; {nearest(kind, KINDS)}")
    if rest and kind not in ELSEWHERE:
        raise ValueError(f"--on: expected {kind} alone, got {on!r}; ray:ADDRESS and slurm:PARTITION take more")
    if colon and not rest:
        raise ValueError(f"--on: expected an address or a partition after the colon, got {on!r}")
    if kind in ("ray", "slurm") and device == "mps":
        raise ValueError(
            f"--device: expected auto, cpu or cuda with --on {kind}, got 'mps', which is this machine's own"
        )
    if kind in ELSEWHERE and device not in ELSEWHERE_ON:
        raise ValueError(
            f"--device: expected {', '.join(ELSEWHERE_ON[:-1])} or {ELSEWHERE_ON[-1]} with --on {kind}, got {device!r}"
        )
    if kind == "ray":
        from benchmarks.training.executors.on_ray import ray_executor

        return ray_executor(rest, device, workers)
    if kind == "slurm":
        from benchmarks.training.executors.on_slurm import slurm_executor

        return slurm_executor(rest, device, workers, store / "slurm")
    devices = facts.devices_of(device)
    if kind == "auto":
        kind = "processes" if len(devices) > 1 or (workers or 1) > 1 else "here"
    if kind == "here":
        if (workers or 1) > 1:
            raise ValueError(f"--workers: expected 1 with --on here, got {workers}; --on processes takes more")
        return Here(devices[0])
    count = workers or (len(devices) if devices[0] != "cpu" else os.cpu_count() or 1)
    return Processes(tuple(islice(cycle(devices), count)))
