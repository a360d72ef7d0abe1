"""`check_defense` passes every registered defense and refuses each of a zoo for its own reason."""

import pkgutil
from dataclasses import fields, replace

import numpy as np
import pytest
import torch

from defenses import Defense, check_defense
from defenses.registry import BUILTIN
from models import Diverged, HookError, fit
from models.process import Modes


@pytest.mark.parametrize("name", BUILTIN)
def test_every_registered_defense_keeps_the_contract(name):
    said = check_defense(pkgutil.resolve_name(BUILTIN[name])())
    assert any("alone and in a cohort" in line for line in said)


@pytest.mark.parametrize("name", BUILTIN)
def test_no_defense_takes_a_number_that_training_cannot_compute_with(name):
    made = pkgutil.resolve_name(BUILTIN[name])
    for field in fields(made):
        for huge in (1e39, -1e39, 10**30 + 10**20):
            with pytest.raises(ValueError, match=rf"^{name}: {field.name} (is|must be) .*expected"):
                made(**{field.name: huge})


class Mixup(Defense):
    def mix(self, batch):
        share = batch.uniform(1)
        other = batch.inputs.flip(1)
        inputs = share[..., None] * batch.inputs + (1 - share[..., None]) * other
        targets = share[..., None] * batch.targets + (1 - share[..., None]) * batch.targets.flip(1)
        return replace(batch, inputs=inputs, targets=targets)


class Noisy(Defense):
    def train(self, task, rngs):
        models = fit(task)
        for model, rng in zip(models, rngs, strict=True):
            model.facts["epsilon"] = float(rng.random())
        return models

    def release(self, context, logits):
        return logits + context.uniform(logits.shape[1]) + context.predict(context.inputs)


class Plain:
    def weight_decay(self):
        return 1


@pytest.mark.parametrize("defense", [Mixup(), Noisy(), Plain()])
def test_defenses_that_use_all_they_are_given_keep_it_too(defense):
    check_defense(defense)


def hooks(**made):
    return type("Wrong", (Defense,), made)()


def counted(self, batch):
    """One-hot targets that grow softer with every call."""
    calls = self.__dict__.setdefault("calls", [])
    calls.append(1)
    return Defense.targets(self, batch) * (1 - len(calls) / 1000) + len(calls) / 3000


def noise(self, context, logits):
    return logits + self.rng.random(logits.shape)


def neighbours(self, logits, batch):
    losses = Defense.loss(self, logits, batch)
    return losses + losses.mean().detach() * logits.sum((-2, -1))


def in_place(change):
    def hook(self, batch):
        made = Defense.targets(self, batch)
        change(batch)
        return made

    return hook


def global_noise(self, task, rngs):
    noisy = replace(task, seeds=tuple(int(torch.randint(1000, ())) for _ in task.seeds))
    return fit(noisy)


def shared(self, task, rngs):
    first = replace(task, seeds=tuple(int(rngs[0].integers(1000)) for _ in task.seeds))
    return fit(first)


def writing(self, task, rngs):
    task.y[:] = 0
    return fit(task)


def precise(self, batch):
    torch.set_default_dtype(torch.float64)
    return Defense.targets(self, batch)


def off(self, batch):
    torch.set_grad_enabled(False)
    return batch


def dropped(self, logits, batch):
    return Defense.loss(self, torch.nn.functional.dropout(logits, 0.1), batch)


def diverging(self, task, rngs):
    return [Diverged("on purpose")] * len(task)


def facts(value):
    def train(self, task, rngs):
        models = fit(task)
        models[0].facts["epsilon"] = value
        return models

    return train


def overwrites(self, context, logits):
    logits -= logits.max(-1, keepdims=True)
    return logits


def blanks(self, context, logits):
    context.inputs[:] = 0
    return logits


