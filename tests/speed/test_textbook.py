"""The baseline is what it says: our networks' functions, torch's Adam, every record once an epoch."""

import numpy as np
import pytest
import torch

from benchmarks.speed import textbook
from models import AlexNet, Cnn, Mlp, Recipe, WideResNet

CASES = [
    (Mlp(hidden=(16, 8)), (8, 8, 1)),
    (Mlp(hidden=(16,), activation="relu"), (12,)),
    (Cnn(hidden=12), (20, 18, 1)),
    (AlexNet(), (16, 8, 3)),
    (WideResNet(), (8, 8, 3)),
]


@pytest.mark.parametrize(("network", "shape"), CASES, ids=lambda v: type(v).__name__)
def test_networks_compute_what_ours_compute_with_the_same_weights(network, shape):
    own, ours = textbook.module(network, shape, 5).double(), network.build(shape, 5).double()
    with torch.no_grad():
        for a, b in zip(own.parameters(), ours.parameters(), strict=True):
            a.copy_(b)
    axes = shape if len(shape) == 1 else (shape[2], *shape[:2])
    x = torch.randn(4, *axes, dtype=torch.float64)
    torch.testing.assert_close(own(x), ours(x), rtol=0, atol=1e-9)


def test_wide_resnet_starts_from_the_same_kind_of_weights_as_ours():
    own, ours = textbook.module(WideResNet(), (8, 8, 3), 5), WideResNet().build((8, 8, 3), 5)
    for a, b in zip(own.parameters(), ours.parameters(), strict=True):
        if a.numel() > 5000:
            assert a.std().item() == pytest.approx(b.std().item(), rel=0.1)


def test_dataset_scales_and_puts_channels_first():
    x = np.arange(2 * 3 * 4 * 2, dtype=np.uint8).reshape(2, 3, 4, 2)
    inputs, labels = textbook.dataset(x, np.array([1, 0]), (0.5, 2.0), (0.0, -1.0))[1]
    assert inputs.shape == (2, 3, 4)
    assert inputs.dtype == torch.float32
    assert inputs[0, 2, 3] == x[1, 2, 3, 0] * 0.5
    assert inputs[1, 0, 1] == x[1, 0, 1, 1] * 2.0 - 1
    assert labels == 0


def test_first_step_of_adam_moves_every_weight_by_the_learning_rate():
    starts, x = [], np.array([[1], [2], [3]], np.uint8)
    sets = [textbook.dataset(x, np.array([0, 1, 1]), (1.0,), (0.0,))] * 2

    def build():
        module = textbook.module(Mlp(hidden=()), (1,), 2)
        starts.append([p.detach().clone() for p in module.parameters()])
        return module

    trained = textbook.train(build, sets, Recipe(epochs=1, batch=3, learning_rate=0.25), "cpu")
    assert len(trained) == 2
    for start, model in zip(starts, trained, strict=True):
        for before, after in zip(start, model.parameters(), strict=True):
            torch.testing.assert_close((after - before).abs(), torch.full_like(before, 0.25), rtol=1e-4, atol=1e-4)


def test_three_steps_are_adams_by_its_paper():
    """Kingma and Ba 2015, algorithm 1, on records of one number; every step has a gradient of its own."""
    x, y = torch.tensor([[1.0], [2.0], [3.0]]), torch.tensor([0, 1, 1])
    start = []

    def build():
        module = textbook.module(Mlp(hidden=()), (1,), 2)
        start.extend(p.detach().clone() for p in module.parameters())
        return module

    own = textbook.dataset(x.numpy().astype(np.uint8), y.numpy(), (1.0,), (0.0,))
    (model,) = textbook.train(build, [own], Recipe(epochs=3, batch=3, learning_rate=0.1), "cpu")
    weight, bias = start
    first, second = [0.0, 0.0], [0.0, 0.0]
    for step in (1, 2, 3):
        weight, bias = weight.requires_grad_(), bias.requires_grad_()
        log_p = torch.log_softmax(x @ weight.T + bias, 1)
        gradients = torch.autograd.grad(-log_p[torch.arange(3), y].mean(), (weight, bias))
        moved = []
        for i, (value, g) in enumerate(zip((weight, bias), gradients, strict=True)):
            first[i] = 0.9 * first[i] + 0.1 * g
            second[i] = 0.999 * second[i] + 0.001 * g**2
            update = (first[i] / (1 - 0.9**step)) / ((second[i] / (1 - 0.999**step)).sqrt() + 1e-8)
            moved.append((value - 0.1 * update).detach())
        weight, bias = moved
    for found, expected in zip(model.parameters(), (weight, bias), strict=True):
        torch.testing.assert_close(found.detach(), expected, rtol=1e-4, atol=1e-5)


def test_every_epoch_shows_every_record_once_in_an_order_of_its_own():
    seen = []

    class Spy(torch.nn.Linear):
        def forward(self, x):
            seen.extend(x[:, 0].tolist())
            return super().forward(x)

    own = textbook.dataset(np.arange(50, dtype=np.uint8)[:, None], np.zeros(50, np.int64), (1.0,), (0.0,))
    textbook.train(lambda: Spy(1, 2), [own], Recipe(epochs=2, batch=20, learning_rate=0.1), "cpu")
    assert sorted(seen[:50]) == sorted(seen[50:]) == list(range(50))
    assert seen[:50] != seen[50:]
