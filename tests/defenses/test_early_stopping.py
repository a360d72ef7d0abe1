"""Early stopping is the recipe's own model after some of its epochs."""

from dataclasses import replace

import numpy as np
import pytest

from defenses import EarlyStopping, NoDefense, trained
from defenses.check import planted
from models import Recipe, fit
from models.predict import is_own

RECIPE = Recipe(epochs=5, batch=6, learning_rate=0.05, optimizer="sgd", momentum=0.9, milestones=(1, 4))


@pytest.mark.parametrize(("share", "epochs"), [(0.0, 1), (0.4, 2), (0.5, 2), (0.8, 4), (1.0, 5)])
def test_it_is_the_undefended_run_cut_at_that_epoch_to_the_bit(share, epochs):
    seen = {}

    def watch(members, epoch, predictors):
        if epoch == epochs:
            seen.update({k: p.weights() for k, p in zip(members, predictors, strict=True)})

    fit(replace(planted(NoDefense()), recipe=RECIPE, watch=watch))
    for k, model in enumerate(trained(replace(planted(EarlyStopping(share)), recipe=RECIPE))):
        assert is_own(model)  # so its weights are stored
        assert model.facts == {"epochs": epochs}
        assert seen[k].keys() == model.weights().keys()
        for name, value in model.weights().items():
            np.testing.assert_array_equal(value, seen[k][name])


def test_validation_records_choose_no_epoch():
    whole = planted(EarlyStopping(0.8))
    choosing, last = (trained(replace(whole, recipe=replace(RECIPE, keep=keep))) for keep in ("validation", "last"))
    for a, b in zip(choosing, last, strict=True):
        assert a.facts == {"epochs": 4}
        for name, value in a.weights().items():
            np.testing.assert_array_equal(value, b.weights()[name])


def test_different_shares_are_different_models():
    first, second = (trained(replace(planted(EarlyStopping(s)), recipe=RECIPE))[0].weights() for s in (0.2, 0.4))
    assert any(not np.array_equal(first[name], second[name]) for name in first)


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_what_is_no_share_is_refused(share):
    with pytest.raises(ValueError, match="early-stopping: share is"):
        EarlyStopping(share)
