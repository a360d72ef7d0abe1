"""What attacks say in the games of stored models; each answer is kept in the store."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.games import from_store, playing
from benchmarks.games.game import Game
from benchmarks.naming.registry import Plugin
from benchmarks.statistics.played import Played
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store


def games_of(plan: Plan, store: Store, defense: Plugin, most: int | None = None) -> list[Game]:
    """The games of the trials whose models are stored, with the first `most` of their references, all unless given."""
    trials = from_store.complete_trials(plan, store, defense)
    return [from_store.game(plan, store, defense, trial, most) for trial in trials]


def played(games: Sequence[Game], attacks: Sequence[Plugin], store: Store) -> dict[str, list[Played]]:
    """What each attack says in each game, by its name; the attacks of one game share its signals.

    Raises ValueError where an attack cannot play or breaks.
    """
    said: dict[str, list[Played]] = {attack.name: [] for attack in attacks}
    for game in games:
        shared = {queries: game.sides(queries) for queries in {attack.value.queries for attack in attacks}}
        for attack in attacks:
            if reason := game.lacks(attack.value):
                raise ValueError(f"attack {attack.name}: {reason}")
            of = playing.play(game, attack, store, shared[attack.value.queries])
            said[attack.name].append(Played(game.member, of.scores, of.verdicts, of.rehearsed_precision, of.seconds))
    return said
