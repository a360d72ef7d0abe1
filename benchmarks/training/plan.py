"""From names to specifications: which models a run needs, and what determines each. Pure."""

from __future__ import annotations

import hashlib
from dataclasses import asdict, dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np

from benchmarks.naming.plugins import Plugin
from benchmarks.training.store import digest
from benchmarks.training.suites import Suite
from datasets import Pool, Split, Trial, half_split, six_split
from models import FIT_VERSION

ADVERSARIES = ("adaptive", "unaware")


@dataclass(frozen=True, eq=False)
class Training:
    """Everything that determines one trained model's outputs."""

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
        """The plain values whose digest is the store's key; no device, cohort or path among them."""
        return {
            "dataset": self.suite.dataset,
            "dataset_digest": self.pool.digest,
            "network": _described(self.suite.network),
            "recipe": asdict(self.suite.recipe),
            "defense": {"name": self.defense.name.partition("(")[0], **_described(self.defense.value)},
            "trained_on": _rows_digest(self.split.training[self.model]),
            "audited": _rows_digest(self.split.audited),
            "queries": ["clean"],
            "seed": self.model_seed,
            "fit_version": FIT_VERSION,
        }

    @cached_property
    def key(self) -> str:
        """The store's key."""
        return digest(self.spec)


@dataclass(frozen=True, eq=False)
class Plan:
    """One suite against several defenses: the models to train, by (defense, model number)."""

    suite: Suite
    pool: Pool
    split: Split
    defenses: tuple[Plugin, ...]
    adversary: str
    seed: int

    @cached_property
    def trainings(self) -> dict[tuple[str, int], Training]:
        """Every model that some trial needs; targets first, so that an interrupted run has them early."""
        needed: dict[tuple[str, int], Training] = {}
        for defense in self.defenses:
            for trial in self.split.trials:
                for plugin, model in self._roles(defense, trial):
                    needed[plugin.name, model] = Training(self.suite, self.pool, self.split, model, plugin, self.seed)
        return needed

    def _roles(self, defense: Plugin, trial: Trial) -> list[tuple[Plugin, int]]:
        own = self.adversarys(defense)
        return [(defense, trial.target), *((own, model) for model in (trial.shadow, *trial.references))]

    def adversarys(self, defense: Plugin) -> Plugin:
        """What the adversary's own models are trained with when the target carries `defense`."""
        return defense if self.adversary == "adaptive" else self.defenses[0]

    def keys(self, defense: Plugin, trial: Trial) -> tuple[str, str, tuple[str, ...]]:
        """The store's keys of target, shadow and references."""
        target, shadow, *references = (self.trainings[p.name, m].key for p, m in self._roles(defense, trial))
        return target, shadow, tuple(references)

    def models(self, defense: Plugin, trial: Trial) -> list[str]:
        """The store's keys of all models of a trial."""
        target, shadow, references = self.keys(defense, trial)
        return [target, shadow, *references]


def make(suite: Suite, pool: Pool, none: Plugin, defenses: tuple[Plugin, ...], adversary: str, seed: int) -> Plan:
    """The plan of a run; `none` always leads. Raises ValueError when the pool is too small for the protocol."""
    n = len(pool.y)
    if suite.protocol == "half-split":
        split = half_split(n, suite.references + 2, suite.trials, seed)
    else:
        split = six_split(n, suite.part, suite.trials, suite.references, seed, suite.target_out)
    rest = tuple(d for d in defenses if d.name != none.name)
    return Plan(suite, pool, split, (none, *rest), adversary, seed)


def _described(value: Any) -> dict[str, Any]:
    """A frozen dataclass or a plain object as its type's version and its fields."""
    values = {f.name: getattr(value, f.name) for f in fields(value)} if hasattr(value, "__dataclass_fields__") else {}
    return {"type": type(value).__name__, "version": getattr(value, "version", 1), **values}


def _rows_digest(rows: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows, dtype=np.int64).tobytes()).hexdigest()[:32]
