"""The batched step (on GPUs for all networks) gives what each model's own step gives, tried on the CPU."""

from dataclasses import replace
from threading import Event

import numpy as np
import pytest
import torch

from defenses import Hamp, NoDefense
from models import AlexNet, Cnn, DenseNet, Mlp, Predictor, Recipe, Task, WideResNet, fit, predict, predict_all
from models.cohort import Stopped, side_by_side
from models.records import Inputs, Records
from models.training import train_cohort

SGD = Recipe(epochs=2, batch=5, learning_rate=0.01, optimizer="sgd", momentum=0.9, milestones=(1,))
ADAM = Recipe(epochs=2, batch=5, learning_rate=1e-3)
AUGMENTED = replace(ADAM, augment=("flip", "rotate"))
CASES = [
    (Mlp(hidden=(16, 8)), (8, 8, 1), SGD, Hamp(0.5)),
    (Cnn(hidden=12), (18, 16, 1), ADAM, NoDefense()),
    (AlexNet(), (8, 8, 3), AUGMENTED, NoDefense()),
    (WideResNet(depth=10, width=1), (8, 8, 3), ADAM, Hamp(0.5)),
    (DenseNet(depth=16, growth=3), (8, 8, 3), SGD, NoDefense()),
]


def task(network, shape, recipe, defense, models=3, dtype=torch.float64, records=12):
    rng = np.random.default_rng(0)
    pool = max(40, records)
    x, y = rng.integers(0, 256, (pool, *shape), dtype=np.uint8), rng.integers(0, 4, pool)
    rows = tuple(np.sort(rng.permutation(pool)[:records]) for _ in range(models))
    seeds = tuple(range(5, 5 + models))
    return Task(x, y, 4, (1 / 255,), (-0.5,), rows, seeds, network, recipe, defense, "cpu", dtype)


def train(whole, members, batched):
    inputs = Inputs(whole.scale, whole.shift, torch.device("cpu"), whole.dtype)
    records = Records(whole.x, whole.y, inputs, whole.recipe.augment)
    return train_cohort(whole, members, records, batched, lambda _: None, Event())


@pytest.mark.parametrize(("network", "shape", "recipe", "defense"), CASES, ids=lambda v: type(v).__name__)
def test_batched_parameters_and_statistics_equal_each_models_own(network, shape, recipe, defense):
    whole = task(network, shape, recipe, defense)
    together = train(whole, range(3), True)
    for k in range(3):
        alone = train(whole, range(k, k + 1), False)[0]
        for name, own in alone.stack.parameters().items():
            torch.testing.assert_close(together[k].stack.parameters()[name][k], own[0], rtol=0, atol=1e-6)
        for name, own in alone.stack.buffers.items():
            torch.testing.assert_close(together[k].stack.buffers[name][k], own[0], rtol=0, atol=1e-6)
        np.testing.assert_allclose(together[k].predict(whole.x), alone.predict(whole.x), atol=1e-5)


@pytest.mark.parametrize(("network", "shape", "recipe", "defense"), CASES, ids=lambda v: type(v).__name__)
def test_batched_float32_logits_are_within_a_thousandth(network, shape, recipe, defense):
    whole = task(network, shape, replace(recipe, augment=()), defense, dtype=torch.float32)
    together = list(predict_all(train(whole, range(3), True), whole.x))
    for k in range(3):
        np.testing.assert_allclose(together[k], train(whole, range(k, k + 1), False)[0].predict(whole.x), atol=1e-3)


def test_batchnorm_keeps_statistics_of_its_own_model():
    whole = task(WideResNet(depth=10, width=1), (8, 8, 3), ADAM, NoDefense())
    means = train(whole, range(3), True)[0].stack.buffers["1.norm1.running_mean"]
    assert means.shape[0] == 3
    assert not torch.allclose(means[0], means[1])


def test_the_step_is_torchs_sgd_with_milestones():
    from models.building import start

    whole = task(Mlp(hidden=(6,)), (3,), replace(SGD, epochs=3), NoDefense(), models=1)
    module, generator = start(whole, whole.seeds[0])
    module = module.double()
    optimizer = torch.optim.SGD(module.parameters(), 0.01, momentum=0.9)
    schedule = torch.optim.lr_scheduler.MultiStepLR(optimizer, [1])
    x, y = torch.from_numpy(whole.x / 255 - 0.5), torch.from_numpy(whole.y)
    for _ in range(3):
        for batch in torch.from_numpy(whole.rows[0])[torch.randperm(12, generator=generator)].split(5):
            optimizer.zero_grad()
            torch.nn.functional.cross_entropy(module(x[batch]), y[batch]).backward()
            optimizer.step()
        schedule.step()
    trained = fit(whole)[0].stack.parameters()
    for name, expected in module.named_parameters():
        torch.testing.assert_close(trained[name][0], expected, rtol=0, atol=1e-9)


