"""Models that learn from other models' probabilities, and models that are watched while they learn."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from models import Cnn, Mlp, Recipe, Standard, Task, WideResNet, fit
from models.building import start

RECIPE = Recipe(epochs=3, batch=10, learning_rate=1e-2)
MIXED = replace(RECIPE, precision="mixed")
SMALL = (16, 16, 1)
WAYS = [
    (Mlp(hidden=(16,)), (8, 8, 1), RECIPE),
    (Cnn(hidden=8), SMALL, RECIPE),
    (Cnn(hidden=8), SMALL, MIXED),
    (WideResNet(depth=10, width=1), SMALL, MIXED),
]
NAMES = ["stacked", "in turn", "threaded", "with running statistics"]


def task(network, shape, recipe=RECIPE, models=3, **changes):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, *shape), dtype=np.uint8), rng.integers(0, 4, 40)
    rows = tuple(np.sort(rng.permutation(40)[:24]) for _ in range(models))
    return Task(x, y, 4, (1 / 255,), (-0.5,), rows, tuple(range(models)), network, recipe, Standard(), **changes)


def softened(count, seed=1):
    """Probabilities (40, 4) for each of `count` models."""
    logits = np.random.default_rng(seed).normal(0, 3, (count, 40, 4))
    return tuple(np.exp(logits) / np.exp(logits).sum(-1, keepdims=True))


@pytest.mark.parametrize(("network", "shape", "recipe"), WAYS, ids=NAMES)
def test_what_is_seen_after_an_epoch_is_what_so_many_epochs_make(network, shape, recipe):
    seen = {}

    def watch(members, epochs, predictors):
        for k, predictor in zip(members, predictors, strict=True):
            seen[k, epochs] = predictor.predict(whole.x)

    whole = task(network, shape, recipe)
    final = fit(replace(whole, watch=watch))
    assert len(seen) == 3 * 3
    for epochs in (1, 2, 3):
        for k, predictor in enumerate(fit(replace(whole, recipe=replace(recipe, epochs=epochs)))):
            np.testing.assert_array_equal(seen[k, epochs], predictor.predict(whole.x))
    for k in range(3):  # watching changed nothing
        np.testing.assert_array_equal(seen[k, 3], final[k].predict(whole.x))
        assert not np.array_equal(seen[k, 1], seen[k, 2])


@pytest.mark.parametrize(("network", "shape", "recipe"), WAYS, ids=NAMES)
def test_a_model_that_is_taught_is_the_same_in_a_cohort_and_alone(network, shape, recipe):
    whole = task(network, shape, recipe, taught=softened(3))
    together = [p.predict(whole.x) for p in fit(whole)]
    pairs = [fit(replace(whole.only(k), seeds=(k,))) for k in range(3)]
    for k, (alone,) in enumerate(pairs):
        close = recipe.precision == "mixed"  # one alone is trained in another way
        np.testing.assert_allclose(alone.predict(whole.x), together[k], atol=0.05 if close else 0)
    other = fit(replace(whole, taught=softened(3, seed=2)))
    assert not np.allclose(other[0].predict(whole.x), together[0], atol=0.05)


def test_probabilities_that_are_the_labels_teach_the_labels():
    whole = task(Mlp(hidden=(16,)), (8, 8, 1))
    labels = (np.eye(4)[whole.y],) * 3
    for own, taught in zip(fit(whole), fit(replace(whole, taught=labels)), strict=True):
        np.testing.assert_array_equal(taught.predict(whole.x), own.predict(whole.x))


def test_a_taught_model_follows_the_divergence_from_its_teacher_step_by_step():
    """Against torch's own Adam on KL(teacher, student), the mean over a batch, in float64."""
    whole = task(Mlp(hidden=(16,)), (8, 8, 1), taught=softened(3), dtype=torch.float64)
    inputs = torch.from_numpy(whole.x / 255 - 0.5).permute(0, 3, 1, 2)
    for k, predictor in enumerate(fit(whole)):
        module, generator = start(whole, whole.seeds[k])
        module, teacher = module.double(), torch.from_numpy(whole.taught[k])
        optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)
        for _ in range(3):
            order = torch.from_numpy(whole.rows[k])[torch.randperm(24, generator=generator)]
            for batch in order.split(10):
                optimizer.zero_grad()
                log_q = module(inputs[batch]).log_softmax(-1)
                torch.nn.functional.kl_div(log_q, teacher[batch], reduction="batchmean").backward()
                optimizer.step()
        with torch.no_grad():
            expected = module(inputs).numpy()
        np.testing.assert_allclose(predictor.predict(whole.x), expected, atol=1e-5)


@pytest.mark.parametrize("taught", [softened(2), (np.ones((40, 3)),) * 3, (np.ones((40, 4), int),) * 3])
def test_other_probabilities_are_refused(taught):
    with pytest.raises(ValueError, match=r"task: .*taught.*, expected"):
        task(Mlp(hidden=(16,)), (8, 8, 1), taught=taught)
