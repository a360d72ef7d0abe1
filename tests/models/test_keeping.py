"""A recipe that keeps the epoch of best validation accuracy keeps that epoch, and nothing else changes. Seconds: 4."""

from dataclasses import replace

import numpy as np
import pytest

from defenses import NoDefense
from models import Mlp, Recipe, Task, WideResNet, fit

EPOCHS = 6
NETWORKS = [(Mlp(hidden=(16,)), (8, 8, 1), True), (Mlp(hidden=(700, 300)), (64,), False)]
NETWORKS += [(WideResNet(depth=10, width=1), (8, 8, 3), True)]


def task(network, shape, shared, **changes):
    """Three models whose records say little, so that their validation accuracy goes up and down."""
    rng = np.random.default_rng(3)
    y = rng.integers(0, 3, 90)
    x = rng.integers(0, 200, (90, *shape), dtype=np.uint8)
    x[..., 0].reshape(90, -1)[:, 0] += (y * 25).astype(np.uint8)
    validation = [rng.permutation(np.arange(60, 90))[:22] for _ in range(3)]
    return Task(
        x,
        y,
        3,
        (1 / 255,),
        (0.0,),
        tuple(rng.permutation(60)[:24] for _ in range(3)),
        (5, 6, 7),
        network,
        Recipe(EPOCHS, 10, 0.01),
        NoDefense(),
        validation=(validation[0],) * 3 if shared else tuple(validation),
        **changes,
    )


def watched(whole):
    """Right answers on validation rows and all logits, of each model after each epoch, (K, E) and (K, E, n, C)."""
    right = np.zeros((3, EPOCHS), int)
    logits = np.zeros((3, EPOCHS, len(whole.x), 3), np.float32)

    def watch(members, epochs, predictors):
        for k, predictor in zip(members, predictors, strict=True):
            own = whole.validation[k]
            right[k, epochs - 1] = sum(predictor.predict(whole.x[own]).argmax(-1) == whole.y[own])
            logits[k, epochs - 1] = predictor.predict(whole.x)

    return right, logits, fit(replace(whole, watch=watch))


@pytest.mark.parametrize(("network", "shape", "shared"), NETWORKS)
def test_the_first_epoch_of_best_validation_accuracy_is_kept(network, shape, shared):
    whole = task(network, shape, shared)
    right, logits, last = watched(whole)
    keeping = replace(whole, recipe=replace(whole.recipe, keep="validation"))
    kept = fit(keeping)
    best = right.argmax(1)  # the first of equals
    assert len(set(best)) > 1
    assert max(best) > 0
    assert min(best) < EPOCHS - 1
    for k, predictor in enumerate(kept):
        np.testing.assert_array_equal(predictor.predict(whole.x), logits[k, best[k]])
        np.testing.assert_array_equal(last[k].predict(whole.x), logits[k, -1])
        np.testing.assert_array_equal(fit(keeping.only(k))[0].predict(whole.x), logits[k, best[k]])
        assert predictor.facts == {"kept_epoch": best[k] + 1, "validation_accuracy": right[k, best[k]] / 22}
        assert last[k].facts == {}


def test_without_validation_rows_there_is_nothing_to_keep_by():
    whole = task(*NETWORKS[0])
    recipe = replace(whole.recipe, keep="validation")
    for none in ((), (*whole.validation[:2], np.zeros(0, np.int64))):
        with pytest.raises(ValueError, match="a model without validation rows"):
            replace(whole, recipe=recipe, validation=none)
    with pytest.raises(ValueError, match=r"keep is 'best', expected one of \('last', 'validation'\)"):
        replace(recipe, keep="best")


def test_weight_decay_of_the_recipe_is_that_of_a_defense_that_has_none():
    from defenses import L2

    whole = task(*NETWORKS[0])
    decayed = replace(whole, recipe=replace(whole.recipe, weight_decay=0.02))
    l2, none, both = (replace(t, defense=d) for t, d in ((whole, L2(0.02)), (decayed, NoDefense()), (decayed, L2(0.3))))
    made = [fit(t)[0].predict(whole.x) for t in (l2, none, both, replace(whole, defense=L2(0.3)), whole)]
    np.testing.assert_array_equal(made[0], made[1])
    np.testing.assert_array_equal(made[2], made[3])
    assert not np.array_equal(made[1], made[4])
    np.testing.assert_array_equal(fit(replace(decayed, defense=L2(0)))[0].predict(whole.x), made[4])  # 0 is a factor
    with pytest.raises(ValueError, match="weight_decay is -1"):
        replace(whole.recipe, weight_decay=-1)


def test_a_description_holds_later_fields_only_where_they_are_set():
    recipe = Recipe(3, 4, 0.5)
    old = ["epochs", "batch", "learning_rate", "optimizer", "momentum", "milestones", "augment", "precision"]
    assert list(recipe.plain()) == old
    assert list(replace(recipe, keep="validation", weight_decay=0.1).plain()) == [*old, "keep", "weight_decay"]


def test_milestones_shrink_with_the_epochs():
    recipe = Recipe(100, 4, 0.5, milestones=(2, 4, 60, 90))
    assert recipe.lasting(10) == replace(recipe, epochs=10, milestones=(1, 6, 9))
    assert recipe.lasting(100) == recipe
