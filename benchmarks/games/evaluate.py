"""From contests and attacks to records and comparisons: what a run publishes."""

from __future__ import annotations

import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from benchmarks.games import outcomes
from benchmarks.games.circumstances import shared
from benchmarks.games.game import Contest, Game
from benchmarks.games.pacing import Pace
from benchmarks.games.playing import LeftOut, play_all
from benchmarks.naming.progress import progress
from benchmarks.naming.registry import Plugin, settings
from benchmarks.naming.wording import counted
from benchmarks.results import making
from benchmarks.results.record import AttackInfo, Record
from benchmarks.statistics import adopting
from benchmarks.statistics.metric import Metric
from benchmarks.statistics.played import Played
from benchmarks.training.store import Store, digest

READ, MEASURED = "an answer that is read", "what is measured"  # pieces of work beside the games that are played


@dataclass
class Evaluated:
    """Records with the games that they were made from, and who has none."""

    made: list[tuple[Record, list[Played]]] = field(default_factory=list)
    left: list[LeftOut] = field(default_factory=list)


def evaluate(
    contests: Iterable[Contest],
    attacks: Sequence[Plugin],
    store: Store | None = None,
    timeout: float | None = None,
    broken: Mapping[tuple[str, str], str] = MappingProxyType({}),
) -> Evaluated:
    """Every attack in every contest; what it answered before is read from the store. `timeout`, `broken`: as of
    `play_all`.
    """
    for line in adopting.broken():
        print(f"warning: {line}", file=sys.stderr)
    others = dict(adopting.outside())
    found = Evaluated()
    every = list(contests)
    games, known = sum(len(contest.games) for contest in every), _known(every, attacks, store)
    todo = _pieces(every, attacks, known)
    pace, verb = Pace(todo, (READ, MEASURED)), "playing" if {*todo} - {READ, MEASURED} else "measuring"
    what = f"{verb} {counted(len(attacks), 'attack')} in {counted(games, 'game')}"
    with progress(len(todo), what, left=pace.left) as advance:

        def said(piece: str) -> None:
            pace.done(piece)
            advance(1)

        def answered(game: Game, attack: Plugin) -> None:
            said(_piece(game, attack, known))

        for contest in every:
            played, left = play_all(contest, attacks, store, timeout, broken, answered)
            found.left += left
            for attack in (a for a in attacks if a.name in played):
                facts = shared([game.facts for game in played[attack.name]])
                record = _record(contest, info(attack, facts), played[attack.name], others)
                found.made.append((record, played[attack.name]))
                said(MEASURED)
    return found


Known = frozenset[tuple[str, str]]  # what the store can tell, by the key of the game and the attack's name


def _known(contests: Sequence[Contest], attacks: Sequence[Plugin], store: Store | None) -> Known:
    """The games of which the store has an attack's answer."""
    if store is None:
        return frozenset()
    every = ((game, attack) for contest in contests for game in contest.games for attack in attacks)
    return frozenset((g.key, a.name) for g, a in every if digest(outcomes.spec_of(g, a)) in store.outcomes)


def _piece(game: Game, attack: Plugin, known: Known) -> str:
    return READ if (game.key, attack.name) in known else attack.name


def _pieces(contests: Sequence[Contest], attacks: Sequence[Plugin], known: Known) -> list[str]:
    """The name of every attack that can play, for each of its games, and what is measured of each."""
    made = []
    for contest in contests:
        able = [a for a in attacks if not any(game.lacks(a.value) for game in contest.games)]
        made += [_piece(game, attack, known) for game in contest.games for attack in able] + [MEASURED] * len(able)
    return made


def _record(contest: Contest, attack: AttackInfo, played: list[Played], others: dict[str, Metric]) -> Record:
    """The record, without those metrics of other packages that break: they leave `others`, and a line says so."""
    while True:
        try:
            return making.make(contest.about, attack, played, contest.run, others)
        except making.MetricError as error:
            if others.pop(error.key, None) is None:
                raise
            print(f"warning: {error}; it is left out from here on", file=sys.stderr)


def info(attack: Plugin, facts: dict[str, Any] | None = None) -> AttackInfo:
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
        facts=facts or {},
    )
