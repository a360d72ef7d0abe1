"""A paper as a value: what is trained, what is measured, what is shown, and what its authors claim."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from benchmarks.naming.nearest import nearest
from benchmarks.papers.kit.claims import Claim

if TYPE_CHECKING:
    from benchmarks.training.plan import Plan
    from benchmarks.training.store import Store
    from benchmarks.training.suites import Suite
    from datasets import Pool

Numbers = dict[str, Any]  # of one suite: blocks by name, all plain JSON
GROUPS = {
    "paper": "the paper's data sets",
    "reduced": "parts of the paper's data sets",
    "published": "the data as published, contaminations and all",
    "further": "further real data",
    "twin": "synthetic twins",
}


@dataclass(frozen=True)
class Setting:
    """A suite as a column of the paper's tables. `group`: one of GROUPS.

    `likelihood`: how many reference models the likelihood attacks have, where the paper gives them more than others.
    `trials`: how many targets the paper's page has of it, where that is not the suite's own number.
    """

    suite: str
    title: str
    group: str = "paper"
    likelihood: int | None = None
    trials: int | None = None


@dataclass(frozen=True)
class Models:
    """Models that a paper trains: `plan` makes their plan for a `jobs.Job`, its suite as it changes it, and the pool.

    `fewer`: options (references, trials, epochs, part) of which these models take a smaller number, never a greater.
    `suites`: those that have such models; none: all.
    """

    plan: Callable[[Any, Suite, Pool], Plan]
    fewer: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()

    def of(self, suite: str) -> bool:
        """Whether the suite has such models."""
        return not self.suites or suite in self.suites


@dataclass(frozen=True)
class Measure:
    """Numbers of one suite: for a `jobs.Job`, `make` returns blocks by name, from `models` that are stored; None where
    no trial is whole.

    A block that is a dict, and the whole, may hold an `about` (see `kit.about`), which says what they were made with.
    `blocks`: those that always come together: numbers that have one and lack another are refused. Lists that stand side
    by side in a dict are of one length, and `edges` of one more.
    """

    models: str
    make: Callable[[Any, Plan, Store], Numbers | None]
    blocks: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Part:
    """A table or figure: its caption, the suites that it shows and what must be measured of them.

    `block`: whose `about` says what it was made with; "" is the whole's. `likelihood`: in words, which attacks it shows
    that have more reference models than the others.
    """

    caption: str
    suites: tuple[str, ...]
    measures: tuple[str, ...] = ("main",)
    block: str = ""
    likelihood: str = ""


@dataclass(frozen=True, kw_only=True)
class Table(Part):
    """`make`: markdown for some settings, from the numbers of every suite; "" where there is nothing to show."""

    make: Callable[[Sequence[Setting], dict[str, Numbers]], str]


@dataclass(frozen=True, kw_only=True)
class Figure(Part):
    """`make`: a matplotlib figure of some suites that were run, from their numbers; None where there is none."""

    make: Callable[[Sequence[str], dict[str, Numbers]], Any]


@dataclass(frozen=True, kw_only=True)
class Paper:
    """All that `reproduce` needs of a paper.

    `parts`: by names such as table1 and figure3. `numbers`: the type, for msgspec, that one suite's numbers must have.
    `page`: the whole page in markdown from the numbers of every suite and the names of the figures that were drawn;
        what it says in [[ ]] is said beside the documentation alone.
    Raises ValueError where something names what is not there.
    """

    name: str
    settings: tuple[Setting, ...]
    models: Mapping[str, Models]
    measures: Mapping[str, Measure]
    parts: Mapping[str, Part]
    claims: tuple[Claim, ...] = ()
    numbers: Any = Numbers
    page: Callable[[dict[str, Numbers], list[str]], str] | None = None

    def __post_init__(self) -> None:
        for setting in self.settings:
            _known("group", [setting.group], GROUPS, setting.suite)
        for name, models in self.models.items():
            _known("suite", models.suites, self.suites, name)
        for name, measure in self.measures.items():
            _known("models", [measure.models], self.models, name)
        for name, part in self.parts.items():
            kind = "table" if isinstance(part, Table) else "figure"
            if not re.fullmatch(rf"{kind}[1-9]\d*", name):
                raise ValueError(f"parts: expected a name such as {kind}1, got {name!r}")
            _known("suite", part.suites, self.suites, name)
            _known("measure", part.measures, self.measures, name)
        for number, claim in enumerate(self.claims, 1):
            _known("part", claim.parts, self.parts, f"claim {number}")

    @property
    def suites(self) -> dict[str, Setting]:
        """The settings by their suites."""
        return {setting.suite: setting for setting in self.settings}

    def group(self, name: str) -> list[Setting]:
        """The settings of one of GROUPS."""
        return [setting for setting in self.settings if setting.group == name]


def adopt(value: Any) -> Paper:
    """A paper as it is. Raises ValueError on anything else."""
    if not isinstance(value, Paper):
        raise ValueError(f"expected a Paper of benchmarks.papers.kit, got {type(value).__name__}")
    return value


def _known(what: str, words: Sequence[str], known: Mapping[str, Any], where: str) -> None:
    for word in words:
        if word not in known:
            raise ValueError(f"{where}: unknown {what} {word!r}; {nearest(word, known)}")
