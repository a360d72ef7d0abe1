"""What is wanted of a paper, read from words; and the models to train for it, as plain values."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from benchmarks.naming import registry
from benchmarks.naming.nearest import nearest
from benchmarks.papers.kit.paper import Paper, Part, Setting
from benchmarks.training.suites import MOST, Suite, find

if TYPE_CHECKING:
    from benchmarks.training.plan import Plan
    from datasets import Pool

OPTIONS = ("references", "trials", "epochs", "part")
LIRA = "lira_references"  # the option of references that the likelihood attacks alone have
Changes = dict[str, dict[str, int]]  # option -> number, by suite


@dataclass(frozen=True)
class Job:
    """The models of one suite that a paper trains under one name, as plain values: any process can make their plan.

    `models`: a name of the paper's models. `likelihood`: how many reference models the likelihood attacks have.
    `changes`: (option, number) pairs in which the suite differs from its own definition. `data`: the folder of pools.
    """

    paper: str
    suite: str
    models: str
    likelihood: int | None = None
    changes: tuple[tuple[str, int], ...] = ()
    seed: int = 0
    data: Path | None = None

    @property
    def whole(self) -> Paper:
        """The paper itself."""
        return paper_of(self.paper)

    @property
    def setting(self) -> Setting:
        """The suite as the paper shows it."""
        return self.whole.suites[self.suite]

    def altered(self) -> Suite:
        """The suite, with the paper's number of targets, and with the job's changes."""
        suite, fewer = find(self.suite), self.whole.models[self.models].fewer
        suite = replace(suite, trials=self.setting.trials or suite.trials)
        own = {
            "references": suite.references,
            "trials": suite.trials,
            "epochs": suite.recipe.epochs,
            "part": suite.part,
        }
        taken = {option: n for option, n in self.changes if option not in fewer or n < own[option]}
        return suite.altered(**{option: taken.get(option) for option in OPTIONS})

    def of(self, pool: Pool) -> Plan:
        """The plan on a pool. Raises ValueError where the pool is too small."""
        return self.whole.models[self.models].plan(self, self.altered(), pool)

    def plan(self) -> Plan:
        """The plan on the pool in the folder `data`. Raises ValueError when it cannot be had."""
        return self.of(find(self.suite).pool(self.data))


@cache
def paper_of(name: str) -> Paper:
    """The paper of that name, wherever it is registered. Raises ValueError with the nearest names."""
    made: Paper = registry.find(registry.PAPERS, name).value
    return made


def parts_of(paper: Paper, words: Sequence[str]) -> dict[str, Part]:
    """The parts that `--only` names, all of them when it names none. Raises ValueError with the nearest names."""
    for word in words:
        if word not in paper.parts:
            raise ValueError(f"--only: unknown part {word!r}; {nearest(word, paper.parts)}")
    return {name: part for name, part in paper.parts.items() if not words or name in words}


def suites_of(paper: Paper, words: Sequence[str]) -> list[str]:
    """The suites that `--suites` names, all of them when it names none. Raises ValueError with the nearest names."""
    for word in words:
        if word not in paper.suites:
            raise ValueError(f"--suites: unknown suite {word!r}; {nearest(word, paper.suites)}")
    return [name for name in paper.suites if not words or name in words]


def changes_of(paper: Paper, words: Sequence[str]) -> Changes:
    """``["cifar10_wrn:epochs=20"]`` as changes by suite. Raises ValueError on anything else."""
    changes: Changes = {}
    for word in words:
        match = re.fullmatch(r"([\w-]+):(\w+)=(-?\d{1,9})", word, re.ASCII)
        if match is None:
            raise ValueError(f"--change: cannot read {word!r}; expected SUITE:OPTION=NUMBER, as in mnist:epochs=20")
        suite, option, number = match.groups()
        if suite not in paper.suites:
            raise ValueError(f"--change: unknown suite {suite!r}; {nearest(suite, paper.suites)}")
        known = (*OPTIONS, *([LIRA] if paper.suites[suite].likelihood is not None else []))
        if option not in known:
            raise ValueError(f"--change: unknown option {option!r}; {nearest(option, known)}")
        if option in changes.setdefault(suite, {}):
            raise ValueError(f"--change: {suite}:{option} is given twice")
        try:
            _check(find(suite), option, int(number))
        except ValueError as error:
            raise ValueError(f"--change: {word}: {str(error).partition(': ')[2]}") from error
        changes[suite][option] = int(number)
    return changes


def _check(suite: Suite, option: str, number: int) -> None:
    if option != LIRA:
        suite.altered(**{option: number})
    elif not 2 <= number <= MOST["references"]:
        raise ValueError(f"{option}: expected a whole number from 2 to {MOST['references']}, got {number}")


def jobs_of(
    paper: Paper,
    parts: dict[str, Part],
    suites: Sequence[str],
    changes: Changes | None = None,
    seed: int = 0,
    data: Path | None = None,
) -> list[Job]:
    """What must be trained for `parts` on `suites`. Raises ValueError where that is nothing, or a change is for none.

    A smaller change of references holds for the likelihood attacks, too.
    """
    changes, made = changes or {}, []
    for suite in changes:
        if suite not in suites:
            raise ValueError(f"--change: {suite} is not among the chosen --suites: {', '.join(suites)}")
    for suite in suites:
        own = dict(changes.get(suite, {}))
        most = [
            n for n in (paper.suites[suite].likelihood, own.pop(LIRA, None), own.get("references")) if n is not None
        ]
        needed = {paper.measures[m].models for part in parts.values() if suite in part.suites for m in part.measures}
        for models in (name for name, of in paper.models.items() if name in needed and of.of(suite)):
            few = min(most) if paper.suites[suite].likelihood is not None else None
            made.append(Job(paper.name, suite, models, few, tuple(sorted(own.items())), seed, data))
    if not made:
        raise ValueError(f"--only: {', '.join(parts)} shows none of the suites {', '.join(suites)}")
    return made


def measures_of(paper: Paper, job: Job, parts: dict[str, Part]) -> list[str]:
    """What is measured of the job's models for `parts`, in the paper's order."""
    needed = {m for part in parts.values() if job.suite in part.suites for m in part.measures}
    return [name for name, measure in paper.measures.items() if measure.models == job.models and name in needed]
