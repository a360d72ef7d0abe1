"""Attacks play games: each is handed just what it declared, is fitted once a game, and answers once a side."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from attacks import Evidence, Ready, Rehearsal, WrongAnswer, joined, plain, prepare
from benchmarks.games import outcomes
from benchmarks.games.game import Contest, Game, Sides
from benchmarks.games.outcomes import Outcome
from benchmarks.games.threads import one_thread
from benchmarks.naming.calling import answering
from benchmarks.naming.registry import Plugin
from benchmarks.statistics.conformal import Conformal, p_values
from benchmarks.statistics.played import ALPHAS, RESAMPLED, SWEEP, Played
from benchmarks.statistics.worst_case import Canaries
from benchmarks.training.executors.limits import within
from benchmarks.training.store import Store, digest
from models.process import undisturbed

CROSSED = 2.0  # the design effect of two games that rehearse on each other's records
OURS = ("attacks", "mia_arena")  # packages of attacks whose score makes no use of the rehearsal


@dataclass(frozen=True)
class LeftOut:
    """An attack that has no results against a defense, and why."""

    attack: str
    defense: str
    reason: str
    failed: bool  # whether it broke, rather than not being able to play


def play(
    game: Game,
    attack: Plugin,
    store: Store | None = None,
    sides: Sides | None = None,
    timeout: float | None = None,
) -> Outcome:
    """What the attack says in the game; from the store where it said so before.

    `sides`: the game's own for these query sets, where they were made already. Raises ValueError, in one sentence with
    the place in the attack's code, where it raises, breaks its contract, or takes more than `timeout` seconds.
    """
    spec = outcomes.spec_of(game, attack)
    known = outcomes.read(store, digest(spec), len(game.member)) if store else None
    if known is not None:
        return known
    outcome = _answer(attack, *(sides or game.sides(attack.value.queries)), game, timeout)
    if store:
        outcomes.write(store, spec, outcome)
    return outcome


def _answer(
    attack: Plugin, evidence: Evidence, rehearsal: Rehearsal, game: Game, timeout: float | None = None
) -> Outcome:
    number = int(digest([game.key, attack.name]), 16)
    rng = np.random.default_rng(number)
    begun = time.perf_counter()
    try:  # attacks' matrices are small
        with (
            one_thread("blas", "openmp"),
            answering("attack", attack),
            within(timeout),
            undisturbed(number % 2**63),
        ):
            ready = prepare(attack.value, rehearsal, rng)
            scores = ready.score(evidence)
            verdicts, rehearsed = (ready.decide(side, SWEEP) for side in (evidence, rehearsal.evidence))
            resampled = ready.resampled(np.array(ALPHAS), RESAMPLED)
            seconds = time.perf_counter() - begun
            facts = ready.facts(evidence, game.students(attack.value))
            conformal = None if game.uncalibrated(attack.value) else ranked(ready, evidence, game.key)
    except ValueError as error:
        if isinstance(error.__cause__, WrongAnswer):
            raise ValueError(f"attack {attack.name}: {error.__cause__}") from error
        raise
    return Outcome(scores, verdicts, precision_of(rehearsed, rehearsal.member), resampled, seconds, facts, conformal)


def ranked(ready: Ready, evidence: Evidence, seed: str) -> Conformal | None:
    """p-values (n,) of the audited records: ranks of their scores among those of the population, worked out for both at
    once (`attacks.joining`), so that only scores of one call are compared. A record without OUT models left has 1.

    None where no population record is left. An attack that was fitted on a rehearsal on the very same records, as in
    half-split, knows these as it does not know the population; then exchangeability is an approximation.
    """
    both = joined(evidence, np.random.default_rng(int(digest([seed, "population"]), 16)))
    others = both.others[both.others >= 0]
    if not len(others):
        return None
    scores, known, p = ready.score(both.evidence), both.audited >= 0, np.ones(len(both.audited))
    p[known] = p_values(scores[both.audited[known]], scores[others])
    return Conformal(p, len(others))


def precision_of(verdicts: np.ndarray, member: np.ndarray) -> np.ndarray:
    """(A,) share of members among those that `verdicts` (A, n) claim; NaN where they claim nobody."""
    claims = verdicts.sum(1)
    return np.where(claims > 0, verdicts[:, member].sum(1) / np.maximum(claims, 1), np.nan)


def difficulty(evidence: Evidence) -> np.ndarray | None:
    """(n,) mean loss -log p_y of the clean query over the reference models that never saw a record (HP-MIA, section 5).

    None without reference models, NaN for a record that all of them saw.
    """
    if not len(evidence.trained_on):
        return None
    losses, unseen = -evidence.signal("log_p").references[:, :, 0], ~evidence.trained_on
    count = unseen.sum(0)
    return np.where(count, (losses * unseen).sum(0) / np.maximum(count, 1), np.nan)


def play_all(
    contest: Contest,
    attacks: Sequence[Plugin],
    store: Store | None = None,
    timeout: float | None = None,
    broken: Mapping[tuple[str, str], str] = MappingProxyType({}),
    said: Callable[[Game, Plugin], None] = lambda _game, _attack: None,
) -> tuple[dict[str, list[Played]], list[LeftOut]]:
    """Every attack in every game of a contest, by name, and those that are left out: one that breaks stops no other.

    `broken`: why an attack broke before, by the key of the game and the attack's name; it is not tried again. `said`
    is called with the game and the attack after each.
    """
    defense = contest.about.defense.name
    able, left = [], []
    for attack in attacks:
        reason = next((r for game in contest.games if (r := game.lacks(attack.value))), "")
        if reason:
            left.append(LeftOut(attack.name, defense, reason, False))
        else:
            able.append(attack)
    played: dict[str, list[Played]] = {a.name: [] for a in able}
    for game in contest.games:
        shared: dict[tuple[str, ...], Sides] = {}
        hard = difficulty(seat(game, ("clean",), shared)[0])
        for attack in [a for a in able if a.name in played]:
            try:
                if (game.key, attack.name) in broken:
                    raise ValueError(broken[game.key, attack.name])
                outcome = play(game, attack, store, seat(game, attack.value.queries, shared), timeout)
                played[attack.name].append(as_played(game, attack, outcome, hard))
            except ValueError as error:
                left.append(LeftOut(attack.name, defense, str(error).removeprefix(f"attack {attack.name}: "), True))
                del played[attack.name]
            said(game, attack)
    return played, left


def seat(game: Game, queries: tuple[str, ...], shared: dict[tuple[str, ...], Sides]) -> Sides:
    """The sides of a game, made once for all attacks that ask the same, so that signals are computed once."""
    if queries not in shared:
        shared[queries] = game.sides(queries)
    return shared[queries]


def as_played(game: Game, attack: Plugin, outcome: Outcome, hard: np.ndarray | None = None) -> Played:
    """The outcome beside the membership that its attack never saw; canaries apart from all other records.

    Thresholds are the attack's own: canaries were among the records that it chose them on.
    """
    o, alphas = outcome, tuple(SWEEP.tolist())
    which = np.full(len(game.member), -1) if game.canary is None else game.canary
    rest = which < 0
    canaries = None if rest.all() else Canaries(game.member[~rest], o.scores[~rest], which[~rest])
    conformal: Conformal | str = (
        replace(o.conformal, p=o.conformal.p[rest])
        if o.conformal
        else game.uncalibrated(attack.value) or "has no population record with an OUT model left"
    )
    said = (o.scores[rest], o.verdicts[:, rest], o.rehearsed_precision, o.seconds)
    hardness = None if hard is None else hard[rest]
    effect = CROSSED if game.crossed and learns(attack) else 1.0
    records = None if game.records is None else game.records[rest]
    return Played(
        game.member[rest], *said, hardness, alphas, o.resampled, o.facts, conformal, canaries, effect, records
    )


def learns(attack: Plugin) -> bool:
    """Whether scores may follow from memberships that it rehearses on: it has a fit, or its code is not ours."""
    own = plain(attack.value)
    return hasattr(own, "fit") or type(own).__module__.partition(".")[0] not in OURS


def say(left: Sequence[LeftOut]) -> None:
    """Name on stderr who is left out, and why."""
    for of in left:
        print(f"left out: {of.attack} against {of.defense}: {of.reason}", file=sys.stderr)