ZOO = {
    "targets of two axes": (
        hooks(targets=lambda self, batch: torch.ones(5, 3)),
        r"targets: expected the shape \(3, 5, 3\), got \(5, 3\)",
    ),
    "whole targets": (hooks(targets=lambda self, batch: batch.labels), "targets: expected floats, got torch.int64"),
    "NaN": (hooks(targets=lambda self, batch: Defense.targets(self, batch) / 0), "targets: expected finite numbers"),
    "no distribution": (
        hooks(targets=lambda self, batch: 2 * Defense.targets(self, batch)),
        "targets: expected numbers of at least 0 that sum to 1",
    ),
    "labels in place": (
        hooks(targets=in_place(lambda batch: batch.labels.fill_(0))),
        "targets: it changes batch.labels in place",
    ),
    "inputs in place": (
        hooks(mix=lambda self, batch: batch.inputs.mul_(0.5) is None or batch),
        "mix: it changes batch.inputs in place",
    ),
    "targets in place": (
        hooks(
            loss=lambda self, logits, batch: Defense.loss(self, logits, replace(batch, targets=batch.targets.mul_(2)))
        ),
        "loss: it changes batch.targets in place",
    ),
    "loss that raises": (
        hooks(loss=lambda self, logits, batch: logits.missing),
        r"loss: AttributeError: .* \(test_check_defense.py:\d+\)",
    ),
    "features of one layer more": (
        hooks(features=lambda self, hidden, batch: hidden[..., :-1]),
        r"features: expected the shape \(3, 5, 7\), got \(3, 5, 6\)",
    ),
    "infinite features": (hooks(features=lambda self, hidden, batch: hidden / 0), "features: expected finite numbers"),
    "features in place": (
        hooks(features=lambda self, hidden, batch: hidden.mul_(0.5)),
        "features: it changes what it is given in place",
    ),
    "features of the neighbours": (
        hooks(features=lambda self, hidden, batch: hidden - hidden.mean(0)),
        "features: a model's result depends on the models beside it",
    ),
    "torch's dropout": (
        hooks(features=lambda self, hidden, batch: torch.nn.functional.dropout(hidden)),
        "features: it draws from a generator of the process",
    ),
    "float for a loss": (hooks(loss=lambda self, logits, batch: 1.0), "loss: expected a tensor, got float"),
    "mean of all models": (
        hooks(loss=lambda self, logits, batch: Defense.loss(self, logits, batch).mean()),
        r"loss: expected the shape \(3,\), got \(\)",
    ),
    "constant loss": (hooks(loss=lambda self, logits, batch: torch.zeros(len(logits))), "loss: expected a function of"),
    "neighbours": (hooks(loss=neighbours), "loss: a model's result depends on the models beside it"),
    "no batch": (hooks(mix=lambda self, batch: batch.inputs), "mix: expected a Batch, got Tensor"),
    "negative decay": (hooks(weight_decay=lambda self: -1), "weight_decay: expected None or a number from 0"),
    "default dtype": (hooks(targets=precise), "targets: it changes torch's default dtype for the whole process"),
    "gradients off": (hooks(mix=off), "mix: it changes whether torch computes gradients for the whole process"),
    "generator of torch": (hooks(loss=dropped), "loss: it draws from a generator of the process"),
    "remembers": (hooks(targets=counted), "targets: a model's result depends on the models beside it"),
    "unseeded training": (hooks(train=global_noise), "train: the same seed gave another model"),
    "one generator for all": (hooks(train=shared), "train: a model trained alone differs from itself in a cohort"),
    "labels of the task": (hooks(train=writing), "train: it changes the records, labels or rows of its task in place"),
    "None": (hooks(train=lambda self, task, rngs: None), "train: expected 3 results, one a model, got NoneType"),
    "one too few": (
        hooks(train=lambda self, task, rngs: fit(task)[1:]),
        "train: expected 3 results, one a model, got 2",
    ),
    "diverging": (hooks(train=diverging), "train: a model diverged: on purpose"),
    "infinite facts": (hooks(train=facts(float("inf"))), "train: expected facts to be a dict of plain values"),
    "numpy's facts": (hooks(train=facts(np.float32(1))), "train: expected facts to be a dict of plain values"),
    "probability of one": (
        hooks(release=lambda self, c, x: x[:, 0]),
        r"expected \(41, 3\) released logits, got \(41,\)",
    ),
    "infinite logits": (hooks(release=lambda self, c, x: x / 0.0 * 0), "expected finite released logits"),
    "fresh noise": (hooks(release=noise, rng=np.random.default_rng(0)), "release: the same queries gave other outputs"),
    "global noise": (
        hooks(release=lambda self, c, x: x + np.random.random(x.shape)),  # noqa: NPY002
        "release: it draws from a generator of the process",
    ),
    "the batch's mean": (
        hooks(release=lambda self, c, x: x - x.mean(0)),
        "release: a record asked alone gets another output than in company",
    ),
    "logits in place": (hooks(release=overwrites), "release: it changes its logits in place"),
    "spare records that it does not declare": (
        hooks(release=lambda self, c, x: x + c.spare[0].mean()),
        "without validation and spare records, not declared in needs: .*NaN",
    ),
    "validation records that it does not declare": (
        hooks(train=lambda self, task, rngs: [task.x[rows][0] for rows in task.validation] and fit(task)),
        "without validation and spare records, not declared in needs: train: IndexError",
    ),
    "other labels": (
        hooks(release=lambda self, c, x: -x, keeps_labels=True),
        r"release: it changes the label of 41 of 41 records, but declares keeps_labels",
    ),
    "inputs of the context": (hooks(release=blanks), "release: it changes context.inputs in place"),
}


@pytest.mark.parametrize("name", ZOO)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_a_wrong_defense_is_refused_for_its_own_reason(name):
    wrong, sentence = ZOO[name]
    modes = Modes.now()
    with pytest.raises(AssertionError, match=sentence) as error:
        check_defense(wrong)
    assert "\n" not in str(error.value)
    assert Modes.now() == modes


def test_it_is_the_given_instance_that_is_checked():
    class Temperature:
        def __init__(self, degrees=1.0):
            self.degrees = degrees

        def release(self, context, logits):
            with np.errstate(divide="ignore", invalid="ignore"):
                return logits / self.degrees

    check_defense(Temperature())
    with pytest.raises(AssertionError, match="finite"):
        check_defense(Temperature(0.0))
    with pytest.raises(ValueError, match="got the class"):
        check_defense(Temperature)
    assert not issubclass(AssertionError, HookError)
