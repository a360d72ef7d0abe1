"""Who trains on what, as index arrays that are drawn when they are asked for."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property, lru_cache

import numpy as np

from datasets.pool import Pool

NOBODY = np.empty(0, np.int64)
KEPT = 64  # models whose rows are kept


class Rows(Mapping[int, np.ndarray]):
    """The sorted rows of the pool that each model trains on, by the model's number; those of the last KEPT that were
    looked up are kept, others are drawn anew.
    """

    def __init__(self, models: Iterable[int], draw: Callable[[int], np.ndarray]):
        self._models, self._drawn = dict.fromkeys(models), lru_cache(KEPT)(draw)

    def __getitem__(self, model: int) -> np.ndarray:
        if model not in self._models:
            raise KeyError(model)
        rows = self._drawn(model)
        rows.flags.writeable = False
        return rows

    def __iter__(self) -> Iterator[int]:
        return iter(self._models)

    def __len__(self) -> int:
        return len(self._models)


@dataclass(frozen=True, eq=False)
class Trial:
    """One target under attack. Models are numbers in `Split.training`; records are positions in `Split.audited`.

    The shadow model is the target itself where the adversary knows some of the target's own members.

    `offered` holds the models that serve as references, in one tuple for all trials; the trial's own target and shadow
    model, those that are `unused` in it, and those that were `lost`, are left out of it. order(0) -> (n,) what the
    target is attacked on, order(1) -> (n,) what the shadow model is; both in a random order, so that a record's place
    says nothing of its membership.
    """

    target: int
    shadow: int
    offered: tuple[int, ...]
    order: Callable[[int], np.ndarray]
    unused: tuple[int, ...] = ()
    lost: tuple[int, ...] = ()

    @property
    def references(self) -> tuple[int, ...]:
        """The R reference models."""
        return tuple(filter(self.refers, self.offered))

    def refers(self, model: int) -> bool:
        """Whether an offered model is a reference in this trial."""
        return model not in (self.target, self.shadow, *self.unused, *self.lost)

    @cached_property
    def audited(self) -> np.ndarray:
        """(n,) positions of the records on which the target is attacked."""
        return self.order(0)

    @cached_property
    def rehearsed(self) -> np.ndarray:
        """(n,) positions of the records on which the shadow model is attacked."""
        return self.order(1)

    @cached_property
    def known(self) -> np.ndarray:
        """Positions of the records on which it is known whether the target trained: the audited ones, and those that
        are rehearsed on, too, where the shadow model is the target.
        """
        return np.concatenate([self.audited, self.rehearsed]) if self.shadow == self.target else self.audited


@dataclass(frozen=True, eq=False)
class Split:
    """What a protocol makes of a pool.

    protocol: its name. part: records that a model trains on. audited: (A,) rows of the pool. training: a model's rows,
    by its number. trials: K of them. population: rows that the adversary owns and that no target or shadow model
    trained on; validation, spare: rows of the defender's that no model trained on and nobody is attacked on; each is
    empty where the protocol does not give it. validations, spares: the rows of those models whose defender has others,
    by the model's number. gives: what is there of reference, shadow, population, validation, spare. canaries: (c,)
    sorted rows that are audited under a wrong label, and trained on under it; wrong: (c,) numbers from 0 to below 1,
    which of the other labels that is.
    """

    protocol: str
    part: int
    audited: np.ndarray
    training: Mapping[int, np.ndarray]
    trials: tuple[Trial, ...]
    gives: frozenset[str] = frozenset({"reference"})
    population: np.ndarray = field(default_factory=NOBODY.copy)
    validation: np.ndarray = field(default_factory=NOBODY.copy)
    spare: np.ndarray = field(default_factory=NOBODY.copy)
    validations: Mapping[int, np.ndarray] = field(default_factory=dict)
    spares: Mapping[int, np.ndarray] = field(default_factory=dict)
    canaries: np.ndarray = field(default_factory=NOBODY.copy)
    wrong: np.ndarray = field(default_factory=lambda: np.empty(0))

    def mislabeled(self, pool: Pool) -> Pool:
        """The pool as everybody has it: the canaries bear their wrong labels. Raises ValueError on a single class."""
        if not len(self.canaries):
            return pool
        if pool.classes < 2:
            raise ValueError(f"{self.protocol}: expected at least 2 classes, so that a label can be wrong, got 1")
        y = pool.y.copy()
        y[self.canaries] += 1 + (self.wrong * (pool.classes - 1)).astype(np.int64)
        y[self.canaries] %= pool.classes
        return replace(pool, y=y, source=f"{pool.source}; {len(self.canaries)} records mislabeled here")

    def canary(self, rows: np.ndarray) -> np.ndarray:
        """(n,) which canary each of these rows of the pool (n,) is, from 0; -1: none."""
        if not len(self.canaries):
            return np.full(len(rows), -1)
        place = np.searchsorted(self.canaries, rows).clip(max=len(self.canaries) - 1)
        return np.where(self.canaries[place] == rows, place, -1)

    def validation_of(self, model: int) -> np.ndarray:
        """The validation rows of the model's defender."""
        return self.validations.get(model, self.validation)

    def spare_of(self, model: int) -> np.ndarray:
        """The spare rows of the model's defender."""
        return self.spares.get(model, self.spare)

    @cached_property
    def _inside(self) -> dict[int, np.ndarray]:
        """Which rows of the pool, up to its greatest, a model trained on, as far as that was asked."""
        return {}

    def trained_digest(self, model: int) -> str:
        """The digest of the rows that the model trains on."""
        return _digest(self.training[model])

    @cached_property
    def audited_digest(self) -> str:
        """The digest of the audited rows."""
        return _digest(self.audited)

    @cached_property
    def population_digest(self) -> str:
        """The digest of the population's rows."""
        return _digest(self.population)

    def trained_on(self, model: int, rows: np.ndarray) -> np.ndarray:
        """(n,) bool: on which of these rows of the pool (n,) the model trained."""
        inside = self._inside.get(model)
        if inside is None:
            own = self.training[model]
            inside = self._inside[model] = np.zeros(own.max(initial=-1) + 1, bool)
            inside[own] = True
        found: np.ndarray = np.zeros(np.shape(rows), bool)
        few = np.asarray(rows) < len(inside)
        found[few] = inside[rows[few]]
        return found

    def member(self, model: int) -> np.ndarray:
        """(A,) bool: which audited records the model trained on."""
        return self.trained_on(model, self.audited)

    def shadows(self, trial: Trial, most: int) -> list[tuple[int, np.ndarray]]:
        """At most so many shadow models of a trial, each with the positions of the records on which it is attacked.

        The first is the trial's own. The others are targets and shadow models of other trials, in their order, that
        are attacked on none of the target's records and are none of its references: what they were trained on is the
        adversary's own data. Another model of the target's own records would tell how these very records behave.
        """
        found = {trial.shadow: trial.rehearsed}
        for other in self.trials:
            for model, side in ((other.shadow, 1), (other.target, 0)):
                if len(found) < most and model not in (*found, *trial.offered):
                    rows = other.order(side)
                    if not np.isin(rows, trial.known).any():
                        found[model] = rows
        return list(found.items())

    @cached_property
    def adversarys(self) -> tuple[int, ...]:
        """The shadow and reference models of all trials, each once; no target that is its own shadow model."""
        found = dict.fromkeys(trial.shadow for trial in self.trials if trial.shadow != trial.target)
        by_offer: dict[int, list[Trial]] = {}
        for trial in self.trials:
            by_offer.setdefault(id(trial.offered), []).append(trial)
        for trials in by_offer.values():
            for model in trials[0].offered:
                if any(trial.refers(model) for trial in trials):
                    found[model] = None
        return tuple(found)


