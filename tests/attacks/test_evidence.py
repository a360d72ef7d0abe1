import numpy as np
import pytest

import attacks
from attacks import Evidence, adopt, check_attack, restrict


def made(trained_on=None):
    rng = np.random.default_rng(0)
    trained_on = np.array([[True, False, False], [False, True, False]]) if trained_on is None else trained_on
    target, references = (rng.normal(size=s).astype(np.float32) for s in ((3, 1, 4), (2, 3, 1, 4)))
    return Evidence(np.array([0, 1, 3]), target, references, trained_on)


def test_label_access_sees_predictions_only():
    full, shown = made(), restrict(made(), "label", "shadow")
    np.testing.assert_array_equal(shown.target, np.eye(4)[full.target.argmax(-1)])


def test_probability_access_sees_logits_up_to_a_constant():
    full, shown = made(), restrict(made(), "probability", "shadow")
    np.testing.assert_array_equal(shown.target.max(-1), 0)
    difference = full.target - shown.target
    np.testing.assert_allclose(difference, np.broadcast_to(difference[..., :1], difference.shape), atol=1e-6)


def test_references_that_saw_a_record_are_withheld():
    full, shown = made(), restrict(made(), "logit", "reference")
    np.testing.assert_array_equal(np.isnan(shown.references).all((2, 3)), full.trained_on)
    np.testing.assert_array_equal(restrict(made(), "logit", "shadow").references, full.references)
    assert restrict(made(), "logit", "target").references.shape == (0, 3, 1, 4)


def test_restricted_arrays_are_fresh_and_read_only():
    full, shown = made(), restrict(made(), "logit", "shadow")
    for name, array in vars(shown).items():
        assert array.base is None
        assert not np.shares_memory(array, getattr(full, name))
        with pytest.raises(ValueError, match="read-only"):
            array[...] = 0


def test_wrong_shapes_are_named():
    with pytest.raises(ValueError, match="trained_on"):
        made(trained_on=np.zeros((2, 4), bool))


class Plain:
    """A plugin that inherits nothing."""

    needs = "reference"

    def score(self, evidence, rehearsal, rng):
        own = np.take_along_axis(evidence.target[:, 0], evidence.labels[:, None], 1)[:, 0]
        return own.astype(np.float64)


class Backwards(Plain):
    def score(self, evidence, rehearsal, rng):
        return -super().score(evidence, rehearsal, rng)


class Vandal(Plain):
    def score(self, evidence, rehearsal, rng):
        evidence.target.flags.writeable = True
        evidence.target[0] += 1
        return super().score(evidence, rehearsal, rng)


class Short(Plain):
    def score(self, evidence, rehearsal, rng):
        return super().score(evidence, rehearsal, rng)[:-1]


class Single(Plain):
    def score(self, evidence, rehearsal, rng):
        return super().score(evidence, rehearsal, rng).astype(np.float32)


class Random(Plain):
    def score(self, evidence, rehearsal, rng):
        return super().score(evidence, rehearsal, rng) + np.random.default_rng().normal()


class Odd(Plain):
    access = "everything"


def test_a_plain_class_is_adopted_and_passes():
    check_attack(Plain())
    assert adopt(Plain).access == "probability"
    assert adopt(attacks.BUILTIN["loss"]) is attacks.BUILTIN["loss"]


@pytest.mark.parametrize(
    ("broken", "sentence"),
    [
        (Backwards, "above 0.5"),
        (Vandal, "same rng|changed its inputs"),
        (Short, "shape"),
        (Single, "float64"),
        (Random, "same rng"),
    ],
)
def test_check_attack_finds_what_is_broken(broken, sentence):
    with pytest.raises(AssertionError, match=sentence):
        check_attack(broken())


def test_what_cannot_be_an_attack_is_refused():
    with pytest.raises(ValueError, match="everything"):
        adopt(Odd)
    with pytest.raises(ValueError, match="score"):
        adopt(dict)
