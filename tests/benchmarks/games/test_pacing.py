"""What is left is judged by what the same piece took."""

import importlib
from collections import Counter

import numpy as np
import pytest
from invented import record

import attacks
from benchmarks.games import pacing
from benchmarks.games.evaluate import MEASURED, READ, evaluate
from benchmarks.games.game import Contest, Game
from benchmarks.games.pacing import Pace
from benchmarks.games.playing import play
from benchmarks.naming.registry import ATTACKS, builtin
from benchmarks.results.record import About, RunInfo
from benchmarks.training.store import Store

evaluating = importlib.import_module("benchmarks.games.evaluate")


def game(seed):
    evidence, rehearsal, member = attacks.planted(np.random.default_rng(seed), n=100, references=4, classes=3, leak=3.0)
    return Game(f"{seed:032x}", member, frozenset(("reference", "shadow")), ("clean",), lambda _: (evidence, rehearsal))


def test_slow_pieces_that_are_left_weigh_what_they_took(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: clock[0])
    pace = Pace(["quick", "slow", "new"] * 4)
    assert pace.left() is None
    for name, seconds in (("quick", 1), ("slow", 20), ("slow", 10)):
        clock[0] += seconds
        pace.done(name)
    assert pace.left() == pytest.approx(3 * 1 + 2 * 15 + 4 * 31 / 3)


def test_answers_that_are_read_say_nothing_of_games_that_are_played(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: clock[0])
    pace = Pace(["read"] * 9 + ["attack", "other"] * 3, apart=("read",))
    clock[0] += 0.1
    pace.done("read")
    assert pace.left() is None  # nobody knows yet what a game takes
    clock[0] += 5
    pace.done("attack")
    assert pace.left() == pytest.approx(8 * 0.1 + 5 * 5)


def test_only_what_is_left_has_to_be_known(monkeypatch):
    clock = [0.0]
    monkeypatch.setattr(pacing.time, "monotonic", lambda: clock[0])
    pace = Pace(["read"] * 3, apart=("read",))
    clock[0] += 1
    pace.done("read")
    assert pace.left() == pytest.approx(2)


def test_work_that_is_left_tells_stored_answers_from_games_to_play(tmp_path, monkeypatch):
    made = []

    class Told(Pace):
        def __init__(self, todo, apart):
            self.todo, self.did = list(todo), []
            super().__init__(todo, apart)
            made.append(self)

        def done(self, name):
            self.did.append(name)
            super().done(name)

    monkeypatch.setattr(evaluating, "Pace", Told)
    games, said, store = (game(0), game(1)), record(trials=2), Store(tmp_path)
    about = About(said.suite, said.defense, said.adversary)
    run = RunInfo(said.games, said.utility, said.cost, said.versions, said.device, said.command, said.duplicates)
    chosen = [builtin(ATTACKS, name) for name in ("lira-offline", "loss")]
    play(games[0], chosen[1], store)
    for _ in range(2):
        evaluate([Contest(about, games, run)], chosen, store)
    for pace in made:
        assert sorted(pace.todo) == sorted(pace.did)
        assert pace.left() == 0
    first, second = (Counter(pace.todo) for pace in made)
    assert first == {"lira-offline": 2, "loss": 1, READ: 1, MEASURED: 2}
    assert second == {READ: 4, MEASURED: 2}
