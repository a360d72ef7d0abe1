"""Defenses where validation records choose the epoch: each phase of them, alone and in a cohort. Seconds: 10."""

import pkgutil
from dataclasses import replace

import numpy as np
import pytest

from defenses import trained
from defenses.check import planted
from defenses.registry import BUILTIN
from models import Diverged


@pytest.mark.parametrize("name", [name for name in BUILTIN if name != "early-stopping"])  # which names its epoch
def test_the_epoch_is_chosen_by_the_models_own_validation_records(name):
    whole = planted(pkgutil.resolve_name(BUILTIN[name])())
    whole = replace(whole, recipe=replace(whole.recipe, epochs=4, keep="validation"))
    together = trained(whole)
    for k, model in enumerate(together):
        assert not isinstance(model, Diverged)
        own = whole.validation[k]
        right = (model.predict(whole.x[own]).argmax(-1) == whole.y[own]).mean()
        assert model.facts["validation_accuracy"] == right
        assert 1 <= model.facts["kept_epoch"] <= 4
        np.testing.assert_array_equal(trained(whole.only(k))[0].predict(whole.x), model.predict(whole.x))
