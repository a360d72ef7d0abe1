"""Jobs on a SLURM cluster: an array of tasks, one a worker, by submitit."""

from __future__ import annotations

import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.training.executors import TRIES, Function, nothing
from benchmarks.training.executors.guarding import Guarded, answer_of

LOOK = 1.0  # seconds between two looks at the queue
HOURS = 24  # of one task; what is done by then stays done
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
        shutil.rmtree(self.folder, ignore_errors=True)

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
        raise ValueError(
            "--on: submitit is not installed here; pip install 'mia-arena[slurm]', or take processes"
        ) from error
    if shutil.which("sbatch") is None:
        raise ValueError("--on: expected SLURM's sbatch on this machine, which is not found; take processes")
    return Slurm(folder, workers or COUNT, partition, device.startswith("cuda"))
