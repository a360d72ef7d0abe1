"""Adam and SGD on leaves against torch.optim's classes, to the bit; momentum that begins anew."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from defenses import NoDefense
from models import Mlp, Recipe, Task, fit
from models.optimizers import optimizer

CPU = torch.device("cpu")
CASES = {
    "adam": (Recipe(epochs=1, batch=1, learning_rate=0.01), torch.optim.Adam, {}),
    "sgd": (Recipe(epochs=1, batch=1, learning_rate=0.01, optimizer="sgd"), torch.optim.SGD, {}),
    "momentum": (
        Recipe(epochs=1, batch=1, learning_rate=0.01, optimizer="sgd", momentum=0.9),
        torch.optim.SGD,
        {"momentum": 0.9},
    ),
}


def drawn(rng, *shapes):
    return [torch.tensor(rng.normal(size=shape), dtype=torch.float32) for shape in shapes]


def copied(start):
    return [leaf.clone().requires_grad_() for leaf in start]


def stepped(ours, reference, theirs, gradients):
    """Both take a step by the same gradients."""
    for leaf, gradient in zip(theirs, gradients, strict=True):
        leaf.grad = gradient
    ours.step(gradients)
    reference.step()


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_steps_are_those_of_torch_optim_to_the_bit(name, decay):
    recipe, kind, options = CASES[name]
    rng = np.random.default_rng(0)
    start = drawn(rng, (3, 16), (3, 48), (3, 32))
    own, theirs = (copied(start) for _ in range(2))
    ours = optimizer(own, recipe, decay, CPU)
    reference = kind(theirs, 0.01, weight_decay=decay, fused=True, **options)
    for step in range(6):
        rate = 0.01 if step < 3 else 0.002
        ours.set_rate(rate)
        reference.param_groups[0]["lr"] = rate
        gradients = drawn(rng, *(leaf.shape for leaf in start))
        gradients[1] = None  # of a leaf that the loss does not depend on
        stepped(ours, reference, theirs, gradients)
        assert all(torch.equal(a, b) for a, b in zip(own, theirs, strict=True))
    assert torch.equal(own[1], start[1])
    assert not torch.equal(own[0], start[0])


@pytest.mark.parametrize("name", CASES)
def test_a_gradient_may_come_late(name):
    """Of a network that leaves out a layer at times; torch's fused SGD with momentum cannot, its plain one can."""
    recipe, kind, options = CASES[name]
    rng = np.random.default_rng(3)
    start = drawn(rng, (3, 16), (3, 48))
    own, theirs = (copied(start) for _ in range(2))
    ours, reference = optimizer(own, recipe, 0.1, CPU), kind(theirs, 0.01, weight_decay=0.1, foreach=False, **options)
    for step in range(6):
        gradients = drawn(rng, *(leaf.shape for leaf in start))
        gradients = [gradients[0], gradients[1] if step in (2, 3, 5) else None]
        stepped(ours, reference, theirs, gradients)
    for a, b in zip(own, theirs, strict=True):
        torch.testing.assert_close(a, b)


@pytest.mark.parametrize("name", CASES)
def test_after_a_restart_it_is_as_new(name):
    recipe, kind, options = CASES[name]
    rng = np.random.default_rng(1)
    start = drawn(rng, (3, 16), (3, 48))
    own, theirs = (copied(start) for _ in range(2))
    ours = optimizer(own, recipe, 0.1, CPU)
    for _ in range(3):  # epochs
        ours.restart()
        reference = kind(theirs, 0.01, weight_decay=0.1, fused=True, **options)
        for _ in range(4):
            gradients = drawn(rng, *(leaf.shape for leaf in start))
            stepped(ours, reference, theirs, gradients)
        assert all(torch.equal(a, b) for a, b in zip(own, theirs, strict=True))


def weights(recipe):
    rng = np.random.default_rng(2)
    x, y = rng.integers(0, 200, (40, 8), dtype=np.uint8), rng.integers(0, 3, 40)
    rows, net = (np.arange(20), np.arange(20, 40)), Mlp(hidden=(6,))
    made = fit(Task(x, y, 3, (1 / 255,), (0.0,), rows, (5, 6), net, recipe, NoDefense()))
    return np.array([of.predict(x) for of in made])


def test_a_momentum_that_begins_anew_with_each_epoch_of_one_step_is_none():
    plain = Recipe(epochs=6, batch=20, learning_rate=0.1, optimizer="sgd")
    lasting = replace(plain, momentum=0.9)
    assert np.array_equal(weights(replace(lasting, restart=True)), weights(plain))
    assert not np.array_equal(weights(lasting), weights(plain))


@pytest.mark.parametrize(
    ("changes", "words"),
    [({"restart": 1, "momentum": 0.9}, "true or false"), ({"restart": True}, "false without momentum")],
)
def test_a_restart_that_means_nothing_is_refused(changes, words):
    with pytest.raises(ValueError, match=f"restart is .*{words}"):
        Recipe(epochs=1, batch=1, learning_rate=0.1, optimizer="sgd", **changes)
