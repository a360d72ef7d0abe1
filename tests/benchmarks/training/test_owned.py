"""A model's key knows the records that its defender owns besides those of its training, where it may depend on them."""

from dataclasses import replace

import pytest

from benchmarks.naming.registry import DEFENSES, builtin, names
from benchmarks.training.request import Request

REQUEST = Request("digits-hamp", references=2, trials=1)


def keys(name):
    """The model's key, and the keys of a model whose defender owns one spare record less, or one validation record."""
    plan = replace(REQUEST, defenses=(name,)).plan()
    training = next(t for t in plan.by_key.values() if t.defense.name == name)
    split, model = training.split, training.model
    fewer = [
        replace(split, spares={**split.spares, model: split.spare_of(model)[1:]}),
        replace(split, validations={**split.validations, model: split.validation_of(model)[1:]}),
    ]
    return training, [replace(training, split=of).key for of in fewer]


@pytest.mark.parametrize("name", [name for name in names(DEFENSES) if "spare" in builtin(DEFENSES, name).value.needs])
def test_the_key_of_who_needs_spare_records_knows_them(name):
    training, (other_spare, _) = keys(name)
    assert other_spare != training.key


@pytest.mark.parametrize("name", names(DEFENSES))
def test_the_key_of_who_is_chosen_by_validation_knows_its_records(name):
    training, (_, other_validation) = keys(name)
    assert (other_validation != training.key) == bool(training._owned)
    assert training._owned or training.recipe.keep != "validation"
