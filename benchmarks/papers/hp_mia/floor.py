"""How long training must take at the least on a given device: operations and bytes, counted and not measured."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.papers.hp_mia.settings import BETWEEN, DECIDING, LAMBDAS, SETTINGS
from benchmarks.papers.kit import Job
from benchmarks.speed import floor
from benchmarks.training.suites import Suite

PEAK = 989e12  # operations a second of an H200, dense bfloat16, by its vendor
BANDWIDTH = 4.8e12  # bytes a second of its memory, by its vendor
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

    def seconds(self, peak: float = PEAK, bandwidth: float = BANDWIDTH) -> float:
        """The least time on a device that computes and moves at the same time."""
        return max(self.operations / peak, self.bytes / bandwidth)


def of_model(suite: Suite) -> Work:
    """The work of training one model of the suite."""
    recipe = suite.recipe
    step = floor.work(suite.network, recipe, suite.part, *SHAPES[suite.dataset])
    steps = recipe.epochs * floor.steps_per_epoch(recipe, suite.part)
    return Work(float(step.flops) * steps, float(step.floor_bytes(recipe.precision)) * steps)


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
    main = job.models == "main"
    references = max(suite.references, job.likelihood or 0) if main else suite.references
    split = suite.protocol.split(6 * suite.part, suite.trials, references, job.seed)
    if main:
        return {(SETTINGS[job.suite].defense, model) for model in split.training}
    trials = {factor: split.trials[: None if factor in DECIDING else BETWEEN] for factor in LAMBDAS}
    targets = {(LAMBDAS[factor], trial.target) for factor, of in trials.items() for trial in of}
    return targets | {("none", model) for model in split.training}
