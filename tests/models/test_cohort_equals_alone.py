"""A model trained in a cohort equals the same model trained alone, whatever the cohort."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from defenses import L2, Ccl, ConfidencePenalty, Dropout, Hamp, LabelSmoothing, Mixup, NoDefense, RelaxLoss
from models import AlexNet, Cnn, DenseNet, Diverged, Mlp, Predictor, Recipe, Task, WideResNet, cohort_width, fit

RNG = np.random.default_rng(0)


def task(network, shape, records=24, models=3, **changes):
    recipe = Recipe(epochs=2, batch=10, learning_rate=1e-3)  # the last batch is partial
    x = RNG.integers(0, 256, (80, *shape), dtype=np.uint8)
    y = RNG.integers(0, 4, 80)
    rows = tuple(np.sort(RNG.permutation(80)[:records]) for _ in range(models))
    fields = {"recipe": recipe, "defense": NoDefense(), "seeds": tuple(range(7, 7 + models)), **changes}
    return Task(x, y, 4, (1 / 255,), (-0.5,), rows, network=network, device="cpu", **fields)


def alone(whole, k):
    return fit(replace(whole, rows=whole.rows[k : k + 1], seeds=whole.seeds[k : k + 1]))[0]


NETWORKS = [
    (Mlp(hidden=(16, 8)), (8, 8, 1)),
    (Mlp(hidden=(700, 300)), (64,)),
    (Cnn(hidden=12), (20, 20, 1)),
    (AlexNet(), (32, 32, 3)),
    (WideResNet(depth=10, width=1), (16, 16, 3)),
    (DenseNet(depth=10, growth=2), (8, 8, 3)),
]


@pytest.mark.parametrize(("network", "shape"), NETWORKS, ids=lambda v: str(v))
def test_cohort_equals_alone_to_the_bit_on_a_cpu(network, shape):
    whole = task(network, shape, records=12 if isinstance(network, AlexNet) else 24)
    together = [p.predict(whole.x[:20]) for p in fit(whole)]
    for k, logits in enumerate(together):
        np.testing.assert_array_equal(alone(whole, k).predict(whole.x[:20]), logits)
    assert not np.array_equal(together[0], together[1])


def test_stacked_equals_textbook_training_in_float64():
    """The stacked engine against torch.nn and torch.optim, a model at a time, same initial weights and order."""
    from models.building import start

    whole = task(Mlp(hidden=(16, 8)), (8, 8, 1), defense=L2(0.01), dtype=torch.float64)
    for k, predictor in enumerate(fit(whole)):
        module, generator = start(whole, whole.seeds[k])
        module = module.double()
        optimizer = torch.optim.Adam(module.parameters(), lr=1e-3, weight_decay=0.01)
        inputs = torch.from_numpy(whole.x / 255 - 0.5).permute(0, 3, 1, 2)
        for _ in range(2):
            order = torch.from_numpy(whole.rows[k])[torch.randperm(24, generator=generator)]
            for batch in order.split(10):
                optimizer.zero_grad()
                loss = torch.nn.functional.cross_entropy(module(inputs[batch]), torch.from_numpy(whole.y)[batch])
                loss.backward()
                optimizer.step()
        with torch.no_grad():
            expected = module(inputs[:30]).numpy()
        np.testing.assert_allclose(predictor.predict(whole.x[:30]), expected, atol=1e-6)


def test_training_learns_and_the_seed_matters():
    whole = task(Mlp(hidden=(32,)), (8, 8, 1), recipe=Recipe(epochs=200, batch=10, learning_rate=3e-3))
    for k, predictor in enumerate(fit(whole)):
        rows = whole.rows[k]
        assert (predictor.predict(whole.x[rows]).argmax(-1) == whole.y[rows]).mean() == 1
    twice = replace(whole, rows=whole.rows[:1] * 2, seeds=(1, 1))
    first, second = (p.predict(whole.x) for p in fit(twice))
    np.testing.assert_array_equal(first, second)


def test_a_diverging_model_is_named_and_disturbs_nobody():
    whole = task(Mlp(hidden=(16, 8)), (8, 8, 1))
    x = whole.x.astype(np.float32)
    bad = int(np.setdiff1d(whole.rows[1], np.concatenate([whole.rows[0], whole.rows[2]]))[0])
    x[bad] = np.nan
    whole = replace(whole, x=x)
    results = fit(whole)
    assert isinstance(results[1], Diverged)
    assert "NaN in epoch 1" in results[1].reason
    good = np.delete(x, bad, axis=0)[:20]
    for k in (0, 2):
        assert isinstance(results[k], Predictor)
        np.testing.assert_array_equal(results[k].predict(good), alone(whole, k).predict(good))


def test_progress_counts_every_model_epoch_once():
    seen = []
    fit(task(Mlp(hidden=(16, 8)), (8, 8, 1), advance=seen.append))
    assert sum(seen) == 3 * 2


def test_progress_that_cannot_be_shown_stops_nothing():
    def broken(epochs):
        raise BrokenPipeError

    whole = task(Mlp(hidden=(16, 8)), (8, 8, 1))
    for expected, shown in zip(fit(whole), fit(replace(whole, advance=broken)), strict=True):
        np.testing.assert_array_equal(shown.predict(whole.x), expected.predict(whole.x))


def test_out_of_memory_halves_the_cohort_and_keeps_what_is_trained():
    from models.cohort import in_cohorts

    asked = []

    def train(members):
        asked.append((members.start, members.stop))
        if len(members) > 2:
            raise torch.OutOfMemoryError("injected")
        return list(members)

    assert in_cohorts(7, 5, train) == list(range(7))
    assert asked == [(0, 5), (0, 2), (2, 4), (4, 6), (6, 7)]
    with pytest.raises(torch.OutOfMemoryError):
        in_cohorts(1, 1, lambda _: train(range(3)))


def test_out_of_memory_and_a_diverging_model_in_the_middle_of_training_disturb_nobody(monkeypatch):
    from models.stack import Stack

    whole = task(Mlp(hidden=(16, 8)), (8, 8, 1), models=6)
    x = whole.x.astype(np.float32)
    bad = next(i for i in whole.rows[4] if sum(i in rows for rows in whole.rows) == 1)
    x[bad] = np.inf
    whole = replace(whole, x=x)
    calm = [alone(whole, k) for k in range(6)]
    steps = []
    logits = Stack.logits

    def scarce(stack, batch, training, features=None):
        steps.append(len(stack))
        if len(stack) > 2 and steps.count(len(stack)) > 3:
            raise torch.OutOfMemoryError("injected")
        return logits(stack, batch, training, features)

    monkeypatch.setattr(Stack, "logits", scarce)
    results = fit(whole)
    assert max(steps) > 2  # it was tried, and it failed in mid-epoch
    good = np.delete(x, bad, axis=0)
    for k, result in enumerate(results):
        assert isinstance(result, Diverged) == (k == 4)
        if k != 4:
            np.testing.assert_array_equal(result.predict(good), calm[k].predict(good))


def test_width_is_wide_for_small_networks_only():
    assert cohort_width(task(Mlp(hidden=(16, 8)), (8, 8, 1))) > 1
    assert cohort_width(task(Cnn(hidden=12), (20, 20, 1))) == 1


def test_augmented_training_is_the_same_for_the_same_seed():
    recipe = Recipe(epochs=1, batch=10, learning_rate=1e-3, augment=("flip", "rotate", "crop"))
    whole = task(Cnn(hidden=12), (20, 20, 1), recipe=recipe)
    plain = replace(whole, recipe=replace(recipe, augment=()))
    a, b, c = (fit(t)[0].predict(whole.x) for t in (whole, whole, plain))
    np.testing.assert_array_equal(a, b)
    assert not np.array_equal(a, c)


@pytest.mark.parametrize("field", ["epochs", "batch", "learning_rate"])
def test_recipes_refuse_nonsense(field):
    good = {"epochs": 1, "batch": 1, "learning_rate": 0.1}
    for value in (0, -1, float("nan")):
        with pytest.raises(ValueError, match=field):
            Recipe(**{**good, field: value})


def test_float_records_are_scaled_without_touching_the_pool():
    whole = task(Mlp(hidden=(16, 8)), (8, 8, 1))
    floats = replace(whole, x=whole.x.astype(np.float32))
    before = floats.x.copy()
    np.testing.assert_array_equal(fit(floats)[0].predict(floats.x[:9]), fit(whole)[0].predict(whole.x[:9]))
    np.testing.assert_array_equal(floats.x, before)


SHAPES = [(classes, last) for classes in range(2, 18) for last in range(1, 18)]
PLAIN = (NoDefense(), L2(0.01), Hamp(0.5), LabelSmoothing(0.2), ConfidencePenalty(), Ccl())
DEFENSES = (*PLAIN, RelaxLoss(), RelaxLoss(2.0), Mixup(), Dropout(0.3))


def differing(classes, last):
    """Which of seven models differ from themselves alone, in a network whose sizes are no whole vectors."""
    rng = np.random.default_rng([classes, last])
    n, width = 20 + last, int(rng.integers(1, 20))
    x, y = rng.normal(size=(n, int(rng.integers(1, 40)))).astype(np.float32), rng.integers(0, classes, n)
    recipe = Recipe(epochs=2, batch=20, learning_rate=1e-2, optimizer=("adam", "sgd")[last % 2])
    network = Mlp(hidden=(width, 9), activation=("tanh", "relu")[classes % 2])
    rows, seeds = (np.arange(n),) * 7, tuple(range(7))
    defense = DEFENSES[(classes + last) % len(DEFENSES)]
    whole = Task(x, y, classes, (1.0,), (0.0,), rows, seeds, network, recipe, defense, "cpu")
    wrong = []
    for k, together in enumerate(fit(whole)):
        by_itself = alone(whole, k)
        same = [np.array_equal(own, together.weights()[name]) for name, own in by_itself.weights().items()]
        if not all(same) or not np.array_equal(by_itself.predict(x), together.predict(x)):
            wrong.append(k)
    return wrong


@pytest.mark.parametrize(("classes", "last"), SHAPES[::7])
def test_to_the_bit_for_any_number_of_classes_and_any_last_batch(classes, last):
    assert differing(classes, last) == []


@pytest.mark.slow
def test_to_the_bit_for_every_number_of_classes_and_every_last_batch():
    assert {shape: wrong for shape in SHAPES if (wrong := differing(*shape))} == {}
