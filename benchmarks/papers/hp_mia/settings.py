"""What the HP-MIA paper trained (section 4): data sets with their networks, and the models of its tables."""

from __future__ import annotations

from dataclasses import dataclass, replace

from benchmarks.naming.registry import DEFENSES, builtin
from benchmarks.papers.kit import Job, Models, Setting
from benchmarks.training.plan import Plan, make
from benchmarks.training.suites import Suite
from datasets import Pool

REFERENCES = 20  # of the calibrated attacks and two-stage (section 4.1.3)
LAMBDAS = {  # of Table 6, as the paper writes them, and the defense of each
    "0": "none",
    "0.0001": "l2(0.0001)",
    "0.0003": "l2(0.0003)",
    "0.0005": "l2",
    "0.0007": "l2(0.0007)",
    "0.001": "l2(0.001)",
    "0.005": "l2(0.005)",
    "0.01": "l2(0.01)",
}


@dataclass(frozen=True, kw_only=True)
class Column(Setting):
    """A setting of this paper. `defense`: what target, shadow and reference models all train with.

    `likelihood`: the number of reference models for offline LiRA and Attack R.
    """

    likelihood: int
    defense: str = "none"


# Section 4.1.3: L2 of 5e-4 but on CIFAR-10, which has augmentation. Section 4.2.1: 100 references, 60 on CIFAR-10.
COLUMNS = (
    Column("mnist", "MNIST", likelihood=100, defense="l2"),
    Column("fashion_mnist", "F-MNIST", likelihood=100, defense="l2"),
    Column("cifar10_alexnet", "CIFAR10-A", likelihood=60),
    Column("cifar10_wrn", "CIFAR10-W", likelihood=60),
    Column("purchase100", "Purchase100", likelihood=100, defense="l2"),
    Column("texas100", "Texas100", likelihood=100, defense="l2"),
    Column("location30", "Location30", "further", likelihood=20),
    Column("letter", "Letter", "further", likelihood=20),
    Column("news20", "News20", "further", likelihood=20),
    Column("purchase100-twin", "Purchase100 twin", "twin", likelihood=100, defense="l2"),
    Column("texas100-twin", "Texas100 twin", "twin", likelihood=100, defense="l2"),
)
SETTINGS = {column.suite: column for column in COLUMNS}


def _main(job: Job, suite: Suite, pool: Pool) -> Plan:
    """The models of Tables 1 to 5; as many references as the hungriest attack needs, of which others take less.

    Splits are prefix-stable, so the first references are the same whatever their number.
    """
    wide = replace(suite, references=max(suite.references, job.likelihood or 0))
    defense = builtin(DEFENSES, SETTINGS[job.suite].defense)
    plan = make(wide, pool, builtin(DEFENSES, "none"), (defense,), "adaptive", job.seed)
    return replace(plan, defenses=(defense,))


def _lambdas(job: Job, suite: Suite, pool: Pool) -> Plan:
    """The models of Table 6: targets under each L2 factor, of which the adversary's own models know nothing."""
    defenses = tuple(builtin(DEFENSES, spelling) for spelling in LAMBDAS.values())
    return make(suite, pool, defenses[0], defenses, "unaware", job.seed)


MODELS = {"main": Models(_main), "lambdas": Models(_lambdas, fewer=("trials",))}  # a target of Table 6 is eight models