def _digest(rows: np.ndarray) -> str:
    return hashlib.sha256(np.ascontiguousarray(rows, dtype=np.int64).tobytes()).hexdigest()[:32]


def duplicates(pool: Pool, split: Split) -> int:
    """Records whose exact bytes a target trained on while they themselves count as non-members; each once."""
    kind = kinds(pool.x[split.audited])
    found = np.zeros(len(kind), bool)
    for trial in split.trials:
        rows = trial.known
        found[rows] |= _twice(kind[rows], split.member(trial.target)[rows])
    return int(found.sum())


def repeated(x: np.ndarray, members: np.ndarray) -> np.ndarray:
    """(n,) bool: which records x (n, ...) are non-members of a model that trained on the very same bytes, by `members`
    (M, n) bool of M models.
    """
    kind = kinds(x)
    return np.any([np.zeros(len(x), bool), *(_twice(kind, member) for member in members)], axis=0)


def kinds(x: np.ndarray) -> np.ndarray:
    """(n,) a number from 0 for each record x (n, ...), the same for the same bytes."""
    if not x.size:
        return np.zeros(len(x), np.int64)
    rows = np.ascontiguousarray(x).reshape(len(x), -1)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))[:, 0]
    return np.unique(keys, return_inverse=True)[1]


def _twice(kind: np.ndarray, member: np.ndarray) -> np.ndarray:
    return ~member & np.isin(kind, kind[member])
