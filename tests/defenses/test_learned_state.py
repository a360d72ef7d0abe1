"""What a defense learnt beside the network: kept by the training, handed to the release, refused where unusable."""

from types import SimpleNamespace

import numpy as np
import pytest

from defenses import Defense, ReleaseContext, adopt, check_defense, released, trained
from defenses.check import planted
from models import HookError, fit


class Learning(Defense):
    """A temperature that each model draws for itself."""

    def train(self, task, rngs):
        models = fit(task)
        for model, rng in zip(models, rngs, strict=True):
            model.state = {"degrees": 1 + rng.random(1)}
        return models

    def release(self, context, logits):
        return logits / context.state["degrees"]


def returning(state):
    def train(task, rngs):
        models = fit(task)
        for model in models:
            model.state = state
        return models

    return adopt(SimpleNamespace(train=train))


def context(task, model):
    nobody = (task.x[:0], task.y[:0])
    return ReleaseContext(task.x, model.predict, nobody, nobody, 1, model.state)


def test_each_model_keeps_what_it_learnt_and_releases_by_it():
    task = planted(Learning())
    models = trained(task)
    degrees = [float(model.state["degrees"][0]) for model in models]
    assert len(set(degrees)) == 3
    for model, own in zip(models, degrees, strict=True):
        logits = model.predict(task.x)
        np.testing.assert_allclose(released(Learning(), context(task, model), logits), logits / own, rtol=1e-6)
    check_defense(Learning())


def test_a_model_of_fit_has_learnt_nothing_beside_its_network():
    task = planted(Defense())
    for model in (*fit(task), *trained(task)):
        assert model.state == {}


def test_a_release_cannot_change_what_was_learnt():
    task = planted(Learning())
    model = trained(task)[0]
    before = model.state["degrees"].copy()
    context(task, model).state["degrees"][:] = 0
    np.testing.assert_array_equal(model.state["degrees"], before)


def test_what_is_kept_is_a_copy_in_the_order_of_bytes_of_the_machine():
    own = np.arange(6, dtype=">f4").reshape(2, 3).T
    models = trained(planted(returning({"a": own})))
    own[:] = 0
    for model in models:
        kept = model.state["a"]
        assert (kept.dtype, kept.flags.c_contiguous) == (np.dtype("float32"), True)
        np.testing.assert_array_equal(kept, np.arange(6).reshape(2, 3).T)


def test_a_state_that_depends_on_the_cohort_is_no_defense():
    class Shared(Learning):
        def train(self, task, rngs):
            models = fit(task)
            for model in models:
                model.state = {"degrees": np.full(1, 1.0 + len(models))}
            return models

    with pytest.raises(AssertionError, match="a model trained alone differs from itself in a cohort"):
        check_defense(Shared())


@pytest.mark.parametrize(
    ("state", "sentence"),
    [
        ([1.0], "train: expected state to be a dict of arrays by name, got [1.0]"),
        ({1: np.ones(2)}, "train: expected state to be a dict of arrays by name, got {1: array"),
        ({"a\n": np.ones(2)}, "train: expected state to be a dict of arrays by name, got {'a"),
        ({"a": [1.0]}, "train: expected state 'a' to be an array of numbers, got list"),
        ({"a": np.array(["x"])}, "train: expected state 'a' to be an array of numbers, got <U1"),
        ({"a": np.array([None])}, "train: expected state 'a' to be an array of numbers, got object"),
        ({"a": np.ones(2, np.longdouble)}, "train: expected state 'a' to be an array of numbers, got float128"),
        ({"a": np.array([1.0, np.nan])}, "train: expected state 'a' to be finite, got NaN or infinite"),
    ],
)
def test_what_cannot_be_kept_is_answered_in_a_sentence(state, sentence):
    with pytest.raises(HookError) as error:
        trained(planted(returning(state)))
    assert str(error.value).startswith(sentence)
