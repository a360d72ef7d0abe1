"""A network of somebody else's that raises, or changes the process, is one sentence and changes nothing else."""

from dataclasses import dataclass

import numpy as np
import pytest
import torch

from models import HookError, Mlp, Recipe, Standard, Task, fit
from models.building import skeleton
from models.process import Modes


class Layer(torch.nn.Linear):
    def __init__(self, inputs, outputs, raised, training):
        super().__init__(inputs, outputs)
        self.raised, self.when = raised, training

    def forward(self, x):
        if self.raised is not None and self.training == self.when:
            raise self.raised("no such thing")
        return super().forward(x)


@dataclass(frozen=True)
class Raises:
    raised: type | None = None
    when: bool = True

    def build(self, shape, classes):
        return Layer(*shape, classes, self.raised, self.when)


@dataclass(frozen=True)
class Changes(Raises):
    """Changes torch's modes where it is built."""

    def build(self, shape, classes):
        module = super().build(shape, classes)
        torch.set_default_dtype(torch.float64)
        torch.set_default_device("meta")
        torch.set_grad_enabled(False)
        torch.set_num_threads(1)
        return module


def task(network):
    rng = np.random.default_rng(0)
    x, y = rng.normal(size=(30, 4)).astype(np.float32), rng.integers(3, size=30)
    rows = tuple(rng.permutation(30)[:12] for _ in range(2))
    return Task(
        x, y, 3, (1.0,), (0.0,), rows, (1, 2), network, Recipe(epochs=1, batch=4, learning_rate=0.01), Standard()
    )


@pytest.mark.parametrize("raised", [KeyError, SystemExit, GeneratorExit, ValueError, RuntimeError])
@pytest.mark.parametrize("when", [True, False], ids=["training", "predicting"])
def test_one_that_raises_is_one_sentence_with_its_place(raised, when):
    words = rf"{raised.__name__}: '?no such thing'? \(test_foreign_networks.py:\d+\)"
    expected = (ValueError, f"network Raises: {words}") if when else (HookError, f"network failed to predict: {words}")
    with pytest.raises(expected[0], match=expected[1]):
        _ = [made.predict(task(None).x) for made in fit(task(Raises(raised, when)))]


def test_one_that_changes_the_process_where_it_is_built_is_trained_as_if_it_did_not():
    modes = Modes.now()
    found = []
    for network in (Raises(), Changes(), Mlp(hidden=(5,)), Raises()):
        skeleton(network, (4,), 3)
        assert Modes.now() == modes
        found.append([made.predict(task(None).x) for made in fit(task(network))])
        assert Modes.now() == modes
    np.testing.assert_array_equal(found[0], found[1])
    np.testing.assert_array_equal(found[0], found[3])
    assert torch.zeros(1).device.type == "cpu"
