"""Adam and SGD on leaves against torch.optim's classes, to the bit."""

import numpy as np
import pytest
import torch

from models import Recipe
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


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("decay", [0.0, 0.1])
def test_steps_are_those_of_torch_optim_to_the_bit(name, decay):
    recipe, kind, options = CASES[name]
    rng = np.random.default_rng(0)
    start = [torch.tensor(rng.normal(size=(3, size)), dtype=torch.float32) for size in (16, 48, 32)]
    own, theirs = ([leaf.clone().requires_grad_() for leaf in start] for _ in range(2))
    ours = optimizer(own, recipe, decay, CPU)
    reference = kind(theirs, 0.01, weight_decay=decay, fused=True, **options)
    for step in range(6):
        rate = 0.01 if step < 3 else 0.002
        ours.set_rate(rate)
        reference.param_groups[0]["lr"] = rate
        gradients = [torch.tensor(rng.normal(size=leaf.shape), dtype=torch.float32) for leaf in start]
        gradients[1] = None  # of a leaf that the loss does not depend on
        for leaf, gradient in zip(theirs, gradients, strict=True):
            leaf.grad = gradient
        ours.step(gradients)
        reference.step()
        assert all(torch.equal(a, b) for a, b in zip(own, theirs, strict=True))
    assert torch.equal(own[1], start[1])
    assert not torch.equal(own[0], start[0])
