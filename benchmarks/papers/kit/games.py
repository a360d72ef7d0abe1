"""What attacks say in the games of stored models; each answer is kept in the store."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from benchmarks.games import from_store, playing
from benchmarks.games.game import Game, Sides
from benchmarks.naming.registry import ATTACKS, Plugin, builtin
from benchmarks.statistics.played import Played
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store
from datasets import Trial


def trials_of(plan: Plan, store: Store, defense: Plugin) -> list[Trial]:
    """The trials whose target and shadow model are stored, each with those of its references that are stored, too."""
    return from_store.standing(plan, store, defense)[0]


def games_of(plan: Plan, store: Store, defense: Plugin, most: int | None = None) -> list[Game]:
    """The games of `trials_of`, each with the first `most` of its references, all unless given."""
    return [from_store.game(plan, store, defense, trial, most) for trial in trials_of(plan, store, defense)]


def references_of(plan: Plan, store: Store, defense: Plugin, most: int) -> int:
    """With how many references, at most `most`, every one of these games can be played."""
    return min([most, *(len(trial.references) for trial in trials_of(plan, store, defense))])


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
            said[attack.name].append(playing.as_played(game, attack, replace(of, resampled=of.resampled[:0])))
    return said


def tried(games: Sequence[Game], names: Sequence[str], store: Store) -> tuple[dict[str, list[Played]], dict[str, str]]:
    """What each built-in attack that can play says in each game, by its name; and why the others cannot, or broke."""
    said: dict[str, list[Played]] = {}
    refused: dict[str, str] = {}
    shared: list[dict[tuple[str, ...], Sides]] = [{} for _ in games]
    for plugin in (builtin(ATTACKS, name) for name in names):
        queries = plugin.value.queries
        reason = next((lack for game in games if (lack := game.lacks(plugin.value))), "")
        try:
            if not reason:
                for game, sides in zip(games, shared, strict=True):
                    sides[queries] = sides.get(queries) or game.sides(queries)
                answers = [playing.play(g, plugin, store, s[queries]) for g, s in zip(games, shared, strict=True)]
                said[plugin.name] = [playing.as_played(g, plugin, a) for g, a in zip(games, answers, strict=True)]
        except ValueError as error:
            reason = str(error)
        if reason:
            refused[plugin.name] = reason
    return said, refused
