"""A game: one target under attack. It knows nothing of how its models came about.

Training makes games (`from_store`), somebody's own outputs make games (`from_arrays`), attacks play them (`playing`).
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from attacks import Evidence, Rehearsal
from benchmarks.naming.nearest import nearest
from benchmarks.naming.registry import QUERIES, find
from benchmarks.results.record import About, RunInfo

Sides = tuple[Evidence, Rehearsal]
WORDS = {
    "reference": "reference models that never saw the record",
    "shadow": "models that saw the record",
    "population": "population records that the target never saw",
    "proxies": "population records that reference models trained on",
    "inputs": "the raw records",
    "ask": "a target that is kept and can be asked",
}
OFFERS = tuple(WORDS)


@dataclass(frozen=True, eq=False)
class Game:
    """One target under attack on n records.

    `key`: a digest of all that an attack can be handed, and of both memberships. `member` (n,) bool: the truth, which
    no attack is handed. `offers`: a choice of OFFERS. `queries`: the query sets that its outputs hold. `sides(queries)`
    makes what the adversary has, with the outputs for these query sets side by side on the axis Q. `canary` (n,) whole
    numbers: which canary a record is, the same in all games, -1: none; no attack is handed it. None: no canaries.
    `taught`: the query sets that students answer, who learnt from the population and are not asked about it.
    `versions`: of query sets, where the key does not tell them; 1 of all others. `crossed`: whether another game
    rehearses on these records and this one on that one's, so that an attack which learns errs alike in both.
    `records` (n,): the same whole number for the same record in all games of a contest, None where that is not known.
    """

    key: str
    member: np.ndarray
    offers: frozenset[str]
    queries: tuple[str, ...]
    sides: Callable[[tuple[str, ...]], Sides]
    canary: np.ndarray | None = None
    taught: Collection[str] = ()
    versions: Mapping[str, int] = field(default_factory=dict)
    crossed: bool = False
    records: np.ndarray | None = None

    def lacks(self, attack: Any) -> str:
        """What an attack needs and this game does not have, as the rest of a sentence; empty where nothing is."""
        unknown = [q for q in attack.queries if q not in self.queries and _canonical(q) not in self.queries]
        if unknown:
            return f"needs the queries {unknown[0]}; {nearest(unknown[0], self.queries)}"
        return lacking(attack, self.offers)

    def version(self, query: str) -> int:
        """The version of a query set, however it is spelled; 1 where the key tells its outputs."""
        return self.versions.get(_canonical(query), 1)

    def students(self, attack: Any) -> tuple[str, ...]:
        """Those of an attack's query sets that students answer, not the target."""
        return tuple(query for query in attack.queries if _canonical(query) in self.taught)

    def uncalibrated(self, attack: Any) -> str:
        """Why an attack's scores of audited records have no rank among those of known non-members, as the rest of a
        sentence; empty where they have one.

        Population records must be handled as audited non-members are (`attacks.joining`).
        """
        if "population" not in self.offers:
            return f"needs {WORDS['population']}"
        if attack.needs == "shadow":
            return "needs models that saw the record, and they saw other shares of population records"
        taken = [use for use in attack.uses if use in ("population", "proxies")]
        if taken:
            return "uses the population itself"
        if self.students(attack):
            return "asks students, who learnt from the population"
        return "asks the target, which it would do for the population once more" if "ask" in attack.uses else ""


def _canonical(query: str) -> str:
    """The query set as the store spells it; as it is where there is none of that name."""
    try:
        return find(QUERIES, query).name
    except ValueError:
        return query


def lacking(attack: Any, offers: Collection[str]) -> str:
    """What an attack needs beyond `offers`, as the rest of a sentence; empty where nothing is."""
    wanted = [attack.needs, *attack.uses]
    return next((f"needs {WORDS[w]}" for w in wanted if w != "target" and w not in offers), "")


@dataclass(frozen=True, eq=False)
class Contest:
    """The games of one (suite, defense, adversary): K of them, what they are about and how they came about."""

    about: About
    games: tuple[Game, ...]
    run: RunInfo
