"""Attacks play a plan's games in many processes at the same time, before one process collects what they answered."""

from __future__ import annotations

import functools
import os
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from benchmarks.games import outcomes
from benchmarks.games.from_store import game, standing
from benchmarks.games.game import Game, Sides
from benchmarks.games.playing import play, seat
from benchmarks.naming.progress import progress
from benchmarks.naming.registry import ATTACKS, Plugin, find
from benchmarks.naming.wording import counted
from benchmarks.training.executors import Executor, Worker
from benchmarks.training.executors.processes import Processes
from benchmarks.training.jobs import plan_of
from benchmarks.training.plan import Plan, Source
from benchmarks.training.pulling import claims_of
from benchmarks.training.store import Store, digest

Broken = dict[tuple[str, str], str]  # why an attack has no answer, by the key of the game and the attack's name


@dataclass(frozen=True)
class Play:
    """One attack in one game, as plain values."""

    source: Source
    store: Path
    defense: str
    target: int
    attack: str
    timeout: float | None = None
    driver: str = ""  # whose sign of life must be seen where this is played
    game: str = ""  # its key

    def lost(self, words: str) -> tuple[str, str, str]:
        """What is said of the attack where no process survives it."""
        return self.game, self.attack, words


def play_ahead(
    plan: Plan,
    source: Source,
    attacks: Sequence[Plugin],
    store: Store,
    executor: Executor,
    timeout: float | None = None,
    alone: float = 0.0,
) -> Broken:
    """Let every attack answer in every game, where it has not yet; the answers are in the store, and those that broke
    are returned. `source` makes the same plan in other processes. For the first `alone` seconds this process plays.
    """
    with claims_of(store) as claims:
        try:
            driver = claims.begin()
        except OSError:  # a store that takes no answers
            return {}
        plays = []
        for defense in plan.defenses:
            for trial in standing(plan, store, defense)[0]:
                of = game(plan, store, defense, trial)
                for attack in (a for a in attacks if not of.lacks(a.value)):
                    if digest(outcomes.spec_of(of, attack)) not in store.outcomes:
                        where = (store.root, defense.name, trial.target)
                        plays.append(Play(source, *where, attack.name, timeout, driver, of.key))
        return _played(plays, executor, alone)


def _played(plays: Sequence[Play], executor: Executor, alone: float = 0.0) -> Broken:
    """Those that broke; what workers left, since they do not see the store, is played on this machine."""
    if not plays:
        return {}
    broken: Broken = {}
    unseen: list[Play] = []
    attacks, games = ({getattr(play, key) for play in plays} for key in ("attack", "game"))
    what = f"playing {counted(len(attacks), 'attack')} in {counted(len(games), 'game')}"
    with progress(len(plays), what) as advance:
        for said in _answers(plays, executor, alone, advance):
            if isinstance(said, Play):
                unseen.append(said)
            elif said:
                broken[said[0], said[1]] = said[2]
    if unseen:
        left = [replace(job, store=plays[0].store, driver="") for job in unseen]
        broken |= _played(left, Processes(("cpu",) * (os.cpu_count() or 1)))
    return broken


def _answers(
    plays: Sequence[Play], executor: Executor, alone: float, advance: Callable[[int], None]
) -> Iterator[tuple[str, str, str] | Play | None]:
    """What `answer` says of each, as it comes: in this process for the first `alone` seconds, then on the executor."""
    until, done = time.monotonic() + alone, 0
    while done < len(plays) and time.monotonic() < until:
        yield answer(plays[done], Worker("cpu"))
        done += 1
        advance(1)
    if done < len(plays):
        yield from executor.map(answer, plays[done:], advance)


def answer(job: Play, worker: Worker) -> tuple[str, str, str] | Play | None:
    """Play, and leave the answer in the store; where the attack breaks: the game, its name, and why; the job itself
    where this is not the driver's store.
    """
    if job.driver and not claims_of(Store(job.store)).sees(job.driver):
        return job
    of, shared = _game(replace(job, attack="", driver="", game=""))
    attack = find(ATTACKS, job.attack)
    try:
        play(of, attack, Store(job.store), seat(of, attack.value.queries, shared), job.timeout)
    except ValueError as error:
        return of.key, attack.name, str(error)
    return None


@functools.lru_cache(1)  # jobs come game by game
def _game(job: Play) -> tuple[Game, dict[tuple[str, ...], Sides]]:
    """A job's game, and the sides that are made of it; every trial has a target of its own."""
    plan, store = plan_of(job.source), Store(job.store)
    defense = next(d for d in plan.defenses if d.name == job.defense)
    trial = next(t for t in standing(plan, store, defense)[0] if t.target == job.target)
    return game(plan, store, defense, trial), {}
