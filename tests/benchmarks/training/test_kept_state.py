"""What a defense learnt beside the network lies with the weights, and answers later queries as it did the first."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from benchmarks.naming.registry import DEFENSES, Plugin, builtin
from benchmarks.training import jobs, runner
from benchmarks.training.executors import Here
from benchmarks.training.jobs import answer, restored
from benchmarks.training.plan import CLEAN, Asked, make
from benchmarks.training.store import Store
from benchmarks.training.suites import find
from datasets import HalfSplit
from defenses import adopt
from defenses.release import GROUP
from models import Mlp, Recipe, WideResNet, fit
from models.predict import CHUNK
from models.records import Inputs

NOISY = Asked("noise(0.1, 1)")


class Shifted:
    """Logits plus numbers that each model drew when it was trained."""

    def train(self, task, rngs):
        models = fit(task)
        for model, rng in zip(models, rngs, strict=True):
            model.state = {"by": rng.normal(size=10).astype(np.float32), "0.weight": np.ones(3)}
        return models

    def release(self, context, logits):
        return logits + context.state["by"]


@dataclass(frozen=True)
class Source:
    queries: tuple = ()
    network: object = Mlp(hidden=(8,))

    def plan(self):
        suite = replace(find("digits"), network=self.network, protocol=HalfSplit(part=60), references=4, trials=1)
        suite = replace(suite, recipe=Recipe(epochs=1, batch=16, learning_rate=1e-2))
        shifted = Plugin("shifted", adopt(Shifted()))
        made = make(suite, suite.pool(None), builtin(DEFENSES, "none"), (shifted,), "adaptive", 0)
        return made.asking(self.queries, False)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    made = Store(tmp_path_factory.mktemp("store"))
    assert not runner.train(Source().plan(), Source(), made, Here())
    return made


def test_a_restored_model_releases_as_the_trained_one_did(store):
    plan = Source().plan()
    drawn = set()
    for (defense, _), training in plan.trainings.items():
        model = restored([training], store, "cpu")[0]
        x = plan.pool.x[plan.split.audited]
        logits = model.predict(x)
        stored = store.outputs.array(training.outputs_key(CLEAN), "logits.npy")[:, 0]
        np.testing.assert_array_equal(answer(training, model, x, logits), stored)
        assert bool(model.state) == (defense == "shifted")
        if defense == "shifted":
            np.testing.assert_array_equal(stored, logits + model.state["by"])
            np.testing.assert_array_equal(model.state["0.weight"], np.ones(3))  # beside the network's own
            drawn.add(model.state["by"].tobytes())
    assert len(drawn) == sum(name == "shifted" for name, _ in plan.trainings)


def test_models_restored_together_are_each_as_alone(store):
    plan = Source().plan()
    for defense in ("none", "shifted"):
        trainings = [training for (name, _), training in plan.trainings.items() if name == defense]
        for training, model in zip(trainings, restored(trainings, store, "cpu"), strict=True):
            alone = restored([training], store, "cpu")[0]
            np.testing.assert_array_equal(model.predict(plan.pool.x), alone.predict(plan.pool.x))
            assert model.state.keys() == alone.state.keys()
            assert all(np.array_equal(model.state[name], alone.state[name]) for name in alone.state)


def test_a_restored_network_with_batchnorm_answers_as_the_trained_one_did(tmp_path):
    source, store = Source(network=WideResNet(depth=10, width=1)), Store(tmp_path)
    plan = source.plan()
    assert not runner.train(plan, source, store, Here())
    training = next(iter(plan.by_key.values()))
    model, x = restored([training], store, "cpu")[0], plan.pool.x[plan.split.audited]
    stored = store.outputs.array(training.outputs_key(CLEAN), "logits.npy")[:, 0]
    np.testing.assert_array_equal(answer(training, model, x, model.predict(x)), stored)


def test_later_queries_are_answered_by_what_was_learnt_then(store):
    source = Source((NOISY.query,))
    plan = source.plan()
    (asked,) = (a for a in plan.asked if a != CLEAN)
    keys = {key: (store.models.folder(key) / "facts.json").stat().st_mtime_ns for key in plan.by_key}
    assert not runner.train(plan, source, store, Here())
    assert keys == {key: (store.models.folder(key) / "facts.json").stat().st_mtime_ns for key in plan.by_key}
    for (defense, _), training in plan.trainings.items():
        if defense == "shifted":
            noisy = store.outputs.array(training.outputs_key(asked), "logits.npy")[:, 0]
            clean = store.outputs.array(training.outputs_key(CLEAN), "logits.npy")[:, 0]
            assert np.abs(noisy - clean).mean() < 0.5 < np.abs(restored([training], store, "cpu")[0].state["by"]).max()


def test_on_a_gpu_a_defense_runs_its_model_on_more_records_at_once(store):
    training = next(iter(Source().plan().trainings.values()))
    (model,) = restored([training], store, "cpu")
    assert jobs._group(model) == GROUP
    model.inputs = Inputs((1.0,), (0.0,), torch.device("meta"), torch.float32)
    assert jobs._group(model) == CHUNK > GROUP
