"""Workers that take from one list: every model once, whoever is slow, dies or fails."""

import threading
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from benchmarks.training import jobs, pulling, runner
from benchmarks.training.executors import Here, Worker
from benchmarks.training.jobs import Failure
from benchmarks.training.plan import CLEAN
from benchmarks.training.pulling import FEWEST, Pull, claims_of, pull, share
from benchmarks.training.request import Request
from benchmarks.training.store import Store, put

REQUEST = Request("digits", ("l2",), references=6, trials=2, epochs=1)
FACTS = {"seconds": 1.0, "device": "CPU, 1 thread", "versions": {}}


@pytest.fixture(scope="module")
def plan():
    return jobs.plan_of(REQUEST)


@pytest.fixture
def trained(monkeypatch, plan):
    """Which models are trained by whom, as they come; nothing is learnt. Who is slow ends when all others are done."""
    done, ended, lock = [], [], threading.Lock()

    def train(job, worker):
        with lock:
            done.append((worker.device, job.keys))
        deadline = time.monotonic() + 30
        while worker.device == "slow" and len(ended) < len(plan.by_key) - len(job.keys) and time.monotonic() < deadline:
            time.sleep(0.01)
        for key in job.keys:
            weights = {"weights.safetensors": lambda file: put(file, b"")}
            store, training = Store(job.store), plan.by_key[key]
            store.models.write(training.spec, weights, FACTS, durable=False)
            store.outputs.write(training.outputs_spec(CLEAN), {}, {}, durable=False)
        ended.extend(job.keys)
        return []

    monkeypatch.setattr(jobs, "train", train)
    monkeypatch.setattr(pulling, "width_of", lambda group, device: 32)
    return done


def pulled(plan, home, *devices):
    """Let workers on these devices train all models of the plan."""
    keys = tuple(plan.by_key)
    with ThreadPoolExecutor(len(devices)) as pool:
        jobs = Pull(REQUEST, home, keys).shared(len(devices))
        parts = [pool.submit(pull, job, Worker(device)) for job, device in zip(jobs, devices, strict=True)]
        return [part.result(60) for part in parts]


@pytest.mark.parametrize("devices", [("one",), ("one", "two"), ("slow", "one", "two")])
def test_each_model_is_trained_once_however_many_work(devices, plan, trained, tmp_path):
    pulled(plan, tmp_path, *devices)
    assert sorted(key for _, keys in trained for key in keys) == sorted(plan.by_key)
    assert len(trained) >= len(devices)
    assert list((tmp_path / "claims").iterdir()) == []


def test_a_slow_worker_holds_up_nobody(plan, trained, tmp_path):
    pulled(plan, tmp_path, "slow", "fast")
    models = {of: sum(len(keys) for device, keys in trained if device == of) for of in ("slow", "fast")}
    assert 0 < models["slow"] <= FEWEST < models["fast"]


@pytest.mark.parametrize(
    ("models", "workers", "most"),
    [(12, 1, 12), (12, 2, 6), (60, 2, 15), (8, 4, 2), (7, 4, 2), (3, 4, 1), (100, 4, 13), (1792, 512, 2), (30, 10, 2)],
)
def test_how_many_a_worker_takes_at_once(models, workers, most):
    assert share(models, workers) == most


def test_one_worker_takes_as_many_as_its_device_can(plan, trained, tmp_path):
    pulled(plan, tmp_path, "one")
    assert [len(keys) for _, keys in trained] == [8, 8]  # of none and of l2


@pytest.mark.parametrize(("device", "most"), [("cuda:0", 3), ("cpu", 8)])
def test_workers_that_share_a_gpu_share_its_memory(device, most, plan, trained, monkeypatch, tmp_path):
    monkeypatch.setattr(pulling, "width_of", lambda group, device: 7 if device == "cuda:0" else 32)
    pull(Pull(REQUEST, tmp_path, tuple(plan.by_key)), Worker(device, sharing=2))
    assert max(len(keys) for _, keys in trained) == most


def test_what_another_run_has_is_waited_for_and_taken_over_when_that_is_gone(plan, trained, tmp_path):
    first = next(iter(plan.by_key))
    with claims_of(Store(tmp_path)) as other:
        assert other.take(first)
        with ThreadPoolExecutor(1) as pool:
            running = pool.submit(pull, Pull(REQUEST, tmp_path, tuple(plan.by_key)), Worker("one"))
            deadline = time.monotonic() + 30
            while sum(len(keys) for _, keys in trained) < len(plan.by_key) - 1 and time.monotonic() < deadline:
                time.sleep(0.01)
            assert not running.done()
            assert first not in {key for _, keys in trained for key in keys}
            other.release([first])
            running.result(30)
    assert trained[-1] == ("one", (first,))


def test_what_failed_is_not_tried_again_by_another_worker_but_by_the_next_run(plan, monkeypatch, tmp_path):
    tried = []

    def train(job, worker):
        tried.extend(job.keys)
        return [Failure(plan.by_key[key].model, plan.by_key[key].defense.name, "on purpose") for key in job.keys]

    monkeypatch.setattr(jobs, "train", train)
    pulled(plan, tmp_path, "cpu", "cpu")
    assert sorted(tried) == sorted(plan.by_key)
    for times in (2, 3):
        failures = runner.train(plan, REQUEST, Store(tmp_path), Here())
        assert {(f.model, f.defense, f.reason) for f in failures} == {(m, d, "on purpose") for d, m in plan.trainings}
        assert len(tried) == times * len(plan.by_key)
    assert list((tmp_path / "failed").iterdir()) == []


def test_a_model_that_vanishes_is_not_trained_for_ever(plan, monkeypatch, tmp_path):
    tried = []
    monkeypatch.setattr(jobs, "train", lambda job, worker: tried.extend(job.keys) or [])
    pulled(plan, tmp_path, "cpu")
    assert sorted(tried) == sorted(plan.by_key)


def test_a_plan_that_another_process_makes_otherwise_is_one_sentence(plan, tmp_path):
    job = Pull(REQUEST, tmp_path, (*plan.by_key, "0" * 32))
    with pytest.raises(ValueError, match=r"^--suite digits: expected the same models in every process, got others; do"):
        pull(job, Worker("cpu"))
