"""What a GPU trains is what the CPU trains: recorded steps, stacks and restored weights, against float64 on the CPU."""

import logging
from dataclasses import replace

import numpy as np
import pytest
import torch

from defenses import AdvReg, DpSgd, Dropout, Hamp, Mixup, NoDefense, RelaxLoss
from models import AlexNet, Cnn, DenseNet, Diverged, Mlp, Recipe, Task, WideResNet, fit, graph, restore

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")

SGD = Recipe(epochs=4, batch=5, learning_rate=0.01, optimizer="sgd", momentum=0.9, milestones=(2,))
ADAM = Recipe(epochs=4, batch=5, learning_rate=1e-3)
CASES = [
    (Mlp(hidden=(16, 8)), (8, 8, 1), SGD, Hamp(0.5)),
    (Mlp(hidden=(16, 8)), (30,), ADAM, NoDefense()),
    (Cnn(hidden=12), (18, 16, 1), ADAM, NoDefense()),
    (AlexNet(), (8, 8, 3), replace(ADAM, augment=("flip", "rotate")), NoDefense()),
    (WideResNet(depth=10, width=1), (8, 8, 3), SGD, Hamp(0.5)),
    (DenseNet(depth=10, growth=3), (8, 8, 3), SGD, NoDefense()),
    (Mlp(hidden=(16, 8)), (8, 8, 1), SGD, Dropout()),
    (Cnn(hidden=12), (18, 16, 1), SGD, RelaxLoss(1.2)),
    (WideResNet(depth=10, width=1), (8, 8, 3), SGD, Mixup()),
    (WideResNet(depth=10, width=1), (8, 8, 3), SGD, Dropout()),
]


def task(network, shape, recipe, defense, device, dtype=torch.float64, models=3):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, *shape), dtype=np.uint8), rng.integers(0, 4, 40)
    rows = tuple(np.sort(rng.permutation(40)[:12]) for _ in range(models))  # two full batches and a smaller one
    seeds = tuple(range(5, 5 + models))
    return Task(x, y, 4, (1 / 255,), (-0.5,), rows, seeds, network, recipe, defense, device, dtype)


@pytest.fixture
def recorded(monkeypatch):
    """The graphs that training recorded."""
    made = []
    replay = graph.Captured._replay

    def watched(self, index, draw):
        replay(self, index, draw)
        made.append(self.graph)

    monkeypatch.setattr(graph.Captured, "_replay", watched)
    return made


@pytest.mark.parametrize(("network", "shape", "recipe", "defense"), CASES, ids=lambda v: type(v).__name__)
def test_a_recorded_stack_trains_what_the_cpu_trains(network, shape, recipe, defense, recorded, caplog):
    with caplog.at_level(logging.WARNING):
        there = fit(task(network, shape, recipe, defense, "cuda"))
    assert not caplog.records
    each = 5  # of 8 full batches the first three are warm-up
    assert len(recorded) in (each, 3 * each)  # as one stack, or apart
    assert all(g is not None for g in recorded)
    here = task(network, shape, recipe, defense, "cpu")
    for on_gpu, on_cpu in zip(there, fit(here), strict=True):
        np.testing.assert_allclose(on_gpu.predict(here.x), on_cpu.predict(here.x), atol=1e-5)
        for name, own in on_cpu.weights().items():
            np.testing.assert_allclose(on_gpu.weights()[name], own, atol=1e-5)


@pytest.mark.parametrize(("network", "shape", "recipe", "defense"), CASES, ids=lambda v: type(v).__name__)
def test_what_is_seen_of_taught_models_after_each_epoch_is_what_the_cpu_shows(network, shape, recipe, defense):
    logits = np.random.default_rng(1).normal(0, 3, (3, 40, 4))
    seen, x = {"cuda": {}, "cpu": {}}, task(network, shape, recipe, NoDefense(), "cpu").x
    for device, of in seen.items():

        def watch(members, epochs, predictors, of=of):
            of.update({(k, epochs): p.predict(x) for k, p in zip(members, predictors, strict=True)})

        whole = task(network, shape, recipe, NoDefense(), device)
        fit(replace(whole, taught=tuple(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)), watch=watch))
    assert len(seen["cpu"]) == 3 * 4
    for key, own in seen["cpu"].items():
        np.testing.assert_allclose(seen["cuda"][key], own, atol=1e-5)


