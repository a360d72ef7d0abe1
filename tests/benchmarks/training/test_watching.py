"""Progress over workers: what they say and what is stored counts once, and a line names who works elsewhere."""

import io
import os
import sys
import time
from dataclasses import replace

from benchmarks.naming import progress
from benchmarks.training import watching
from benchmarks.training.claims import At
from benchmarks.training.plan import CLEAN
from benchmarks.training.pulling import claims_of
from benchmarks.training.request import Request
from benchmarks.training.store import Store, put
from benchmarks.training.watching import Sight, watched

REQUEST = Request("digits", references=2, trials=2, epochs=3)
FACTS = {"seconds": 1.0, "device": "CPU, 1 thread", "versions": {}}


def test_where_others_work():
    sight = Sight(10)
    assert sight.said() == ""
    sight.take(4, 1, [At("a", "east, process 1"), At("a", "east, process 1"), At("b", "west, process 2")])
    assert sight.said() == "4 of 10 stored; 1 failed; 2 models at east, process 1; 1 model at west, process 2"
    sight.take(0, 0, [At(str(n), f"east, process {n}") for n in range(2, 8)])
    assert sight.said().endswith("1 model at east, process 5; 2 more workers")
    sight.take(4, 0, [At("me", f"here, process {os.getpid()}")])
    assert sight.said() == ""


def test_what_is_said_and_what_is_stored_counts_once(monkeypatch, tmp_path):
    monkeypatch.setattr(watching, "EVERY", 0.01)
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    plan, store = REQUEST.plan(), Store(tmp_path)
    todo = list(plan.by_key.values())
    with claims_of(store) as claims, watched(todo, plan, store) as advance:
        claims.take(todo[1].key)
        advance(1)  # of 12 epochs, and 4 models to be saved
        assert "training 4 models: 6 % after 1 s, about " in log.getvalue()
        store.models.write(todo[0].spec, {"weights.safetensors": lambda file: put(file, b"")}, FACTS)
        time.sleep(0.1)
        assert "25 %" not in log.getvalue()  # it is still to be asked
        store.outputs.write(todo[0].outputs_spec(CLEAN), {}, {})
        deadline = time.monotonic() + 30
        while "25 %" not in log.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
        assert "training 4 models: 25 % after" in log.getvalue()
    assert "33 %" not in log.getvalue()


def test_a_line_names_the_defense_of_all_models(monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    plan, store = replace(REQUEST, defenses=("l2(0.1)",)).plan(), Store(tmp_path)
    every = list(plan.by_key.values())
    for todo in (every, [t for t in every if t.defense.name != "none"]):
        with watched(todo, plan, store) as advance:
            advance(1)
    assert "training 8 models: " in log.getvalue()
    assert "training 4 models under l2(0.1): " in log.getvalue()


def test_what_is_to_be_trained_and_what_only_to_be_asked(monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    monkeypatch.setattr(watching, "EVERY", 0.01)
    plan, store = REQUEST.plan(), Store(tmp_path)
    every = list(plan.by_key.values())
    for training in every[:2]:
        store.models.write(training.spec, {"weights.safetensors": lambda file: put(file, b"")}, FACTS)
    with watched(every, plan, store) as advance:
        advance(3)  # of 6 epochs, and 4 models to be asked
    with watched(every[:2], plan, store):
        store.outputs.write(every[0].outputs_spec(CLEAN), {}, {})
        deadline = time.monotonic() + 30
        while "asking 2 models: 50 %" not in log.getvalue() and time.monotonic() < deadline:
            time.sleep(0.01)
    assert "training 2 models and asking 2: 30 % after " in log.getvalue()
    assert "asking 2 models: 50 % after " in log.getvalue()


def test_what_is_trained_and_not_yet_saved_is_not_all(monkeypatch, tmp_path):
    monkeypatch.setattr(progress, "PATIENCE", 0.0)
    monkeypatch.setattr(sys, "stderr", log := io.StringIO())
    plan, store = REQUEST.plan(), Store(tmp_path)
    with watched(list(plan.by_key.values()), plan, store) as advance:
        advance(12)
    assert "training 4 models: 75 % after 1 s; asking and saving them\n" in log.getvalue()
