"""Where jobs run: the interface, and the plainest of those that have it. How jobs run never changes what comes out."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

TRIES = 3  # at a job whose worker is killed
LOST = "ended {} times the process in which it was at work"  # what is said of such a job


def nothing(steps: int) -> None:
    """Tell nobody."""


@dataclass(frozen=True)
class Worker:
    """Who does a job: its device, and advance(steps), to be called as the job goes on. `sharing`: how many workers
    share the memory of the device.
    """

    device: str
    advance: Callable[[int], None] = field(default=nothing, compare=False)
    sharing: int = 1


Function = Callable[[Any, Worker], Any]


class Executor(Protocol):
    """Runs jobs of plain values by a function that any process can import by its name.

    A job whose process ends again and again stops all with an OSError, unless it has a method `lost(words)`, which then
    makes its result.
    """

    @property
    def devices(self) -> tuple[str, ...]:
        """The devices that jobs run on."""

    def map(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None] = ...) -> Iterator[Any]:
        """Yield function(job, worker) of every job as they come; `advance` is told of the steps that are done."""


@dataclass(frozen=True)
class Here:
    """In this process, one job after another."""

    device: str = "cpu"

    @property
    def devices(self) -> tuple[str, ...]:
        """The one device."""
        return (self.device,)

    def map(self, function: Function, jobs: Sequence[Any], advance: Callable[[int], None] = nothing) -> Iterator[Any]:
        """Yield the results in order."""
        worker = Worker(self.device, advance)
        for job in jobs:
            yield function(job, worker)
