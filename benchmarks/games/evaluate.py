"""From contests and attacks to records and comparisons: what a run publishes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from benchmarks.games.game import Contest
from benchmarks.games.playing import LeftOut, play_all
from benchmarks.naming.registry import Plugin, settings
from benchmarks.results import making
from benchmarks.results.record import AttackInfo, Record
from benchmarks.statistics import metrics
from benchmarks.statistics.played import Played
from benchmarks.training.store import Store


@dataclass
class Evaluated:
    """Records with the games that they were made from, and who has none."""

    made: list[tuple[Record, list[Played]]] = field(default_factory=list)
    left: list[LeftOut] = field(default_factory=list)


def evaluate(contests: Iterable[Contest], attacks: Sequence[Plugin], store: Store | None = None) -> Evaluated:
    """Every attack in every contest; what it answered before is read from the store."""
    for line in metrics.broken():
        print(f"warning: {line}", file=sys.stderr)
    found = Evaluated()
    for contest in contests:
        played, left = play_all(contest, attacks, store)
        found.left += left
        for attack in (a for a in attacks if a.name in played):
            record = making.make(contest.about, info(attack), played[attack.name], contest.run)
            found.made.append((record, played[attack.name]))
    return found


def info(attack: Plugin) -> AttackInfo:
    """An attack as a record names it."""
    value = attack.value
    return AttackInfo(
        name=attack.name,
        settings=settings(value),
        version=value.version,
        reference=value.reference,
        access=value.access,
        needs=value.needs,
        queries=tuple(value.queries),
        uses=tuple(sorted(value.uses)),
    )
