"""Jobs on a SLURM cluster: an array of tasks, one a worker, by submitit."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from benchmarks.training.executors import TRIES, Function, nothing
from benchmarks.training.executors.guarding import Guarded, answer_of

LOOK = 1.0  # seconds between two looks at the queue
HOURS = 24  # of one task; what is done by then stays done
PATIENCE = 60.0  # seconds for SLURM to say what is queued
COUNT = 4  # workers, where none are asked for


@dataclass(frozen=True)
class Slurm:
    """`count` workers in a partition, each with one core or, where `gpus` says so, one GPU. Scripts and logs lie in
    `folder`, which all machines must see. `cluster`: submitit's name for what takes the tasks.
    """

    folder: Path
    count: int = COUNT
    partition: str = ""
    gpus: bool = False
    cluster: str = "slurm"

    @property
    def devices(self) -> tuple[str, ...]:
        """A name for each worker."""
        return ("cuda" if self.gpus else "cpu",) * self.count

    def map(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None] = nothing) -> Iterator[Any]:
        """Yield the results as they come; each worker has its share of the jobs.

        A worker that dies is started again; raises OSError where that happens `TRIES` times.
        """
        own = replace(self, folder=self.folder / secrets.token_hex(4))  # others' tasks may wait in the same folder
        yield from own._mapped(function, jobs, advance)
        shutil.rmtree(own.folder, ignore_errors=True)
        with suppress(OSError):
            self.folder.rmdir()

    def _mapped(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None]) -> Iterator[Any]:
        shares = [share for n in range(self.count) if (share := tuple(jobs[n :: self.count]))]
        running = {task: (share, 1) for task, share in zip(self.submit(function, shares), shares, strict=True)}
        try:
            while running:
                ended = [task for task in running if task.done()]
                for task in ended:
                    share, tries = running.pop(task)
                    if task.exception() is None:
                        for job, said in zip(share, task.result(), strict=True):
                            advance(getattr(job, "steps", 1))
                            yield answer_of(said)
                    elif tries < TRIES:
                        running[self.submit(function, [share])[0]] = (share, tries + 1)
                    else:
                        raise OSError(f"--on slurm: a worker ended {TRIES} times at the same work; see {self.folder}")
                if not ended:
                    time.sleep(LOOK)
        finally:
            for task in running:
                task.cancel()

    def submit(self, function: Function, shares: Sequence[tuple[Any, ...]]) -> list[Any]:
        """Hand the shares over, one task each, and return the tasks. Raises ValueError where SLURM refuses them."""
        import submitit

        taker = submitit.AutoExecutor(folder=self.folder.absolute(), cluster=self.cluster)
        options: dict[str, Any] = {"name": "mia-arena", "timeout_min": 60 * HOURS, "cpus_per_task": 1}
        options |= {"gpus_per_node": 1} if self.gpus else {}
        options |= {"slurm_partition": self.partition} if self.partition else {}
        taker.update_parameters(**options, slurm_array_parallelism=self.count)
        try:
            return taker.map_array(_Share(Guarded.of(function)), list(shares))
        except (RuntimeError, OSError) as error:  # submitit's own for what sbatch answered
            raise ValueError(f"--on slurm: the tasks were refused: {' '.join(str(error).split())[:300]}") from error


def queued() -> dict[str, str]:
    """The state of each of the user's tasks that SLURM has not ended, by its id, as in PENDING or RUNNING.

    Raises OSError where SLURM does not answer.
    """
    words = ["squeue", "--noheader", "--array", f"--user={os.getuid()}", "--format=%i %T"]
    try:
        asked = subprocess.run(words, capture_output=True, encoding="utf-8", timeout=PATIENCE, check=True)
    except FileNotFoundError as error:
        raise OSError("squeue is not found here") from error
    except subprocess.TimeoutExpired as error:
        raise OSError(f"squeue does not answer for {PATIENCE:g} s") from error
    except subprocess.CalledProcessError as error:
        raise OSError(f"squeue: {' '.join(error.stderr.split())[:200] or f'exit code {error.returncode}'}") from error
    states = dict(line.split(maxsplit=1) for line in asked.stdout.splitlines() if len(line.split()) == 2)
    return {task: state for task, state in states.items() if state != "COMPLETING"}


@dataclass(frozen=True)
class _Share:
    """Does one job after another."""

    do: Guarded

    def __call__(self, jobs: Sequence[Any]) -> list[tuple[str, Any]]:
        return [self.do(job) for job in jobs]


def slurm_executor(partition: str, device: str, workers: int | None, folder: Path) -> Slurm:
    """Workers in a partition. Raises ValueError where submitit or SLURM is not installed."""
    try:
        import submitit  # noqa: F401
    except ImportError as error:
        raise ValueError("--on: submitit is not installed here; pip install submitit, or take processes") from error
    if shutil.which("sbatch") is None:
        raise ValueError("--on: expected SLURM's sbatch on this machine, which is not found; take processes")
    return Slurm(folder, workers or COUNT, partition, device.startswith("cuda"))
