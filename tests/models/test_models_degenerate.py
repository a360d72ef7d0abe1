"""Inputs at the edge of what is meant, and beyond: right, or one sentence."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from defenses import NoDefense
from models import AlexNet, Cnn, Mlp, Predictor, Recipe, Task, WideResNet, fit, predict_all

RECIPE = Recipe(epochs=1, batch=4, learning_rate=0.01)


def task(network=Mlp(hidden=(4,)), shape=(3,), n=9, models=1):  # noqa: B008
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 256, (n, *shape)).astype(np.uint8), np.arange(n) % 2
    common = {"scale": (1 / 255,), "shift": (0.0,), "recipe": RECIPE, "defense": NoDefense(), "network": network}
    return Task(x=x, y=y, classes=2, rows=(np.arange(n),) * models, seeds=tuple(range(models)), **common)


@pytest.fixture(scope="module")
def trained():
    return fit(task(models=2))


def test_no_records_have_no_answers(trained):
    none = np.zeros((0, 3), np.uint8)
    assert trained[0].predict(none).shape == (0, 2)
    assert [made.shape for made in predict_all(trained, none)] == [(0, 2), (0, 2)]
    assert list(predict_all([], none)) == []


@pytest.mark.parametrize(
    ("x", "got"),
    [
        (np.zeros((2, 4), np.uint8), r"\(2, 4\) uint8"),  # one number too many, which a padded layer would not miss
        (np.zeros((2, 2), np.uint8), r"\(2, 2\) uint8"),
        (np.zeros(3, np.uint8), r"\(3,\) uint8"),
        (np.zeros((2, 3, 1), np.uint8), r"\(2, 3, 1\) uint8"),
        (np.array([["a"] * 3]), r"\(1, 3\) <U1"),
        (np.array([[None] * 3]), r"\(1, 3\) object"),
        (np.zeros((2, 3), complex), r"\(2, 3\) complex128"),
        (5, r"\(\) int64"),
    ],
)
def test_records_of_another_shape_or_type_are_refused(trained, x, got):
    with pytest.raises(ValueError, match=rf"expected records \(n, 3\) of numbers, got {got}"):
        trained[0].predict(x)
    with pytest.raises(ValueError, match="expected records"):
        list(predict_all(trained, x))


@pytest.mark.parametrize("models", [1, 2])
@pytest.mark.parametrize("n", [1, 5])
@pytest.mark.parametrize(("network", "side"), [(Cnn(hidden=4), 16), (AlexNet(), 8), (WideResNet(depth=10, width=1), 5)])
def test_networks_train_at_their_least_size_with_a_last_batch_of_one(network, side, n, models):
    assert all(isinstance(made, Predictor) for made in fit(task(network, (side, side, 1), n, models)))


@pytest.mark.parametrize(
    ("changes", "sentence"),
    [
        ({"rows": (np.array([0, 9]),)}, "rows from 0 to 9, expected rows of 9 records"),
        ({"rows": (np.array([-1, 0]),)}, "rows from -1 to 0, expected rows of 9 records"),
        ({"rows": (np.array([0.0, 1.0]),)}, "rows from 0.0 to 1.0"),
        ({"spare": (np.array([9]),)}, "rows from 9 to 9"),
        ({"y": np.array([0, 5] * 4 + [0])}, "labels from 0 to 5, expected 0 to 1"),
        ({"y": np.array([0, -1] * 4 + [0])}, "labels from -1 to 0, expected 0 to 1"),
        ({"y": np.zeros(9)}, "y float64, expected numbers and whole numbers"),
        ({"y": np.array([0, 1])}, r"expected \(N, ...\) records and \(N,\) labels"),
        ({"x": np.zeros(9)}, r"expected \(N, ...\) records and \(N,\) labels"),
        ({"classes": 1}, "labels from 0 to 1, expected 0 to 0"),
        ({"seeds": (-1,)}, "the seed -1, expected whole numbers of at least 0"),
        ({"seeds": (1.5,)}, "the seed 1.5"),
        ({"seeds": (True,)}, "the seed True"),
        ({"scale": (1.0, 2.0)}, "2 numbers as scale, expected 1 or 3"),
        ({"dtype": torch.int64}, "dtype is torch.int64, expected one of floats"),
    ],
)
def test_a_task_that_is_none_is_refused(changes, sentence):
    with pytest.raises(ValueError, match=f"task: .*{sentence}"):
        replace(task(), **changes)


@pytest.mark.parametrize(
    ("make", "sentence"),
    [
        (lambda: Mlp(hidden=5), "mlp: hidden is 5, expected whole numbers"),
        (lambda: Cnn(hidden=0), "cnn: hidden is 0, expected a whole number"),
        (lambda: Cnn(hidden="a"), "cnn: hidden is 'a'"),
        (lambda: Recipe(1, 4, 0.1, augment=None), "recipe: augment is None"),
        (lambda: Recipe(1, 4, 0.1, milestones=3), "recipe: milestones is 3"),
        (lambda: WideResNet().build((4, 9, 3), 2), r"at least 5 x 5, got records of shape \(4, 9, 3\)"),
    ],
)
def test_networks_and_recipes_that_are_none_are_refused(make, sentence):
    with pytest.raises(ValueError, match=sentence):
        make()
