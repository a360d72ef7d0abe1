"""Models that are asked in a game: what attacks are told is what the defense lets out."""

from dataclasses import replace

import numpy as np
import pytest
from planned import Planned

from benchmarks.games import from_store
from benchmarks.games.playing import play
from benchmarks.naming.registry import ATTACKS, DEFENSES, builtin
from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import make
from benchmarks.training.store import Store
from benchmarks.training.suites import find
from datasets import HampSplit
from defenses import Hamp, MemGuard
from models import Mlp, Recipe


@pytest.fixture(scope="module")
def stored(tmp_path_factory):
    """A plan of MemGuard and HAMP on the digits, whose models are trained."""
    recipe = Recipe(epochs=20, batch=32, learning_rate=0.01, optimizer="adam")
    few = {"network": Mlp(hidden=(32,)), "protocol": HampSplit(100, 20, 40), "references": 2, "trials": 1}
    suite = replace(find("digits"), recipe=recipe, **few)
    none, *others = (builtin(DEFENSES, name) for name in ("none", "memguard", "hamp"))
    plan, store = make(suite, suite.pool(None), none, others, "adaptive", 0), Store(tmp_path_factory.mktemp("store"))
    assert not runner.train(plan, Planned(plan), store, Here())
    return plan, store


def game(stored, name):
    plan, store = stored
    (defense,) = (d for d in plan.defenses if d.name == name)
    (made,) = from_store.contest(plan, store, defense, "test").games
    return made


def counted(monkeypatch, cls):
    calls, release = [], cls.release
    monkeypatch.setattr(cls, "release", lambda *given: (calls.append(1), release(*given))[1])
    return calls


def distances(stored, name):
    return play(game(stored, name), builtin(ATTACKS, "label-distance(budget=40)"))


def test_labels_that_are_kept_are_told_without_the_release(stored, monkeypatch):
    calls = counted(monkeypatch, MemGuard)
    short = distances(stored, "memguard")
    assert not calls
    monkeypatch.delattr(from_store.Asking, "labels")
    whole = distances(stored, "memguard")
    assert calls
    np.testing.assert_array_equal(short.scores, whole.scores)
    assert len(np.unique(short.scores)) > 50


def test_labels_that_need_not_be_kept_are_those_that_are_let_out(stored, monkeypatch):
    calls = counted(monkeypatch, Hamp)
    distances(stored, "hamp")
    assert calls


@pytest.mark.parametrize("name", ["memguard", "hamp"])
def test_both_ways_tell_the_same_labels(stored, name):
    evidence, _ = game(stored, name).sides(("clean",))
    ask, x = evidence._ask, evidence.inputs
    np.testing.assert_array_equal(ask.labels(x).argmax(1), ask(x).argmax(1))
    np.testing.assert_array_equal(ask(x), evidence.target[:, 0])
