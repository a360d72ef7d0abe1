"""What learns beside models: when it is called, what it sees, and what it must not be. About a second."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from defenses import NoDefense
from models import Diverged, HookError, Mlp, Recipe, Standard, Task, fit

RNG = np.random.default_rng(0)


class Watching:
    """It notes the steps, and what the models say of their own records when the last one begins."""

    def __init__(self, beside):
        self.beside, self.steps = beside, []

    def before(self, step):
        self.steps.append(step)
        if step == 2 * self.beside.steps - 1:
            self.members, self.labels = self.beside.ask(self.beside.members)
            self.spare, _ = self.beside.ask(self.beside.spare[:, :2])

    def loss(self, logits, batch):
        return Standard().loss(logits, batch) * 1.0

    def facts(self):
        return [{"steps": len(self.steps), "model": k} for k in range(len(self.beside.seeds))]


def task(companion, models=3, epochs=2):
    made = []

    def hook(self, beside):
        made.append(companion(beside))
        return made[-1]

    x, y = RNG.normal(size=(60, 5)), RNG.integers(0, 3, 60)
    rows, spare = (tuple(RNG.permutation(60)[:n] for _ in range(models)) for n in (21, 6))
    defense, recipe = type("Beside", (NoDefense,), {"companion": hook})(), Recipe(epochs, 8, 0.01)
    seeds = tuple(range(models))
    return Task(x, y, 3, (2.0,), (0.5,), rows, seeds, Mlp((8,)), recipe, defense, spare=spare), made


def test_it_is_called_before_every_step_and_its_facts_stand_with_the_models():
    whole, made = task(Watching)
    models = fit(whole)
    assert [model.facts for model in models] == [{"steps": 6, "model": k} for k in range(3)]
    (companion,) = made
    assert companion.steps == [0, 1, 2, 3, 4, 5]
    assert (companion.beside.steps, companion.beside.batch, companion.beside.classes) == (3, 8, 3)
    for model, plain in zip(models, fit(replace(whole, defense=NoDefense())), strict=True):
        np.testing.assert_array_equal(model.predict(whole.x), plain.predict(whole.x))


def test_it_asks_the_models_as_they_are_about_records_of_their_defenders():
    whole, made = task(Watching)
    fit(whole)
    (seen,) = made
    now = []

    class Before(Watching):
        """The same step again: models as they are before it are what so many steps make."""

        def before(self, step):
            if step == 5:
                now.append(self.beside.ask(torch.arange(60).expand(3, 60)))

    again, _ = task(Before)
    fit(replace(whole, defense=again.defense))
    logits, labels = now[0]
    for k in range(3):
        assert seen.beside.members[k].tolist() == whole.rows[k].tolist()
        assert seen.beside.spare[k].tolist() == whole.spare[k].tolist()
        torch.testing.assert_close(seen.members[k], logits[k, whole.rows[k]])
        torch.testing.assert_close(seen.spare[k], logits[k, whole.spare[k][:2]])
        assert seen.labels[k].tolist() == whole.y[whole.rows[k]].tolist() == labels[k, whole.rows[k]].tolist()
    assert not logits.requires_grad


def test_what_it_says_at_the_end_is_of_the_trained_models():
    class Last(Watching):
        def facts(self):
            logits, _ = self.beside.ask(torch.arange(60).expand(3, 60))
            return [{"sum": float(own.double().sum())} for own in logits]

    whole, _ = task(Last)
    for model in fit(whole):
        assert model.facts["sum"] == pytest.approx(float(model.predict(whole.x).astype(float).sum()), rel=1e-5)


def test_its_loss_is_the_models():
    class Halved(Watching):
        def loss(self, logits, batch):
            return Standard().loss(logits, batch) + torch.where(batch.epoch > 0, logits.square().sum((1, 2)), 0.0)

    whole, _ = task(Halved)
    plain = replace(whole, defense=NoDefense())
    one, both = (replace(whole, recipe=replace(whole.recipe, epochs=n)) for n in (1, 2))
    assert np.array_equal(fit(one)[0].predict(whole.x), fit(replace(plain, recipe=one.recipe))[0].predict(whole.x))
    assert not np.array_equal(fit(both)[0].predict(whole.x), fit(plain)[0].predict(whole.x))


def test_a_model_that_diverged_disturbs_nobody():
    whole, _ = task(Watching)
    x = whole.x.copy()
    x[np.setdiff1d(whole.rows[1], np.concatenate([whole.rows[0], whole.rows[2]]))[:1]] = np.nan
    made = fit(replace(whole, x=x))
    assert isinstance(made[1], Diverged)
    assert [made[k].facts["model"] for k in (0, 2)] == [0, 2]


class Silent(Watching):
    facts = None


class Short(Watching):
    def facts(self):
        return [{}]


class Failing(Watching):
    def before(self, step):
        raise RuntimeError("tired")


class Constant(Watching):
    def loss(self, logits, batch):
        return torch.zeros(len(logits))


@pytest.mark.parametrize(
    ("companion", "sentence"),
    [
        (lambda beside: 3, r"^companion: expected None or a companion, got int without before$"),
        (Silent, r"^companion: expected None or a companion, got Silent without facts$"),
        (Short, r"^companion: facts: expected 3 dicts, one a model, got \[\{\}\]$"),
        (Failing, r"^RuntimeError: tired \(test_companion.py:\d+\)$"),
        (Constant, r"^loss: expected a function of the logits, got a constant$"),
    ],
)
def test_what_is_no_companion_is_answered_in_a_sentence(companion, sentence):
    with pytest.raises(HookError, match=sentence):
        fit(task(companion)[0])
