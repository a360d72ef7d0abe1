"""Networks from outside: widened only where every layer is understood, else trained one by one."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch
from torch import nn

from models import AlexNet, Cnn, Mlp, Recipe, Standard, Task, WideResNet, cohort_width, fit, restore, wide
from models.building import skeleton, stacked
from models.fitting import IN_TURN, STACKED, THREADED, _way
from models.records import Inputs, Records
from models.training import train_cohort

IMAGE, ROW = (8, 8, 3), (6,)
CPU = torch.device("cpu")


class Network:
    def __init__(self, build):
        self.make = build

    def build(self, shape, classes):
        return self.make(shape, classes)


def task(network, shape, precision="fp32", models=3, **changes):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (40, *shape), dtype=np.uint8), rng.integers(0, 4, 40)
    rows = tuple(np.sort(rng.permutation(40)[:12]) for _ in range(models))
    recipe = Recipe(epochs=2, batch=5, learning_rate=0.05, optimizer="sgd", precision=precision)
    return Task(x, y, 4, (1 / 255,), (-0.5,), rows, tuple(range(models)), network, recipe, Standard(), **changes)


class Gate(nn.Module):
    """Multiplies each channel with the mean of all: wrong once channels of several models lie side by side."""

    def forward(self, x):
        return x * x.mean(1, keepdim=True)


class SubLinear(nn.Linear):
    def forward(self, x):
        return super().forward(x).sort(-1).values


def image(layer):
    return lambda shape, classes: nn.Sequential(nn.Conv2d(3, 4, 3), layer(), nn.Flatten(), nn.Linear(144, classes))


KNOWN = {
    "convolution": (image(nn.ReLU), IMAGE),
    "grouped": (image(lambda: nn.Conv2d(4, 4, 1, groups=2)), IMAGE),
    "no bias": (lambda s, c: nn.Sequential(nn.Linear(6, 5, bias=False), nn.GELU(), nn.Linear(5, c, bias=False)), ROW),
    "circular": (image(lambda: nn.Conv2d(4, 4, 3, padding=1, padding_mode="circular")), IMAGE),
}
UNKNOWN = {
    "LayerNorm": (lambda s, c: nn.Sequential(nn.Linear(6, 5), nn.LayerNorm(5), nn.Linear(5, c)), ROW),
    "GroupNorm": (image(lambda: nn.GroupNorm(2, 4)), IMAGE),
    "own layer": (image(Gate), IMAGE),
    "softmax": (lambda s, c: nn.Sequential(nn.Linear(6, c), nn.Softmax(1)), ROW),
    "subclass": (lambda s, c: nn.Sequential(SubLinear(6, 5), nn.Tanh(), nn.Linear(5, c)), ROW),
    "dropout": (lambda s, c: nn.Sequential(nn.Linear(6, 20), nn.Dropout(0.5), nn.Linear(20, c)), ROW),
    "flatten from 0": (lambda s, c: nn.Sequential(nn.Linear(6, c), nn.Flatten(0), nn.Unflatten(0, (-1, c))), ROW),
    "linear on images": (
        lambda s, c: nn.Sequential(nn.Linear(8, 2), nn.Flatten(), nn.Linear(8 * 3 * 2, c)),
        IMAGE,
    ),
    "averaged statistics": (image(lambda: nn.BatchNorm2d(4, momentum=None)), IMAGE),
    "BatchNorm1d": (lambda s, c: nn.Sequential(nn.Linear(6, 5), nn.BatchNorm1d(5), nn.Linear(5, c)), ROW),
}


def tied(shape, classes):
    layer = nn.Linear(6, 6)
    return nn.Sequential(layer, nn.Tanh(), layer, nn.Tanh(), nn.Linear(6, classes))


def hooked(shape, classes):
    layer = nn.Linear(6, 6)
    layer.register_forward_hook(lambda module, inputs, output: output.flip(1))
    return nn.Sequential(layer, nn.Tanh(), nn.Linear(6, classes))


UNKNOWN |= {"tied": (tied, ROW), "hooked": (hooked, ROW)}


def textbook(whole, k):
    """Torch's own loop, with the engine's initial weights, order and generator."""
    from models.building import start
    from models.training import _own_generator

    module, generator = start(whole, whole.seeds[k])
    optimizer = torch.optim.SGD(module.parameters(), lr=0.05)
    x = torch.from_numpy(whole.x / 255 - 0.5).float()
    x, y = (x.permute(0, 3, 1, 2) if x.dim() == 4 else x), torch.from_numpy(whole.y)
    with _own_generator(whole.seeds[k], CPU):
        for _ in range(2):
            for batch in torch.from_numpy(whole.rows[k])[torch.randperm(12, generator=generator)].split(5):
                optimizer.zero_grad()
                nn.functional.cross_entropy(module(x[batch]), y[batch]).backward()
                optimizer.step()
    with torch.no_grad():
        return module.eval()(x).numpy()


@pytest.mark.parametrize("case", UNKNOWN)
def test_a_module_with_a_layer_that_is_not_understood_is_trained_one_by_one(case):
    build, shape = UNKNOWN[case]
    whole = task(Network(build), shape)
    assert not wide.known(skeleton(whole.network, shape, 4), shape)
    for precision in ("fp32", "mixed"):
        assert _way(replace(whole, recipe=replace(whole.recipe, precision=precision))) == IN_TURN
    assert not stacked(skeleton(whole.network, shape, 4), shape, torch.device("cuda"))
    assert cohort_width(whole) == 1
    for k, predictor in enumerate(fit(whole)):
        np.testing.assert_allclose(predictor.predict(whole.x), textbook(whole, k), atol=1e-4)


@pytest.mark.parametrize("case", KNOWN)
def test_a_module_of_understood_layers_is_widened_and_is_each_models_own(case):
    build, shape = KNOWN[case]
    whole = task(Network(build), shape, dtype=torch.float64)
    assert wide.known(skeleton(whole.network, shape, 4), shape)
    records = Records(whole.x, whole.y, Inputs(whole.scale, whole.shift, CPU, whole.dtype), ())
    from threading import Event

    together = train_cohort(whole, range(3), records, True, lambda _: None, Event())
    for k in range(3):
        alone = train_cohort(whole, range(k, k + 1), records, False, lambda _: None, Event())[0]
        np.testing.assert_allclose(together[k].predict(whole.x), alone.predict(whole.x), atol=1e-5)


def test_the_networks_here_are_known_and_go_their_way():
    for network, shape in ((Cnn(), (20, 20, 1)), (AlexNet(), IMAGE), (WideResNet(10, 1), IMAGE), (Mlp((8,)), ROW)):
        assert stacked(skeleton(network, shape, 4), shape, torch.device("cuda"))
    assert _way(task(Mlp((8,)), ROW)) == STACKED
    assert _way(task(AlexNet(), IMAGE)) == IN_TURN
    assert _way(task(AlexNet(), IMAGE, "mixed")) == THREADED
    assert _way(task(Mlp(), ROW)) == THREADED  # 700,000 parameters
    assert _way(task(Mlp(), ROW, "mixed")) == THREADED
    assert _way(task(Mlp((1500, 1500)), ROW)) == IN_TURN  # 2.3 million
    assert _way(task(Mlp(), ROW).only(0)) == IN_TURN


def test_dropout_is_drawn_from_the_models_own_seed():
    build, shape = UNKNOWN["dropout"]
    whole = task(Network(build), shape)
    together = [p.predict(whole.x) for p in fit(whole)]
    torch.manual_seed(99)
    for k in range(3):
        np.testing.assert_array_equal(fit(whole.only(k))[0].predict(whole.x), together[k])


def test_frozen_and_unused_weights_stay_as_they_are():
    class Odd(nn.Module):
        def __init__(self):
            super().__init__()
            self.frozen, self.unused, self.last = nn.Linear(6, 5), nn.Linear(2, 2), nn.Linear(5, 4)
            self.frozen.requires_grad_(False)

        def forward(self, x):
            return self.last(torch.tanh(self.frozen(x)))

    whole = task(Network(lambda s, c: Odd()), ROW)
    from models.building import start

    for k, predictor in enumerate(fit(whole)):
        before = {n: t.numpy() for n, t in start(whole, whole.seeds[k])[0].state_dict().items()}
        after = predictor.weights()
        changed = {name for name in before if not np.array_equal(before[name], after[name])}
        assert changed == {"last.weight", "last.bias"}


@dataclass(frozen=True)
class Small:
    def build(self, shape, classes):
        return nn.Sequential(nn.Flatten(), nn.Linear(6, classes + self.more))

    more: int = 1


class Pair(nn.Linear):
    """Returns its features, too, as some networks do."""

    def forward(self, x):
        return super().forward(x), x


class Wide(Pair):
    widens = True


@pytest.mark.parametrize(
    ("network", "sentence"),
    [
        (Small(), r"network Small: expected logits of shape \(5, 4\), got \(5, 5\)"),
        (Network(lambda s, c: nn.Linear(7, c)), r"network Network: RuntimeError: "),
        (Network(lambda s, c: nn.Linear(s[9], c)), r"network Network: IndexError: .* \(test_models_networks.py:\d+\)"),
        (Network(lambda s, c: "module"), "network Network: expected a module, got str"),
        (Network(lambda s, c: nn.ReLU()), "network Network: expected a module with parameters, got one without"),
        (Network(lambda s, c: Pair(6, c)), "expected logits, one tensor, got tuple"),
        (Network(lambda s, c: Wide(6, c)), "expected logits, one tensor, got tuple"),
    ],
)
def test_a_network_that_does_not_fit_is_answered_in_a_sentence(network, sentence):
    with pytest.raises(ValueError, match=sentence) as error:
        fit(task(network, ROW))
    assert "\n" not in str(error.value)


def test_a_network_that_computes_with_its_first_weights_is_fine():
    def build(shape, classes):
        layer = nn.Linear(6, classes)
        layer.bias.data = torch.full((classes,), float(layer.weight.detach().abs().max()))
        return nn.Sequential(layer)

    whole = task(Network(build), ROW)
    np.testing.assert_allclose(fit(whole)[0].predict(whole.x), textbook(whole, 0), atol=1e-5)


SAVED = [(Mlp((16, 8)), IMAGE), (Mlp((700, 300)), ROW), (Cnn(8), (16, 16, 1)), (WideResNet(10, 1), IMAGE)]
SAVED += [(Network(UNKNOWN[name][0]), UNKNOWN[name][1]) for name in ("LayerNorm", "BatchNorm1d", "tied")]


@pytest.mark.parametrize(("network", "shape"), SAVED, ids=lambda v: str(v)[:20])
def test_models_from_their_weights_predict_the_same_to_the_bit(network, shape):
    whole = task(network, shape)
    trained = fit(whole)
    weights = [predictor.weights() for predictor in trained]
    filed = [dict(reversed(own.items())) for own in weights]  # in no order; a file has BatchNorm's counts first
    together = restore(network, shape, 4, filed, whole.scale, whole.shift)
    alone = [restore(network, shape, 4, [own], whole.scale, whole.shift)[0] for own in filed]
    for again in (together, alone):
        for predictor, own, other in zip(trained, weights, again, strict=True):
            np.testing.assert_array_equal(other.predict(whole.x), predictor.predict(whole.x))
            assert all(np.array_equal(a, b) for a, b in zip(own.values(), other.weights().values(), strict=True))


@pytest.mark.parametrize(("network", "shape"), SAVED, ids=lambda v: str(v)[:20])
def test_weights_are_what_torch_names_and_lays_out(network, shape):
    whole = task(network, shape)
    weights = fit(whole)[1].weights()
    module = network.build(shape, 4)
    module.load_state_dict({name: torch.from_numpy(w) for name, w in weights.items()}, strict=network != SAVED[-1][0])
    x = torch.from_numpy(whole.x / 255 - 0.5).float()
    with torch.no_grad():
        expected = module.eval()(x.permute(0, 3, 1, 2) if x.dim() == 4 else x)
    np.testing.assert_allclose(fit(whole)[1].predict(whole.x), expected, atol=1e-5)


def test_weights_of_another_network_are_refused():
    whole = task(Mlp((8,)), ROW)
    weights = fit(whole)[0].weights()
    for wrong, sentence in (
        (
            {n: w for n, w in weights.items() if n != "layers.1.bias"},
            r"expected layers.1.bias of shape \(4,\), got nothing",
        ),
        ({**weights, "layers.1.bias": weights["layers.1.bias"][:3]}, r"expected layers.1.bias .*, got \(3,\)"),
        ({**weights, "more": weights["layers.1.bias"]}, r"expected no more, got \(4,\)"),
    ):
        with pytest.raises(ValueError, match="weights of Mlp: " + sentence):
            restore(Mlp((8,)), ROW, 4, [wrong], whole.scale, whole.shift)
    other = {name: w.astype(np.float64) for name, w in weights.items()}
    with pytest.raises(ValueError, match=r"weights of Mlp: expected one kind of numbers.*, got float32 and float64"):
        restore(Mlp((8,)), ROW, 4, [weights, other], whole.scale, whole.shift)
    weights["layers.0.weight"][:] = 0  # a copy: the model keeps its own
    assert fit(whole)[0].weights()["layers.0.weight"].any()
