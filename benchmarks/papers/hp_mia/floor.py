"""How long training must take at the least on a given device: operations and bytes, counted and not measured.

The counts are of the work that the mathematics asks for: every product once forward and twice backward, every weight,
its gradient and Adam's two moments moved once a step as often as the update reads and writes them, every module's
output written and read once in each direction in two bytes. Caches, launches and everything else only add to it.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch.utils.flop_counter import FlopCounterMode

from benchmarks.papers.hp_mia.protocol import LAMBDAS, Job
from benchmarks.training.suites import Suite
from datasets import six_split

PEAK = 989e12  # operations a second of an H200, dense bfloat16, by its vendor
BANDWIDTH = 4.8e12  # bytes a second of its memory, by its vendor
PARAMETER = 40  # bytes a step: weight read twice, gradient written and read, Adam reads and writes weight and moments
OUTPUT = 8  # bytes a number that a module puts out: written and read forward, its gradient written and read
SHAPES = {  # of one record, and classes
    "mnist": ((28, 28, 1), 10),
    "fashion_mnist": ((28, 28, 1), 10),
    "cifar10": ((32, 32, 3), 10),
    "purchase100": ((600,), 100),
    "purchase100-twin": ((600,), 100),
    "texas100": ((6169,), 100),
    "texas100-twin": ((6169,), 100),
    "location30": ((446,), 30),
    "letter": ((16,), 26),
    "news20": ((6000,), 20),
}


@dataclass(frozen=True)
class Work:
    """Floating point operations and bytes."""

    operations: float
    bytes: float

    def __add__(self, other: Work) -> Work:
        return Work(self.operations + other.operations, self.bytes + other.bytes)

    def seconds(self, peak: float = PEAK, bandwidth: float = BANDWIDTH) -> float:
        """The least time on a device that computes and moves at the same time."""
        return max(self.operations / peak, self.bytes / bandwidth)


def of_model(suite: Suite) -> Work:
    """The work of training one model of the suite."""
    shape, classes = SHAPES[suite.dataset]
    with torch.device("meta"):
        network = suite.network.build(shape, classes)
        batch = torch.empty(suite.recipe.batch, *((shape[2], *shape[:2]) if len(shape) == 3 else shape))
    outputs = 0

    def note(module: torch.nn.Module, inputs: object, output: torch.Tensor) -> None:
        nonlocal outputs
        outputs += output.numel() if not list(module.children()) else 0

    for module in network.modules():
        module.register_forward_hook(note)
    with FlopCounterMode(display=False) as counter:
        network(batch).sum().backward()
    steps = suite.recipe.epochs * -(-suite.part // suite.recipe.batch)
    parameters = sum(p.numel() for p in network.parameters())
    each = PARAMETER * parameters + OUTPUT * outputs
    return Work(float(counter.get_total_flops()) * steps, float(each) * steps)


def of_jobs(jobs: list[Job]) -> dict[str, tuple[int, Work]]:
    """Models and work of the jobs, by suite; a model that two jobs share counts once."""
    made = {}
    for suite in dict.fromkeys(job.suite for job in jobs):
        own = [job for job in jobs if job.suite == suite]
        count = len(set().union(*(_models(job) for job in own)))
        one = of_model(own[0].altered())
        made[suite] = (count, Work(one.operations * count, one.bytes * count))
    return made


def _models(job: Job) -> set[tuple[str, int]]:
    """The job's models as (defense, number)."""
    suite = job.altered()
    main = job.kind == "main"
    references = max(suite.references, job.likelihood) if main else suite.references
    split = six_split(6 * suite.part, suite.part, suite.trials, references, job.seed, suite.target_out)
    if main:
        return {(job.setting.defense, model) for model in split.training}
    targets = {(defense, trial.target) for defense in LAMBDAS.values() for trial in split.trials}
    return targets | {("none", model) for model in split.training}