@pytest.mark.parametrize(("network", "shape", "recipe", "defense"), CASES, ids=lambda v: type(v).__name__)
@pytest.mark.parametrize("precision", ["fp32", "mixed"])
def test_a_cohorts_model_is_the_same_model_alone_up_to_rounding(network, shape, recipe, defense, precision):
    whole = task(network, shape, replace(recipe, epochs=1, precision=precision), defense, "cuda", torch.float32)
    atol = {"fp32": 2e-2, "mixed": 5e-2}[precision]
    for k, together in enumerate(fit(whole)):
        own = replace(whole, rows=whole.rows[k : k + 1], seeds=whole.seeds[k : k + 1])
        np.testing.assert_allclose(together.predict(whole.x), fit(own)[0].predict(whole.x), atol=atol)


@pytest.mark.parametrize(("network", "shape", "recipe", "defense"), CASES, ids=lambda v: type(v).__name__)
def test_restored_weights_predict_alike_on_either_device(network, shape, recipe, defense):
    whole = task(network, shape, recipe, defense, "cuda", torch.float32)
    first = fit(whole)[0]
    for device, atol in (("cuda", 1e-6), ("cpu", 5e-3)):
        (again,) = restore(network, shape, 4, [first.weights()], whole.scale, whole.shift, device)
        np.testing.assert_allclose(again.predict(whole.x), first.predict(whole.x), atol=atol)


def test_a_diverging_model_is_named_and_disturbs_nobody():
    whole = task(Mlp(hidden=(16, 8)), (8, 8, 1), ADAM, NoDefense(), "cuda")
    x = whole.x.astype(np.float32)
    bad = int(np.setdiff1d(whole.rows[1], np.concatenate([whole.rows[0], whole.rows[2]]))[0])
    x[bad] = np.nan
    results = fit(replace(whole, x=x))
    assert isinstance(results[1], Diverged)
    calm = fit(whole)
    for k in (0, 2):
        np.testing.assert_allclose(results[k].predict(whole.x), calm[k].predict(whole.x), atol=1e-9)


@pytest.mark.parametrize("defense", [DpSgd(0.5, 1.0), AdvReg(rate=1e-3, steps=2)])
@pytest.mark.parametrize(("network", "shape"), [(Mlp(hidden=(16, 8)), (8, 8, 1)), (Cnn(hidden=12), (18, 16, 1))])
def test_private_steps_and_models_with_a_companion_are_the_cpus_too(network, shape, defense, recorded):
    whole = task(network, shape, SGD, defense, "cuda")
    spare = tuple(np.setdiff1d(np.arange(40), rows)[:12] for rows in whole.rows)
    there, here = (fit(replace(whole, spare=spare, device=device)) for device in ("cuda", "cpu"))
    assert recorded
    for on_gpu, on_cpu in zip(there, here, strict=True):
        np.testing.assert_allclose(on_gpu.predict(whole.x), on_cpu.predict(whole.x), atol=1e-5)


def test_models_on_streams_of_their_own_do_not_write_over_one_anothers_products():
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 256, (800, 32, 32, 3), dtype=np.uint8), rng.integers(0, 10, 800)
    rows, recipe = tuple(rng.permutation(800)[:600] for _ in range(8)), Recipe(2, 100, 3e-4, precision="mixed")
    whole = Task(x, y, 10, (1 / 255,), (-0.5,), rows, tuple(range(8)), AlexNet(), recipe, NoDefense(), "cuda")
    together = fit(whole)
    assert not [of for of in together if isinstance(of, Diverged)]
    for k in (0, 7):
        alone = fit(replace(whole, rows=rows[k : k + 1], seeds=(k,)))[0]
        np.testing.assert_allclose(together[k].predict(x), alone.predict(x), atol=0.1)
