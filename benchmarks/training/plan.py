"""From names to specifications: which models and outputs a run needs, and what determines each. Pure."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, fields, replace
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import numpy as np

from benchmarks.naming.loading import HOME, known_as
from benchmarks.naming.registry import Plugin
from benchmarks.naming.wording import counted, kind_of
from benchmarks.training.examining import examine, ours
from benchmarks.training.owning import fitting, lacking
from benchmarks.training.queries import canonical, query_set
from benchmarks.training.store import digest, rows_digest
from benchmarks.training.suites import Suite
from datasets import Pool, Split, Trial
from defenses import Defense
from models import FIT_VERSION, Recipe
from models.hooks import standard

ADVERSARIES = ("adaptive", "unaware")
GROUPS = ("audited", "population")
RELEASE_VERSION = 1  # of how outputs are made from a trained model


class Asked(NamedTuple):
    """What models are asked: a query set, on one of GROUPS."""

    query: str
    group: str = "audited"


CLEAN = Asked("clean")


@dataclass(frozen=True, eq=False)
class Training:
    """Everything that determines one trained model."""

    suite: Suite
    pool: Pool
    split: Split
    model: int
    defense: Plugin
    seed: int  # of the suite; the model's own follows from it and the model's number

    @cached_property
    def model_seed(self) -> int:
        """What initialisation, record order and augmentation are drawn from; the same under every defense."""
        return int(digest([self.suite.dataset, self.seed, self.model]), 16) % 2**62

    @cached_property
    def spec(self) -> dict[str, Any]:
        """The plain values whose digest is the model's key; no device, cohort or path among them."""
        return {
            "dataset": self.suite.dataset,
            "dataset_digest": self.pool.digest,
            "network": _described(self.suite.network),
            "recipe": self.recipe.plain(),
            "defense": {"name": self.defense.name.partition("(")[0], **_described(self.defense.value)},
            "trained_on": self.split.trained_digest(self.model),
            "owned": self._owned,
            "seed": self.model_seed,
            "fit_version": FIT_VERSION,
        }

    @property
    def recipe(self) -> Recipe:
        """The suite's recipe for the defense."""
        return self.suite.recipe_of(self.defense.name)

    @property
    def _owned(self) -> list[str]:
        """What the model may depend on besides its training records: what it is chosen by, and all that a defense that
        trains or answers in its own way, or has a companion beside the training, may use.
        """
        own, validation = type(self.defense.value), self.split.validation_of(self.model)
        if own.train is Defense.train and own.release is Defense.release and standard(self.defense.value, "companion"):
            return [rows_digest(validation)] if self.recipe.keep == "validation" else []
        return [rows_digest(rows) for rows in (validation, self.split.spare_of(self.model))]

    @cached_property
    def key(self) -> str:
        """The store's key of the model."""
        return digest(self.spec)

    def rows(self, group: str) -> np.ndarray:
        """The rows of the pool in one of GROUPS."""
        return self.split.audited if group == "audited" else self.split.population

    def outputs_spec(self, asked: Asked) -> dict[str, Any]:
        """The plain values whose digest is the key of what the model answered."""
        found = query_set(asked.query)
        taught = {"taught_on": self.split.population_digest} if found.students else {}
        return {
            "model": self.key,
            "records": self.split.audited_digest if asked.group == GROUPS[0] else self.split.population_digest,
            "query": asked.query,
            "query_version": found.version,
            "release_version": RELEASE_VERSION,
            **taught,
        }

    def outputs_key(self, asked: Asked) -> str:
        """The store's key of what the model answered."""
        if asked not in self._outputs_keys:
            self._outputs_keys[asked] = digest(self.outputs_spec(asked))
        return self._outputs_keys[asked]

    @cached_property
    def _outputs_keys(self) -> dict[Asked, str]:
        return {}


