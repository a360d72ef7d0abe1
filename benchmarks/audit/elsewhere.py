"""Training of somebody's own models in other processes, which must find his code by its name."""

from __future__ import annotations

from multiprocessing.reduction import ForkingPickler
from pathlib import Path
from types import FunctionType
from typing import Any

from benchmarks.naming.where import WORKERS
from benchmarks.naming.wording import one_line
from benchmarks.training.executors import Executor, Here
from benchmarks.training.executors.places import place


def place_of(on: str, workers: int | None, store: str | Path | None) -> Executor:
    """Cores of the place that `on` names, as ``--on`` does. Raises ValueError on what there is not."""
    if not isinstance(on, str):
        raise ValueError(f"on: expected here, processes, ray or slurm, got {on!r}")
    if workers is not None and (type(workers) is not int or not 1 <= workers <= WORKERS):
        raise ValueError(f"workers: expected a whole number from 1 to {WORKERS:,}, got {workers!r}")
    if on.partition(":")[0] == "slurm" and store is None:
        raise ValueError("store: expected a folder that all machines of SLURM share, got none")
    try:
        return place(on, "cpu", workers, Path(store or "."))
    except ValueError as error:
        raise ValueError(str(error).removeprefix("--")) from error


def check_sent(train: Any, name: str, executor: Executor) -> None:
    """Raise ValueError where other processes could not import what trains."""
    if isinstance(executor, Here):
        return
    try:
        _ByName.dumps(train)
    except Exception as error:  # whatever the user's objects raise when they are copied
        raise ValueError(
            f"on: expected code that other processes can import, and {name} cannot be sent ({one_line(str(error))}); "
            "put it into a module, or take here"
        ) from error


class _ByName(ForkingPickler):
    """Refuses what other processes would look for in their own main module."""

    def reducer_override(self, value: Any) -> Any:
        """Nothing of its own. Raises ValueError."""
        if isinstance(value, FunctionType | type) and value.__module__ == "__main__":
            raise ValueError(f"{value.__qualname__} is of a notebook or a script")
        return NotImplemented
