"""What the HP-MIA paper measured (section 4), as plans of models to train and the parts of the paper they serve."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.naming.plugins import defense_classes, nearest, parse
from benchmarks.training.plan import Plan, make
from benchmarks.training.suites import Suite, find
from datasets import Pool, load

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


@dataclass(frozen=True)
class Setting:
    """A data set with its network: a column of the paper's tables, or one that the paper does not have.

    defense: what target, shadow and reference models all train with. likelihood: the number of reference models for
    offline LiRA and Attack R. group: "paper", "further" (other real data) or "twin" (synthetic).
    """

    suite: str
    title: str
    group: str
    defense: str
    likelihood: int


# Section 4.1.3: L2 of 5e-4 but on CIFAR-10, which has augmentation. Section 4.2.1: 100 references, 60 on CIFAR-10.
SETTINGS = {
    s.suite: s
    for s in (
        Setting("mnist", "MNIST", "paper", "l2", 100),
        Setting("fashion_mnist", "F-MNIST", "paper", "l2", 100),
        Setting("cifar10_alexnet", "CIFAR10-A", "paper", "none", 60),
        Setting("cifar10_wrn", "CIFAR10-W", "paper", "none", 60),
        Setting("purchase100", "Purchase100", "paper", "l2", 100),
        Setting("texas100", "Texas100", "paper", "l2", 100),
        Setting("location30", "Location30", "further", "none", 20),
        Setting("letter", "Letter", "further", "none", 20),
        Setting("news20", "News20", "further", "none", 20),
        Setting("purchase100-twin", "Purchase100 twin", "twin", "l2", 100),
        Setting("texas100-twin", "Texas100 twin", "twin", "l2", 100),
    )
}


@dataclass(frozen=True)
class Part:
    """A table or figure of the paper: its caption, and the suites whose models it needs.

    main: it needs target, shadow and references of Tables 1-5. lambdas: it needs those of Table 6.
    """

    caption: str
    suites: tuple[str, ...]
    main: bool = True
    lambdas: bool = False


_ALL = tuple(SETTINGS)
_UNAWARE = ("fashion_mnist", "cifar10_alexnet")
_FURTHER = tuple(s.suite for s in SETTINGS.values() if s.group == "further")
_COUNTED = ("mnist", "fashion_mnist", "cifar10_alexnet", *_FURTHER)
_HARD = ("mnist", "cifar10_alexnet", "purchase100", "texas100", "fashion_mnist", *_FURTHER)
PARTS = {
    "table1": Part("Accuracy of the target model", _ALL),
    "table2": Part("Attacks at a precision demand of alpha = 98 %", _ALL),
    "table3": Part("Attacks at a precision demand of alpha = 100 %", _ALL),
    "table4": Part("AUC of different attacks", _ALL),
    "table5": Part("Precision of uncalibrated scores at alpha = 90 %", _ALL),
    "table6": Part("Two-stage against L2 of which the adversary does not know, alpha = 90 %", _UNAWARE, False, True),
    **{
        f"figure{3 + i}": Part(f"ROC and precision-recall curves, {SETTINGS[s].title}", (s,))
        for i, s in enumerate(_ALL[:6])
    },
    "figure9": Part("Two-stage with a fixed precision demand beta on exclusion", ("mnist", "cifar10_alexnet")),
    "figure10": Part("Two-stage under each L2 factor, F-MNIST", _UNAWARE[:1], False, True),
    "figure11": Part("Two-stage under each L2 factor, CIFAR10-A", _UNAWARE[1:], False, True),
    "figure12": Part("Two-stage with different numbers of reference models, F-MNIST", _UNAWARE[:1]),
    "figure13": Part("Two-stage with different numbers of reference models, CIFAR10-A", _UNAWARE[1:]),
    "figure14": Part("TP and precision of two-stage against the number of reference models, alpha = 90 %", _COUNTED),
    "figure15": Part("Offline LiRA as the second stage, F-MNIST", _UNAWARE[:1]),
    "figure16": Part("Offline LiRA as the second stage, CIFAR10-A", _UNAWARE[1:]),
    "figure17": Part("Difficulty of identified and missed members, alpha = 90 %", _HARD),
}


def parts_of(words: Sequence[str]) -> dict[str, Part]:
    """The parts that `--only` names, all of them when it names none. Raises ValueError with the nearest names."""
    for word in words:
        if word not in PARTS:
            raise ValueError(f"--only: unknown part {word!r}; {nearest(word, PARTS)}")
    return {name: part for name, part in PARTS.items() if not words or name in words}


@dataclass(frozen=True)
class Job:
    """One plan: the models of a setting, by the roles of Tables 1-5 ("main") or of Table 6 ("lambdas").

    changes: (option, number) pairs in which the suite differs from its own definition.
    """

    suite: str
    kind: str
    likelihood: int
    changes: tuple[tuple[str, int], ...] = ()
    seed: int = 0

    @property
    def setting(self) -> Setting:
        """The job's setting."""
        return SETTINGS[self.suite]

    def altered(self) -> Suite:
        """The suite with the job's changes; more trials are for "main" alone, since a target of Table 6 is eight."""
        changes = dict(self.changes)
        if self.kind == "lambdas" and changes.get("trials", 0) > find(self.suite).trials:
            del changes["trials"]
        return find(self.suite).altered(
            references=changes.get("references"), trials=changes.get("trials"), epochs=changes.get("epochs")
        )

    def plan(self, pool: Pool) -> Plan:
        """The models to train; in "main" as many references as the hungriest attack needs, of which others take less.

        Splits are prefix-stable, so the first references are the same whatever their number. Raises ValueError when
        the pool is too small.
        """
        classes = defense_classes()
        none = parse("--defenses", "none", classes)
        suite = self.altered()
        if self.kind == "lambdas":
            defenses = tuple(parse("--defenses", d, classes) for d in LAMBDAS.values())
            return make(suite, pool, none, defenses, "unaware", self.seed)
        suite = replace(suite, references=max(suite.references, self.likelihood))
        defense = parse("--defenses", self.setting.defense, classes)
        return replace(make(suite, pool, none, (defense,), "adaptive", self.seed), defenses=(defense,))

    def load(self, data: Path | None) -> Plan:
        """The plan on the pool in the folder `data`. Raises ValueError when it cannot be had."""
        return self.plan(load(find(self.suite).dataset, data))


