"""How convolutions are trained fastest on a GPU: ``python -m benchmarks.speed.forms`` measures, on a CUDA device.

K models step as stacks of `width` models each (models.wide: grouped convolutions), which take turns on so many CUDA
streams; width 1 is every model apart. All steps are recorded graphs. Three minutes.
"""

from __future__ import annotations

import sys

if not __package__:  # started as a file, which finds none of our packages
    print("error: start it as a module: python -m benchmarks.speed.forms", file=sys.stderr)
    sys.exit(2)

from typing import Any

import click

from benchmarks.naming.answered import answered
from benchmarks.naming.commands import Command

MODELS = 16
FORMS = ((16, 1), (1, 1), (1, 4), (1, 8))  # width, streams
DENSENET = "cifar-densenet"  # too large for the other measurements of speed
NETWORKS = ("mnist-cnn", "cifar-alexnet", "cifar-wrn-28-2", DENSENET)
WARM, SECONDS = 5, 0.3


@click.command("python -m benchmarks.speed.forms", cls=Command)
def command() -> int:
    """Time a step of 16 models, stacked and apart, on this machine's GPU, and write results/speed/forms.json."""
    from benchmarks.results import files
    from benchmarks.speed import home, results
    from benchmarks.training.facts import devices_of

    path = home.checkout() / "results" / "speed" / results.FORMS
    device = devices_of("cuda")[0]
    rows = [measure(name, width, streams, device) for name in NETWORKS for width, streams in FORMS]
    files.write(path, results.dumps({"schema": results.SCHEMA, **results.machine(device), "rows": rows}))
    print(f"written: {path}")
    return 0


def measure(name: str, width: int, streams: int, device: str) -> dict[str, Any]:
    """The seconds of a model-step in one form, in mixed precision."""
    import torch

    from models.cohort import streams as places_of
    from models.records import Inputs, Records
    from models.training import Cohort

    task = task_of(name, device)
    records = Records(task.x, task.y, Inputs(task.scale, task.shift, torch.device(device), task.dtype), ())
    parts = [range(first, first + width) for first in range(0, MODELS, width)]
    cohorts = [Cohort(task, part, records, True) for part in parts]
    batches = [torch.randint(len(task.y), (width, task.recipe.batch), device=device) for _ in parts]

    with places_of(streams, torch.device(device)) as places:

        def step() -> None:
            for i, (cohort, batch) in enumerate(zip(cohorts, batches, strict=True)):
                with places[i % streams]():
                    cohort.step(batch, None)

        seconds(step, WARM)
        steps = max(3, int(SECONDS / seconds(step, 3)))
        taken = seconds(step, steps) / MODELS
    return {"shape": name, "width": width, "streams": streams, "seconds": float(f"{taken:.4g}")}


def task_of(name: str, device: str) -> Any:
    """The models of a network that are timed, as models.Task."""
    from benchmarks.speed.shapes import SHAPES, Shape
    from benchmarks.training.suites import find

    shapes = (*SHAPES, Shape(DENSENET, find("cifar10-hamp"), (32, 32, 3), 10))
    shape = next(s for s in shapes if s.name == name)
    return shape.task("mixed", MODELS, 10, 1, device)


def seconds(step: Any, times: int) -> float:
    """The mean seconds of a call on the GPU."""
    import time

    import torch

    torch.cuda.synchronize()
    begun = time.perf_counter()
    for _ in range(times):
        step()
    torch.cuda.synchronize()
    return (time.perf_counter() - begun) / times


def main(arguments: list[str] | None = None) -> int:
    """Run the command; returns the exit code: 0 done, 2 unusable input."""
    return answered(command, arguments, "interrupted; nothing was written")


if __name__ == "__main__":
    sys.exit(main())
