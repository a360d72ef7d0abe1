"""Thresholds class by class (Song and Mittal 2021)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from attacks.base import Attack, Declared, declared
from attacks.evidence import Evidence, Rehearsal
from attacks.facts import Fact
from attacks.learning import LEAST
from attacks.mentr import ModifiedEntropy
from attacks.ready import Ready, prepare
from attacks.thresholds import inclusion


@dataclass(frozen=True)
class ClassThresholds(Attack):
    """Any attack's scores, with thresholds that are chosen for each class on its own."""

    reference = "Song and Mittal 2021, section 3"
    stage: Attack = field(default=ModifiedEntropy())

    def __post_init__(self) -> None:
        try:
            declared(self.stage)
        except ValueError as error:
            raise ValueError(f"stage: {error}") from None

    @cached_property
    def _says(self) -> Declared:
        return declared(self.stage)

    @property
    def access(self) -> str:
        """The stage's."""
        return self._says.access

    @property
    def needs(self) -> str:
        """The stage's."""
        return self._says.needs

    @property
    def queries(self) -> tuple[str, ...]:
        """The stage's."""
        return self._says.queries

    @property
    def uses(self) -> tuple[str, ...]:
        """The stage's."""
        return self._says.uses

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> ByClass:
        """Prepare the stage. Raises ValueError where it decides by a rule of its own."""
        stage = prepare(self.stage, rehearsal, rng)
        if stage.has_rule:
            name = type(self.stage).__name__
            raise ValueError(f"stage: expected an attack that decides by a threshold, got {name}, which has a rule")
        return ByClass(stage, rehearsal)


class ByClass:
    """A stage after its rehearsal, whose thresholds are chosen by class."""

    def __init__(self, stage: Ready, rehearsal: Rehearsal) -> None:
        self._stage, self._rehearsal = stage, rehearsal
        labels = rehearsal.evidence.labels
        found = [np.unique(labels[kind], return_counts=True) for kind in (rehearsal.member, ~rehearsal.member)]
        self._own = set.intersection(*(set(names[counts >= LEAST].tolist()) for names, counts in found))

    @property
    def facts(self) -> dict[str, Fact]:
        """How many classes have thresholds of their own, and what the stage says of itself."""
        return {"classes with own thresholds": len(self._own), **self._stage.own_facts}

    def score(self, evidence: Evidence) -> np.ndarray:
        """(n,) the stage's scores."""
        return self._stage.score(evidence)

    def decide(self, evidence: Evidence, alphas: np.ndarray) -> np.ndarray:
        """(A, n) bool: scores at or above the thresholds that Algorithm 2 of HP-MIA chooses on the rehearsal's records
        of the class. A class with fewer than 20 members or 20 others there has those of all records.
        """
        practice, member = self._stage.score(self._rehearsal.evidence), self._rehearsal.member
        scores, labels = self._stage.score(evidence), evidence.labels
        thresholds = np.repeat(inclusion(practice, member, alphas)[:, None], len(labels), axis=1)
        for label in self._own.intersection(labels.tolist()):
            own = self._rehearsal.evidence.labels == label
            thresholds[:, labels == label] = inclusion(practice[own], member[own], alphas)[:, None]
        return scores >= thresholds