@dataclass(frozen=True, eq=False)
class Plan:
    """One suite against several defenses: the models to train, by (defense, model number), and what they are asked."""

    suite: Suite
    pool: Pool
    split: Split
    defenses: tuple[Plugin, ...]
    adversary: str
    seed: int
    asked: tuple[Asked, ...] = (CLEAN,)
    aside: frozenset[str] = frozenset()  # the query sets that reference models are not asked
    left_out: dict[str, str] = field(default_factory=dict)  # defenses that lack what they need, and that as a phrase
    fewer: dict[str, int] = field(default_factory=dict)  # defenses that only the first so many trials have

    @cached_property
    def trainings(self) -> dict[tuple[str, int], Training]:
        """Every model that some trial needs; targets first, so that an interrupted run has them early."""
        needed: dict[tuple[str, int], Training] = {}
        for defense in self.defenses:
            own = self.adversarys(defense)
            targets = dict.fromkeys(trial.target for trial in self.trials(defense))
            for plugin, models in ((defense, targets), (own, self.split.adversarys)):
                for model in models:
                    needed[plugin.name, model] = Training(self.suite, self.pool, self.split, model, plugin, self.seed)
        return needed

    @cached_property
    def by_key(self) -> dict[str, Training]:
        """The same models by their keys."""
        return {training.key: training for training in self.trainings.values()}

    def named(self, keys: Sequence[str]) -> list[Training]:
        """The models of these keys. Raises ValueError where another process made the plan otherwise."""
        if any(key not in self.by_key for key in keys):
            raise ValueError(
                f"--suite {self.suite.word}: expected the same models in every process, got others; do its data, its "
                "network or protocol, or a defense draw at random without a seed?"
            )
        return [self.by_key[key] for key in keys]

    def trials(self, defense: Plugin) -> tuple[Trial, ...]:
        """The trials in which the target carries the defense."""
        return self.split.trials[: self.fewer.get(defense.name)]

    def adversarys(self, defense: Plugin) -> Plugin:
        """What the adversary's own models are trained with when the target carries `defense`."""
        return defense if self.adversary == "adaptive" else self.none

    @cached_property
    def none(self) -> Plugin:
        """No defense, or the only one that there is."""
        return next((d for d in self.defenses if d.name == "none"), self.defenses[0])

    def roles(self, defense: Plugin, trial: Trial) -> tuple[Training, Training, list[Training]]:
        """Target, shadow and references of a trial."""
        own = self.adversarys(defense).name
        return *self.sides(defense, trial), [self.trainings[own, model] for model in trial.references]

    def shadows(self, defense: Plugin, trial: Trial) -> list[tuple[Training, np.ndarray]]:
        """The S shadow models of a trial, its own first, each with the positions on which it is attacked."""
        first, *rest = self.split.shadows(trial, self.suite.shadows)
        own = self.adversarys(defense).name
        further = [(self.trainings[own, model], order) for model, order in rest]
        return [(self.sides(defense, trial)[1], first[1]), *further]

    def sides(self, defense: Plugin, trial: Trial) -> tuple[Training, Training]:
        """Target and shadow model of a trial, which may be one and the same."""
        target = self.trainings[defense.name, trial.target]
        if trial.shadow == trial.target:
            return target, target
        return target, self.trainings[self.adversarys(defense).name, trial.shadow]

    @cached_property
    def attacked(self) -> frozenset[str]:
        """The keys of the models that are the target or the shadow model of some trial."""
        return frozenset(t.key for d in self.defenses for trial in self.trials(d) for t in self.sides(d, trial))

    def asks(self, training: Training) -> tuple[Asked, ...]:
        """What is asked of this model: of targets and shadow models all, and they alone have students."""
        attacked = training.key in self.attacked
        return tuple(a for a in self.asked if attacked or not (a.query in self.aside or query_set(a.query).students))

    def asking(self, queries: Sequence[str], population: bool, aside: Collection[str] = ()) -> Plan:
        """The same plan with these query sets beside the clean one, on the population too if wanted and there; those of
        `aside` are not for reference models.

        Students, who learn from the population, are not asked about it. Raises ValueError on an unknown query set.
        """
        groups = GROUPS if population and len(self.split.population) else GROUPS[:1]
        names = dict.fromkeys(map(canonical, ("clean", *queries)))
        asked = [Asked(query, group) for group in groups for query in names]
        kept = tuple(a for a in asked if a.group == GROUPS[0] or not query_set(a.query).students)
        return replace(self, asked=kept, aside=frozenset(map(canonical, aside)) - {CLEAN.query})


class Source(Protocol):
    """Plain values from which any process can make a plan."""

    def plan(self) -> Plan:
        """The plan."""


def make(suite: Suite, pool: Pool, none: Plugin, defenses: tuple[Plugin, ...], adversary: str, seed: int) -> Plan:
    """The plan of a run; `none` always leads, and defenses that lack what they need are left out.

    Raises ValueError when the pool is too small for the protocol.
    """
    try:
        split = suite.protocol.split(len(pool.y), suite.trials, suite.references, seed)
    except ValueError as error:
        raise ValueError(f"{error}{fitting(suite, len(pool.y), seed)}") from error
    except Exception as error:
        raise ValueError(f"protocol {suite.protocol.name}: {kind_of(error)}") from error
    if not isinstance(split, Split):
        raise ValueError(
            f"protocol {suite.protocol.name}: expected split to return a Split, got {type(split).__name__}"
        )
    if not ours(suite.protocol):
        try:
            examine(split, len(pool.y))
        except Exception as error:
            words = str(error) if isinstance(error, ValueError) else kind_of(error)
            raise ValueError(f"protocol {suite.protocol.name}: {words}") from error
    least = min(len(split.shadows(trial, suite.shadows)) for trial in split.trials) if suite.shadows > 1 else 1
    if least < suite.shadows:
        raise ValueError(
            f"--shadows: {split.protocol} with {suite.trials} trials has {counted(least, 'shadow model')} that "
            f"never saw a record of the target's, got {suite.shadows}; take at most {least}"
        )
    lacks = {d.name: lacking(suite, len(pool.y), split, seed, d) for d in defenses}
    rest = tuple(d for d in defenses if d.name != none.name and not lacks[d.name])
    left_out = {name: reason for name, reason in lacks.items() if reason}
    for name in (none.name, *(d.name for d in rest)):
        if suite.recipe_of(name).keep == "validation" and not len(split.validation):
            raise ValueError(
                f"--suite {suite.word}: the recipe of {name} keeps the epoch of best accuracy on validation records, "
                f"and {split.protocol} leaves none of {len(pool.y)} records; take fewer a model, or keep the last epoch"
            )
    return Plan(suite, split.mislabeled(pool), split, (none, *rest), adversary, seed, left_out=left_out)


def _described(value: Any) -> dict[str, Any]:
    """A frozen dataclass or a plain object as its type's version and its fields."""
    values = {f.name: getattr(value, f.name) for f in fields(value)} if hasattr(value, "__dataclass_fields__") else {}
    return {"type": _type_name(type(value)), "version": getattr(value, "version", 1), **values}


def _type_name(cls: type) -> str:
    """The type's name, with its module where it is none of ours, so that no two types share one."""
    ours = cls.__module__.startswith((f"{HOME}defenses.", f"{HOME}models."))
    return cls.__name__ if ours else f"{known_as(cls.__module__)}:{cls.__qualname__}"