def jobs_of(
    parts: dict[str, Part], suites: Sequence[str], likelihood: int | None, changes: dict[str, dict[str, int]], seed: int
) -> list[Job]:
    """What must be trained for `parts` on `suites`.

    likelihood: at most so many references for LiRA and Attack R; changes: option -> number, by suite; a smaller number
    of references holds for every attack.
    """
    made = []
    for name in suites:
        own = changes.get(name, {})
        most = [SETTINGS[name].likelihood, *([likelihood] if likelihood else []), *_fewer(own)]
        for kind in ("main", "lambdas"):
            if any(name in part.suites and getattr(part, kind) for part in parts.values()):
                made.append(Job(name, kind, min(most), tuple(sorted(own.items())), seed))
    return made


def measures(job: Job, parts: dict[str, Part]) -> list[str]:
    """What is measured of the job's models for `parts`: "by_references" is the slowest, and few show it."""
    if job.kind == "lambdas":
        return ["lambdas"]
    slow = any(job.suite in parts[name].suites for name in ("figure12", "figure13", "figure14") if name in parts)
    return ["by_references", "main"] if slow else ["main"]


def _fewer(changes: dict[str, int]) -> list[int]:
    return [changes["references"]] if "references" in changes else []


def suites_of(words: Sequence[str]) -> list[str]:
    """The suites that `--suites` names, all of them when it names none. Raises ValueError with the nearest names."""
    for word in words:
        if word not in SETTINGS:
            raise ValueError(f"--suites: unknown suite {word!r}; {nearest(word, SETTINGS)}")
    return [name for name in SETTINGS if not words or name in words]


def changes_of(words: Sequence[str]) -> dict[str, dict[str, int]]:
    """``["cifar10_wrn:epochs=20"]`` as changes by suite. Raises ValueError on anything else."""
    changes: dict[str, dict[str, int]] = {}
    options = ("references", "trials", "epochs")
    for word in words:
        match = re.fullmatch(r"([\w-]+):(\w+)=(-?\d+)", word)
        if match is None:
            raise ValueError(f"--change: cannot read {word!r}; expected SUITE:OPTION=NUMBER, as in mnist:epochs=20")
        suite, option, number = match.groups()
        if suite not in SETTINGS:
            raise ValueError(f"--change: unknown suite {suite!r}; {nearest(suite, SETTINGS)}")
        if option not in options:
            raise ValueError(f"--change: unknown option {option!r}; {nearest(option, options)}")
        if option in changes.setdefault(suite, {}):
            raise ValueError(f"--change: {suite}:{option} is given twice")
        try:
            find(suite).altered(**{**dict.fromkeys(options), option: int(number)})
        except ValueError as error:
            raise ValueError(f"--change: {word}: {str(error).partition(': ')[2]}") from error
        changes[suite][option] = int(number)
    return changes