@pytest.mark.parametrize("threads", [1, 2, 3])
def test_tiny_models_are_the_same_to_the_bit_for_any_number_of_models_and_threads(threads):
    whole = task(Mlp(hidden=(128,)), (8, 8, 1), ADAM, NoDefense(), models=7, dtype=torch.float32)
    expected = [p.predict(whole.x) for p in fit(whole)]
    torch.set_num_threads(threads)
    for models in (1, 2, 3, 5, 7):
        part = replace(whole, rows=whole.rows[:models], seeds=whole.seeds[:models])
        for k, logits in enumerate(predict_all(fit(part), whole.x)):
            np.testing.assert_array_equal(logits, expected[k])


@pytest.mark.parametrize(
    ("network", "shape", "precision"),
    [(Cnn(hidden=8), (16, 16, 1), "mixed"), (Mlp(), (446,), "fp32"), (Mlp(), (446,), "mixed")],
    ids=["cnn, mixed", "tanh mlp, fp32", "tanh mlp, mixed"],
)
def test_models_side_by_side_are_the_same_to_the_bit_for_any_number_of_models_and_threads(network, shape, precision):
    recipe = replace(ADAM, precision=precision, batch=32)
    whole = task(network, shape, recipe, NoDefense(), dtype=torch.float32, records=70)
    torch.set_num_threads(1)
    expected = [fit(whole.only(k))[0].weights() for k in range(3)]
    for threads, models in ((2, 2), (2, 3), (3, 3)):
        torch.set_num_threads(threads)
        made = fit(replace(whole, rows=whole.rows[:models], seeds=whole.seeds[:models]))
        for own, predictor in zip(expected, made, strict=False):
            for name, value in predictor.weights().items():
                np.testing.assert_array_equal(value, own[name])


def test_predicting_together_is_predicting_one_by_one():
    whole = task(Mlp(hidden=(16,)), (8, 8, 1), ADAM, NoDefense(), models=5, dtype=torch.float32)
    models = fit(whole)
    assert all(isinstance(p, Predictor) for p in models)
    order = [3, 0, 1, 2, 4]
    for k, logits in zip(order, predict_all([models[k] for k in order], whole.x), strict=True):
        assert logits.dtype == np.float32
        np.testing.assert_array_equal(logits, models[k].predict(whole.x))


@pytest.mark.parametrize(("network", "shape", "recipe", "defense"), CASES)
def test_each_record_is_answered_as_alone_however_many_run_at_once(network, shape, recipe, defense, monkeypatch):
    (model,) = fit(task(network, shape, recipe, defense, models=1, records=150))
    x, ran, logits = np.concatenate([task(network, shape, recipe, defense).x] * 4), [], predict._logits
    monkeypatch.setattr(predict, "_logits", lambda of, batch: ran.append(batch.shape[1]) or logits(of, batch))
    made = model.predict(x)
    assert ran == ([160] if isinstance(network, Mlp) else [64, 64, 32])
    alone = np.concatenate([model.predict(own[None]) for own in x])
    np.testing.assert_allclose(made, alone, rtol=1e-6, atol=1e-7)


def test_one_failure_side_by_side_stops_the_others_and_is_the_one_raised():
    def work(part, stop):
        if part.start == 1:
            raise torch.OutOfMemoryError("injected")
        if not stop.wait(20):
            raise AssertionError("nobody said stop")
        raise Stopped

    with pytest.raises(torch.OutOfMemoryError):
        side_by_side([range(k, k + 1) for k in range(3)], work)


def test_weights_that_become_infinite_in_the_last_step_count_as_diverged():
    recipe = Recipe(epochs=1, batch=12, learning_rate=1e30, optimizer="sgd")
    whole = task(Mlp(hidden=(4,), activation="relu"), (3,), recipe, NoDefense(), models=1, dtype=torch.float32)
    whole = replace(whole, scale=tuple(1e10 * of for of in whole.scale))  # gradients, too
    assert "weights" in fit(whole)[0].reason
