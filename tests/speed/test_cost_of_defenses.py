"""What a defense's training costs beside one undefended model, side by side. About a minute on an idle machine."""

import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.training.suites import find
from defenses import NoDefense, Selena, trained
from models import Mlp, Recipe, Task

DIGITS = find("digits-half")
TANH = Recipe(epochs=3, batch=32, learning_rate=0.01, optimizer="sgd")


def task(network, recipe, records, shape, classes):
    """One model on random bytes; speed does not depend on the values."""
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (records, *shape), dtype=np.uint8), rng.integers(0, classes, records)
    return Task(x, y, classes, (1 / 255,), (0.0,), (np.arange(records),), (0,), network, recipe, NoDefense())


@pytest.mark.slow
@pytest.mark.parametrize(
    ("plain", "most"),
    [
        (task(DIGITS.network, DIGITS.recipe, 450, (8, 8, 1), 10), 6),
        (task(Mlp(), TANH, 1200, (446,), 30), 17),  # its steps alone are 16.1 times as many, each as dear as any
    ],
    ids=["digits", "tanh MLP"],
)
def test_selenas_26_trainings_cost_less_than_26(plain, most):
    taken = {}
    for _ in range(3):
        for defense in (NoDefense(), Selena()):
            begun = time.perf_counter()
            trained(replace(plain, defense=defense))
            taken.setdefault(type(defense), []).append(time.perf_counter() - begun)
    ratio = min(taken[Selena]) / min(taken[NoDefense])
    print(f"{ratio:.1f} times one model's {min(taken[NoDefense]):.2f} seconds")
    assert ratio <= most
