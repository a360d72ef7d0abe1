"""What the HP-MIA paper trained (section 4): data sets with their networks, and the models of its tables."""

from __future__ import annotations

import json
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from benchmarks.naming.registry import DEFENSES, builtin
from benchmarks.papers.kit import Job, Models, Numbers, Setting
from benchmarks.training.plan import Plan, make
from benchmarks.training.suites import Suite
from datasets import Pool

PAPER: dict[str, Any] = json.loads((Path(__file__).parent / "paper.json").read_text(encoding="utf-8"))
REFERENCES = 20  # of the calibrated attacks and two-stage (section 4.1.3)
TARGETS = 8  # of every suite
MORE_TARGETS = 16  # where a model takes a second: eight of them can be one target's shadow models
MOST_TARGETS = 32  # of Location30, where 16 left claim 3 open
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
DECIDING = ("0", "0.0001", "0.001", "0.005")  # factors of TARGETS targets; the others have as many as BETWEEN
BETWEEN = 4
SHORT = 0.01  # by how much a train accuracy may lie below the paper's
NOT_MEMORISED = "not memorised"
_TRAIN = PAPER["table1_target_accuracy_percent"]["train"]


@dataclass(frozen=True, kw_only=True)
class Column(Setting):
    """A setting of this paper. `defense`: what target, shadow and reference models all train with.

    `likelihood`: the number of reference models for offline LiRA and Attack R. `like`: the suite of the paper's whose
    train accuracy the models must reach; "" where the paper has none.
    """

    likelihood: int
    defense: str = "none"
    trials: int | None = field(default=TARGETS)
    like: str = ""

    @property
    def memorises(self) -> float | None:
        """The train accuracy, a share, below which models have not learnt their records as the paper's have."""
        known = _TRAIN.get(self.like or self.suite)
        return None if known is None else known / 100 - SHORT


# Section 4.1.3: L2 of 5e-4 but on CIFAR-10, which has augmentation. Section 4.2.1: 100 references, 60 on CIFAR-10.
COLUMNS = (
    Column("mnist", "MNIST", likelihood=100, defense="l2"),
    Column("fashion_mnist", "F-MNIST", likelihood=100, defense="l2"),
    Column("cifar10_alexnet", "CIFAR10-A", likelihood=60),
    Column("cifar10_wrn", "CIFAR10-W", likelihood=60),
    Column("purchase100", "Purchase100", likelihood=100, defense="l2"),
    Column("texas100", "Texas100", likelihood=100, defense="l2"),
    Column("mnist-quarter", "MNIST, a quarter", "reduced", likelihood=100, defense="l2", like="mnist"),
    Column(
        "fashion_mnist-quarter", "F-MNIST, a quarter", "reduced", likelihood=100, defense="l2", like="fashion_mnist"
    ),
    Column("location30", "Location30", "further", likelihood=20, trials=MOST_TARGETS),
    Column("letter", "Letter", "further", likelihood=20, trials=MORE_TARGETS),
    Column("news20", "News20", "further", likelihood=20, trials=MORE_TARGETS),
    Column("purchase100-twin", "Purchase100 twin", "twin", likelihood=100, defense="l2", like="purchase100"),
    Column("texas100-twin", "Texas100 twin", "twin", likelihood=100, defense="l2", like="texas100"),
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
    plan = make(suite, pool, defenses[0], defenses, "unaware", job.seed)
    named = zip(LAMBDAS, defenses, strict=True)
    return replace(plan, fewer={defense.name: BETWEEN for factor, defense in named if factor not in DECIDING})


def undecided(suite: str, run: Numbers) -> str:
    """Why numbers of a suite, or a block of them, decide nothing: NOT_MEMORISED, "" where they may.

    `run` has the `accuracy` of its targets: those whose mean train accuracy is below the paper's have left their
    records unlearnt, and membership is what they learn last.
    """
    bar, train = SETTINGS[suite].memorises, run["accuracy"]["train"]["mean"]
    return NOT_MEMORISED if bar is not None and train < bar else ""


MODELS = {"main": Models(_main), "lambdas": Models(_lambdas, fewer=("trials",))}  # a target of Table 6 is eight models
