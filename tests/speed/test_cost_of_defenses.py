"""What a defense's training costs beside one undefended model, side by side; no time is asserted.

`pytest -m slow -s tests/speed/test_cost_of_defenses.py`: about a minute on an idle machine.
"""

import time
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.training.suites import find
from defenses import DpSgd, NoDefense, Selena, trained
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
    ("plain", "defense"),
    [
        (task(DIGITS.network, DIGITS.recipe, 450, (8, 8, 1), 10), Selena()),
        (task(Mlp(), TANH, 1200, (446,), 30), Selena()),
        (task(DIGITS.network, DIGITS.recipe, 450, (8, 8, 1), 10), DpSgd()),
    ],
    ids=["SELENA, digits", "SELENA, tanh MLP", "DP-SGD, digits"],
)
def test_a_defense_beside_one_undefended_model(benchmark, plain, defense):
    taken = {}
    for _ in range(3):
        for own in (NoDefense(), defense):
            begun = time.perf_counter()
            made = trained(replace(plain, defense=own))
            taken.setdefault(own, []).append(time.perf_counter() - begun)
            assert len(made) == 1
    ratio = min(taken[defense]) / min(taken[NoDefense()])
    benchmark.extra_info["ratio"] = ratio
    benchmark.pedantic(trained, (plain,), rounds=1)
    print(f"{defense}: {ratio:.1f} times one undefended model's {min(taken[NoDefense()]):.2f} seconds")
