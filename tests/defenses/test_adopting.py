"""What is taken for a defense, and what is refused before anything is trained."""

import subprocess
import sys
from dataclasses import dataclass, field
from types import SimpleNamespace

import numpy as np
import pytest

from defenses import Defense, Hamp, adopt
from defenses.adopting import completed, is_plain


@dataclass(frozen=True)
class Outside:
    """A defense that knows nothing of ours."""

    decay: float = 0.1

    def weight_decay(self):
        return self.decay


@dataclass(frozen=True, slots=True)
class Slotted:
    share: float = 0.5

    def release(self, context, logits):
        return logits * self.share


def test_a_plain_instance_is_adopted_with_its_fields():
    defense = adopt(Outside(0.3))
    assert isinstance(defense, Defense)
    assert type(defense).__name__ == "Outside"
    assert (defense.weight_decay(), defense.decay, defense.version) == (0.3, 0.3, 1)
    assert defense == adopt(Outside(0.3)) != adopt(Outside(0.4))
    assert adopt(Slotted(0.25)).release(None, 8.0) == 2.0
    assert adopt(SimpleNamespace(weight_decay=lambda: 0.7)).weight_decay() == 0.7
    own = Hamp(0.5)
    assert adopt(own) is own


def test_a_class_is_completed():
    assert completed(Outside)(0.2).weight_decay() == 0.2
    assert issubclass(completed(Outside), Defense)
    assert completed(Hamp) is Hamp
    with pytest.raises(ValueError, match="dict: a defense needs one of targets, mix, features, loss"):
        completed(dict)


def made(**declared):
    return type("Mine", (), {"weight_decay": lambda self: 0.1, **declared})()


@dataclass(frozen=True)
class Listed(Outside):
    table: object = field(default_factory=lambda: np.zeros(3))


WRONG = [
    (Outside, "Outside: expected an instance such as Outside(), got the class"),
    (made(weight_decay=None), "Mine: weight_decay is None, expected a method weight_decay()"),
    (
        made(targets=lambda self, labels, classes: labels),
        "Mine: targets takes (labels, classes), expected targets(batch)",
    ),
    (made(release=lambda self, a, b, c: a), "Mine: release takes (a, b, c), expected release(context, logits)"),
    (made(realease=lambda self: 1), "Mine: realease is no hook of a defense; did you mean release?"),
    (made(target=lambda self: 1), "Mine: target is no hook of a defense; did you mean targets?"),
    (made(version=0), "Mine: version is 0, expected a whole number of at least 1"),
    (made(version=np.int64(2)), "Mine: version is np.int64(2), expected a whole number of at least 1"),
    (made(version=True), "Mine: version is True, expected a whole number of at least 1"),
    (made(needs="spare"), "Mine: needs is 'spare', expected a choice of ('validation', 'spare')"),
    (made(needs=(1,)), "Mine: needs is (1,), expected a choice of ('validation', 'spare')"),
    (made(needs=("spares",)), "Mine: needs 'spares'; did you mean spare?"),
    (made(needs=("gpu",)), "Mine: needs 'gpu'; expected one of ('validation', 'spare')"),
    (made(keeps_labels="no"), "Mine: keeps_labels is 'no', expected True or False"),
    (made(reference=2026), "Mine: reference is 2026, expected words such as 'Doe 2026'"),
    (Listed(), "Listed: table is array([0., 0., 0.]), expected a plain value such as a number or a word"),
    (Outside(float("nan")), "Outside: decay is nan, expected a plain value such as a number or a word"),
    (
        SimpleNamespace(rate=3),
        "SimpleNamespace: a defense needs one of targets, mix, features, loss, weight_decay, privacy, companion, "
        "train, release",
    ),
]


@pytest.mark.parametrize(("wrong", "sentence"), WRONG, ids=[s[:40] for _, s in WRONG])
def test_what_is_not_understood_is_refused(wrong, sentence):
    with pytest.raises(ValueError) as error:
        adopt(wrong)
    assert str(error.value) == sentence


def test_plain_values_are_those_of_json():
    assert is_plain({"a": [1, 2.5, "x", None, True, (1, 2)]})
    for value in ({1: 2}, {"a": float("inf")}, [np.float64(1)], {"a": {1, 2}}, b"x"):
        assert not is_plain(value)


def test_the_tables_of_names_import_no_torch():
    code = "import sys, defenses.registry, models.registry; assert not {'torch', 'numpy', 'scipy'} & set(sys.modules)"
    subprocess.run([sys.executable, "-c", code], check=True)
