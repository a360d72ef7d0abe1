"""HAMP's evaluation: one target, whose adversary knows half of its members (Chen and Pattabiraman, NDSS 2024)."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np

from datasets.protocols import GIVES, REFERENCE, counts, given, whole
from datasets.split import Rows, Split, Trial


@dataclass(frozen=True)
class HampSplit:
    """The blocks of a permutation, in order: members (`part`), `reference` records of the defender's, `validation`,
    `test`, as many non-members as members, and the rest. Under attack are members and non-members.

    The target of trial 0 trains on the members, each further one on a half of members and non-members of its own. A
    random half of a target's members and of its non-members is known to the adversary, who so rehearses on the target
    itself (`Trial.shadow` is the target) and is judged on the other half. References train on halves of all records
    under attack; models 2i and 2i + 1 of them are twins, as in half-split, so that each record is in half of them and
    all have `part` records. (HAMP sorts noise record by record, so that its models differ in size a little, and its
    LiRA is judged on known records, too.) No target is a row of that design, which thus says nothing of it.

    The population is the test block. Spare records are the reference block and the rest, `part` at most.

    With `published`, as in HAMP's scripts: the non-members are what follows the members, so that among them are the
    records that chose the target's epoch, and the defender's spare records are a model's own non-members, which a
    defense has then levelled; reference models choose on records of the rest, the population is what is left over, and
    there is one target.
    """

    name: ClassVar[str] = "hamp"
    gives: ClassVar[frozenset[str]] = frozenset(GIVES) - {"proxies"}
    part: int
    validation: int
    test: int
    reference: int = 0
    published: bool = False

    def __post_init__(self) -> None:
        for field, least in (("part", 2), ("validation", 1), ("test", 1), ("reference", 0)):
            whole(f"hamp: {field}", getattr(self, field), least)
        if not isinstance(self.published, bool):
            raise ValueError(f"hamp: published: expected true or false, got {self.published!r}")

    def resized(self, part: int) -> HampSplit:
        """The protocol with models that train on `part` records, and its other blocks in proportion."""
        validation, test = (max(1, round(n * part / self.part)) for n in (self.validation, self.test))
        return replace(
            self, part=part, validation=validation, test=test, reference=round(self.reference * part / self.part)
        )

    def split(self, records: int, trials: int, references: int, seed: int) -> Split:
        """The split of a pool of so many records.

        Raises ValueError when they are too few, on fewer than two reference models, and on more than one target of the
        published form.
        """
        counts(self.name, records, trials, references, seed)
        if references < 2:
            raise ValueError(f"hamp needs at least 2 reference models, got {references}")
        if self.published and trials > 1:
            raise ValueError(f"hamp: published: expected 1 trial, since it has one target, got {trials}")
        ends = np.cumsum([self.part, self.reference, self.validation, self.test, self.part])
        needed = int(ends[-1]) + (self.validation if self.published else 0)
        if needed > records:
            raise ValueError(
                f"hamp with {self.part} training records a model needs {needed} records, and the data set has {records}"
            )
        order = np.random.default_rng([seed, 6]).permutation(records)
        members, reference, validation, test, others, rest = np.split(order, ends)
        if self.published:
            others = order[self.part : 2 * self.part]
        audited = np.sort(np.concatenate([members, others]))
        numbers = tuple(range(REFERENCE, REFERENCE + references))

        def trained(model: int) -> np.ndarray:
            if model == 0:
                return np.sort(members)
            if model < REFERENCE:
                return np.sort(np.random.default_rng([seed, 7, model]).permutation(audited)[: self.part])
            pair, twin = divmod(model - REFERENCE, 2)
            halves = np.random.default_rng([seed, 8, pair]).permutation(audited).reshape(2, self.part)
            return np.sort(halves[twin])

        def trial(number: int) -> Trial:
            def half(side: int) -> np.ndarray:
                rng = np.random.default_rng([seed, 9, number])
                member = np.isin(audited, trained(number), assume_unique=True)
                kinds = [rng.permutation(np.flatnonzero(of)) for of in (member, ~member)]
                known = [np.split(places, [len(places) // 2])[1 - side] for places in kinds]
                return rng.permutation(np.concatenate(known))

            return Trial(number, number, numbers, half)

        models = [*range(trials), *numbers]
        made = Split(
            self.name,
            self.part,
            audited,
            Rows(models, trained),
            tuple(map(trial, range(trials))),
            population=np.sort(test),
            validation=np.sort(validation),
            spare=np.sort(np.concatenate([reference, rest])[: self.part]),
        )
        if self.published:
            free = np.concatenate([order[2 * self.part : ends[-1]], rest[self.validation :]])
            free = free[~np.isin(free, np.concatenate([validation, test]))]
            chosen = np.sort(rest[: self.validation])
            made = replace(
                made,
                population=np.sort(free[: self.part]),
                spare=np.sort(others),
                validations=Rows(numbers, lambda model: chosen),
                spares=Rows(models, lambda model: np.setdiff1d(audited, trained(model), assume_unique=True)),
            )
        return given(self, made)
