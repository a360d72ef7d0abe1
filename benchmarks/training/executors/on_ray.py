"""Jobs on a Ray cluster that runs already, or on one that lives as long as this process."""

from __future__ import annotations

import logging
import os
import signal
import socket
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from benchmarks.naming.wording import counted, one_line
from benchmarks.training.executors import LOST, TRIES, Function, nothing
from benchmarks.training.executors.guarding import Guarded, answer_of

PATIENCE = 10.0  # seconds for a cluster to answer


@dataclass(frozen=True)
class Ray:
    """One core a worker, or one GPU where `gpus` says so; `count` workers run at the same time."""

    count: int
    gpus: bool = False

    @property
    def devices(self) -> tuple[str, ...]:
        """A name for each worker; which device it has, Ray decides."""
        return ("cuda" if self.gpus else "cpu",) * self.count

    def map(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None] = nothing) -> Iterator[Any]:
        """Yield the results as they come; no more jobs are handed over than workers can take.

        A job whose worker dies is done again; raises OSError where that happens `TRIES` times.
        """
        import ray
        from ray.exceptions import RayError

        run: Any = ray.remote(num_cpus=1, num_gpus=int(self.gpus), max_retries=TRIES - 1)(_run)
        do = ray.put(Guarded.of(function))
        waiting, running = list(reversed(jobs)), dict[Any, Any]()
        try:
            while waiting or running:
                while waiting and len(running) < self.count:
                    job = waiting.pop()
                    running[run.remote(do, job)] = job
                for done in ray.wait(list(running), timeout=1.0)[0]:
                    job = running.pop(done)
                    advance(getattr(job, "steps", 1))
                    yield _answer(done, job)
        except RayError as error:
            raise OSError(f"--on ray: a worker was lost {TRIES} times, or cannot start: {_told(error)}") from error
        finally:
            for left in running:
                ray.cancel(left, force=True)


def ray_executor(address: str, device: str, workers: int | None) -> Ray:
    """Connect to the cluster at `address`, or, without one, to that of RAY_ADDRESS, or to one of this machine alone.

    `device`: as of ``--device``; auto takes GPUs where the cluster has some. Raises ValueError where Ray is not
    installed, where there is no such cluster, and where it is of another version or has no GPU.
    """
    try:
        import ray
    except ImportError as error:
        raise ValueError("--on: ray is not installed here; pip install ray, or take processes") from error
    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    os.environ.setdefault("RAY_ACCEL_ENV_VAR_OVERRIDE_ON_ZERO", "0")
    if not ray.is_initialized():
        own = address or os.environ.get("RAY_ADDRESS")
        where: dict[str, Any] = {"address": own} if own else {"address": "local", "num_cpus": workers}
        if own:
            _reach(own)
        before = signal.getsignal(signal.SIGTERM)
        try:
            ray.init(log_to_driver=False, logging_level=logging.ERROR, **where)
        except Exception as error:  # of another version, full, too slow to start: Ray has no class for each
            raise ValueError(f"--on ray: expected a cluster at {own or 'this machine'}: {_told(error)}") from error
        finally:
            if threading.current_thread() is threading.main_thread():
                signal.signal(signal.SIGTERM, before)  # Ray's own would end this process in the midst of its work
    has = ray.cluster_resources()
    cores, gpus = int(has.get("CPU", 0)), int(has.get("GPU", 0))
    if device.startswith("cuda") and not gpus:
        raise ValueError(f"--device: expected GPUs in the cluster, got one of {counted(cores, 'core')}; try cpu")
    use = gpus if device != "cpu" and gpus else 0
    most = use or cores
    if not most:
        raise ValueError("--on ray: expected a cluster with cores or GPUs, got one without")
    if workers and workers > most:
        print(f"--workers: {workers} are asked for, the cluster has room for {most} at a time", file=sys.stderr)
    return Ray(min(workers or most, most), bool(use))


def _answer(done: Any, job: Any) -> Any:
    """What a job says, or what it says of itself where its worker was lost again and again."""
    import ray
    from ray.exceptions import WorkerCrashedError

    try:
        said = ray.get(done)
    except WorkerCrashedError:
        if hasattr(job, "lost"):
            return job.lost(LOST.format(TRIES))
        raise
    return answer_of(said)


def _reach(address: str) -> None:
    """Raise ValueError, in seconds, where nobody answers at an address; Ray itself tries for minutes."""
    if address in ("auto", "local"):
        return
    host, _, port = address.removeprefix("ray://").rpartition(":")
    if not host or not port.isdecimal() or not 0 < int(port) < 65536:
        raise ValueError(f"--on ray: expected HOST:PORT of a cluster, or auto, got {address!r}")
    try:
        socket.create_connection((host.strip("[]"), int(port)), timeout=PATIENCE).close()
    except (OSError, OverflowError) as error:
        raise ValueError(f"--on ray: expected a cluster at {address}: {_told(error)}") from error


def _run(do: Guarded, job: Any) -> tuple[str, Any]:
    return do(job)


def _told(error: BaseException) -> str:
    return one_line(str(error)).strip()[:300]
