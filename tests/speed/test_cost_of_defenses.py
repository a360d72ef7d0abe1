"""What a defense's training costs beside one undefended model, side by side; no time is asserted.

`pytest -m slow -s tests/speed/test_cost_of_defenses.py`: about a minute on an idle machine.
"""

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
    "plain",
    [task(DIGITS.network, DIGITS.recipe, 450, (8, 8, 1), 10), task(Mlp(), TANH, 1200, (446,), 30)],
    ids=["digits", "tanh MLP"],
)
def test_selena_beside_one_model(benchmark, plain):
    taken = {}
    for _ in range(3):
        for defense in (NoDefense(), Selena()):
            begun = time.perf_counter()
            made = trained(replace(plain, defense=defense))
            taken.setdefault(type(defense), []).append(time.perf_counter() - begun)
            assert len(made) == 1
    ratio = min(taken[Selena]) / min(taken[NoDefense])
    benchmark.extra_info["ratio"] = ratio
    benchmark.pedantic(trained, (plain,), rounds=1)
    print(f"{ratio:.1f} times one model's {min(taken[NoDefense]):.2f} seconds")
