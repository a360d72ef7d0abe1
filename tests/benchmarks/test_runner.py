"""What a defense lets out is checked before it is stored."""

from types import SimpleNamespace

import numpy as np
import pytest

from benchmarks.naming.plugins import Plugin
from benchmarks.training.runner import released
from defenses import Defense


class Releasing(Defense):
    def __init__(self, made):
        self.made = made

    def release(self, inputs, logits, predict, rng):
        return self.made(logits)


def release(made):
    training = SimpleNamespace(key="0", defense=Plugin("temperature(0)", Releasing(made)))
    logits = np.arange(12, dtype=np.float32).reshape(4, 3)
    return released(training, SimpleNamespace(predict=None), np.zeros((4, 2)), logits)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda x: np.where(x > 6, np.inf, x), "expected finite released logits, got NaN or infinite for 2 records"),
        (lambda x: x[:, 0], "expected (4, 3) released logits, got (4,) float32"),
        (lambda x: None, "expected (4, 3) released logits, got () object"),
        (lambda x: x.softmax(), "AttributeError: 'numpy.ndarray' object has no attribute 'softmax' (test_runner.py:"),
    ],
)
def test_a_defense_that_lets_out_what_is_unusable_is_named(made, sentence):
    with pytest.raises(ValueError) as error:
        release(made)
    assert str(error.value).startswith(f"defense temperature(0): {sentence}")


def test_what_is_let_out_is_float32_with_one_query():
    made = release(lambda x: x.astype(np.float64) / 2)
    assert (made.shape, made.dtype) == ((4, 1, 3), np.float32)
