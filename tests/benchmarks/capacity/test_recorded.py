"""What stores say of seconds, and the leaderboard made of it."""

import time

import pytest

from benchmarks.capacity import recorded
from benchmarks.capacity.recorded import MODELS, Like, leaderboard
from benchmarks.capacity.simulating import Group, Setting, simulate
from benchmarks.training import jobs, runner
from benchmarks.training.executors.processes import Processes
from benchmarks.training.request import Request
from benchmarks.training.store import Store, put

CPU = "CPU, 1 thread"


def test_a_defense_without_a_record_takes_as_many_times_longer_as_where_both_are_recorded():
    likes = [
        Like("a", "Mlp", 10, "none", CPU, [(2, 1.0), (2, 3.0)]),
        Like("a", "Mlp", 20, "hamp", CPU, [(4, 6.0)]),
        Like("b", "Mlp", 10, "none", CPU, [(8, 5.0)]),
    ]
    first, second = leaderboard(likes)[:2]
    assert (first.recorded, second.recorded) == (2 * MODELS, MODELS)
    assert set(first.groups[0].seconds) == {6.0}  # twice the epochs: first
    assert set(second.groups[0].seconds) == {15.0}
    assert {group.width for group in second.groups} == {8}


def test_what_stood_still_is_cut():
    assert Like("a", "Mlp", 1, "none", CPU, [(9, 2.0), (1, 900.0)]).seconds == [2.0] * 9 + [10.0]


def test_models_of_a_cohort_are_found_together_and_read_as_they_are_written(tmp_path):
    plan, store = jobs.plan_of(Request("digits", references=6, trials=2, epochs=1)), Store(tmp_path)
    for number, training in enumerate(plan.by_key.values()):
        facts = {"seconds": 1.5 if number < 3 else 2.25, "device": CPU, "versions": {}}
        store.models.write(training.spec, {"w": lambda file: put(file, b"")}, facts, durable=False)
    (found,) = recorded.read([tmp_path])
    assert found.cohorts == [(3, 1.5), (len(plan.by_key) - 3, 2.25)]
    assert (found.dataset, found.network, found.defense, found.epochs) == ("digits", "Mlp 128-64", "none", 1)
    with pytest.raises(ValueError, match="--store"):
        recorded.read([tmp_path / "none"])


def test_what_is_committed_can_be_read():
    assert sum(like.models for like in recorded.committed()) == 2205


@pytest.mark.slow
@pytest.mark.parametrize("workers", [1, 2])
def test_simulated_workers_take_about_as_long_as_real_ones(workers, tmp_path):
    """Processes begin, and other work on the machine slows them down; both are told apart by wide bounds alone."""
    request = Request("digits", ("l2",), references=20, trials=4, epochs=200)
    plan, store = jobs.plan_of(request), Store(tmp_path)
    begun = time.perf_counter()
    assert runner.train(plan, request, store, Processes(("cpu",) * workers)) == []
    real = time.perf_counter() - begun
    seconds = [store.models.facts(key)["seconds"] for key in plan.by_key]
    half = len(seconds) // 2
    groups = [Group(tuple(seconds[:half]), 32), Group(tuple(seconds[half:]), 32)]
    simulated = simulate(groups, Setting(workers, 2)).seconds
    print(f"{workers} workers: {real:.1f} s, {simulated:.1f} s simulated")
    assert 0.9 * simulated < real < 2 * simulated + 60
