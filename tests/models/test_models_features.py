"""What the last layer reads in training, whichever way models are trained."""

from dataclasses import dataclass, replace
from threading import Event

import numpy as np
import pytest
import torch
from torch import nn

from models import Cnn, HookError, Mlp, Recipe, Standard, Task, WideResNet, fit, wide
from models.batch import Draws
from models.building import skeleton, start
from models.records import Inputs, Records
from models.training import train_cohort

SGD = Recipe(epochs=2, batch=5, learning_rate=0.01, optimizer="sgd")


class Weighted(Standard):
    """Features times random numbers, which differ by model, step, record and feature."""

    def features(self, hidden, batch):
        return hidden * batch.uniform(*hidden.shape[1:]).to(hidden.dtype)


CASES = [  # network, shape, as one program
    (Mlp((16, 9)), (8, 8, 1), True),
    (Mlp((16, 9), activation="relu"), (30,), False),
    (Mlp(()), (7,), True),
    (Cnn(hidden=12), (18, 16, 1), True),
    (Cnn(hidden=12), (18, 16, 1), False),
    (WideResNet(depth=10, width=1), (8, 8, 3), True),
    (WideResNet(depth=10, width=1), (8, 8, 3), False),
]


def task(network, shape, defense=None, dtype=torch.float64, recipe=SGD):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, *shape), dtype=np.uint8), rng.integers(0, 4, 40)
    rows = tuple(np.sort(rng.permutation(40)[:12]) for _ in range(3))
    return Task(x, y, 4, (1 / 255,), (-0.5,), rows, (5, 6, 7), network, recipe, defense or Weighted(), "cpu", dtype)


def textbook(whole, k):
    """Return the logits of model k, trained by torch.nn and torch.optim with the features weighted in plain sight."""
    module, generator = start(whole, whole.seeds[k])
    module = module.double()
    layers = list(module.layers) if isinstance(whole.network, Mlp) else None
    active = {"tanh": torch.tanh, "relu": torch.relu}[getattr(whole.network, "activation", "tanh")]

    def forward(x, weigh):
        if layers is None:
            return module[-1](weigh(module[:-1](x)))
        x = x.flatten(1)
        for layer in layers[:-1]:
            x = active(layer(x))
        return layers[-1](weigh(x))

    x = torch.from_numpy(whole.x / 255 - 0.5)
    x = x.permute(0, 3, 1, 2) if x.dim() == 4 else x
    optimizer, step = torch.optim.SGD(module.parameters(), 0.01), 0
    for _ in range(2):
        for batch in torch.from_numpy(whole.rows[k])[torch.randperm(12, generator=generator)].split(5):
            draws = Draws((whole.seeds[k],), torch.tensor(step))
            optimizer.zero_grad()
            logits = forward(x[batch], lambda h, draws=draws: h * draws.uniform(*h.shape)[0].double())
            nn.functional.cross_entropy(logits, torch.from_numpy(whole.y)[batch]).backward()
            optimizer.step()
            step += 1
    module.eval()
    with torch.no_grad():
        return forward(x, lambda h: h).numpy()


@pytest.mark.parametrize(("network", "shape", "batched"), CASES, ids=lambda v: type(v).__name__)
def test_every_way_of_training_reads_what_a_textbook_loop_reads(network, shape, batched):
    whole = task(network, shape)
    records = Records(whole.x, whole.y, Inputs(whole.scale, whole.shift, torch.device("cpu"), whole.dtype), ())
    parts = [range(3)] if batched else [range(k, k + 1) for k in range(3)]
    made = [m for part in parts for m in train_cohort(whole, part, records, batched, lambda _: None, Event())]
    for k, predictor in enumerate(made):
        np.testing.assert_allclose(predictor.predict(whole.x), textbook(whole, k), atol=1e-5)


MIXED = replace(SGD, precision="mixed")
WAYS = [(Mlp((16, 9)), (8, 8, 1), SGD), (Cnn(hidden=8), (16, 16, 1), SGD), (Cnn(hidden=8), (16, 16, 1), MIXED)]


@pytest.mark.parametrize(("network", "shape", "recipe"), WAYS, ids=["stacked", "in turn", "threaded"])
def test_a_model_is_the_same_in_a_cohort_and_alone_and_another_without(network, shape, recipe):
    whole = task(network, shape, dtype=torch.float32, recipe=recipe)
    together, plain = ([p.predict(whole.x) for p in fit(t)] for t in (whole, replace(whole, defense=Standard())))
    assert not np.array_equal(together[1], plain[1])
    part = replace(whole, rows=whole.rows[1:], seeds=whole.seeds[1:]) if recipe is MIXED else whole.only(1)
    np.testing.assert_array_equal(fit(part)[0].predict(whole.x), together[1])


@dataclass(frozen=True)
class Network:
    make: object

    def build(self, shape, classes):
        return self.make(shape, classes)


class Backwards(nn.Module):
    """Its last layer is the first that is used."""

    def __init__(self, shape, classes):
        super().__init__()
        self.last, self.first = nn.Linear(5, classes), nn.Linear(*shape, 5)

    def forward(self, x):
        return self.last(self.first(x))


class Twice(nn.Module):
    def __init__(self, shape, classes):
        super().__init__()
        self.before, self.layer = nn.Linear(*shape, classes), nn.Linear(classes, classes)

    def forward(self, x):
        return self.layer(self.layer(self.before(x)))


WRONG = {
    "an activation after it": lambda shape, classes: nn.Sequential(nn.Linear(*shape, classes), nn.Tanh()),
    "another order": Backwards,
    "used twice": Twice,
    "no linear layer": lambda shape, classes: nn.Sequential(
        nn.Unflatten(1, (1, -1)), nn.Conv1d(1, classes, *shape), nn.Flatten()
    ),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_network_whose_last_layer_is_not_linear_is_refused_and_left_as_it_was(name):
    whole = task(Network(WRONG[name]), (6,))
    known = wide.known(skeleton(whole.network, (6,), 4), (6,))
    with pytest.raises(HookError, match=r"features: expected a network whose last layer, a torch.nn.Linear, makes"):
        fit(whole)
    assert wide.known(skeleton(whole.network, (6,), 4), (6,)) == known
    fit(replace(whole, defense=Standard()))


@pytest.mark.parametrize(("network", "shape"), [(Mlp((9,)), (6,)), (Cnn(hidden=8), (16, 16, 1))])
def test_what_a_hook_returns_and_raises_is_said_in_its_own_name(network, shape):
    def wrong(made):
        return task(network, shape, type("Wrong", (Standard,), {"features": made})())

    with pytest.raises(HookError, match=r"features: expected the shape \((3|1), 5, (9|8)\), got \((3|1), 5\)"):
        fit(wrong(lambda self, hidden, batch: hidden.sum(-1)))
    with pytest.raises(HookError, match=r"AttributeError: .* \(test_models_features.py:\d+\)") as error:
        fit(wrong(lambda self, hidden, batch: hidden.missing))
    assert "network" not in str(error.value)
