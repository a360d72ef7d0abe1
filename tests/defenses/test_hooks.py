"""Each hook against values worked out by hand or in closed form."""

import math
import pkgutil
from dataclasses import replace

import numpy as np
import pytest
import torch

from defenses import L2, Hamp, LabelSmoothing, NoDefense
from defenses.hamp import soft_label
from defenses.registry import BUILTIN
from models import Batch

LABELS = torch.tensor([[0, 2, 1]])
BATCH = Batch.of(LABELS, 3)
LOGITS = torch.tensor([[[2.0, 0, 0], [0, 1, 3], [1, 1, 1]]])


def trained_on(defense, batch=BATCH):
    return replace(batch, targets=defense.targets(batch))


@pytest.mark.parametrize("name", BUILTIN)
def test_hooks_treat_each_model_as_if_it_were_alone(name):
    defense = pkgutil.resolve_name(BUILTIN[name])()
    labels, logits = torch.tensor([[0, 2, 1], [1, 1, 2]]), torch.stack([LOGITS[0], LOGITS[0].flip(0)])
    together = trained_on(defense, Batch.of(labels, 3))
    losses = defense.loss(logits, together)
    assert losses.shape == (2,)
    torch.testing.assert_close(together.targets.sum(-1), torch.ones(2, 3))
    for k in range(2):
        alone = trained_on(defense, Batch.of(labels[k : k + 1], 3))
        torch.testing.assert_close(together.targets[k : k + 1], alone.targets)
        torch.testing.assert_close(losses[k : k + 1], defense.loss(logits[k : k + 1], alone))


def test_undefended_loss_is_cross_entropy():
    expected = torch.nn.functional.cross_entropy(LOGITS[0], LABELS[0])
    torch.testing.assert_close(NoDefense().loss(LOGITS, trained_on(NoDefense()))[0], expected)


def test_label_smoothing_is_torchs():
    defense = LabelSmoothing(0.1)
    expected = torch.nn.functional.cross_entropy(LOGITS[0], LABELS[0], label_smoothing=0.1)
    torch.testing.assert_close(defense.loss(LOGITS, trained_on(defense))[0], expected)


@pytest.mark.parametrize(("share", "classes", "mass"), [(0.05, 100, 0.0303), (0.15, 100, 0.0909), (0.01, 100, 0.0101)])
def test_the_label_smoothing_of_hamps_evaluation_in_the_usual_form(share, classes, mass):
    true, other = soft_label(share, classes)
    labels = LabelSmoothing(mass).targets(Batch.of(torch.tensor([[0]]), classes))[0, 0]
    torch.testing.assert_close(labels[:2], torch.tensor([true, other]), rtol=0, atol=1e-4)


def test_l2_is_its_field():
    assert L2(0.003).weight_decay() == 0.003
    assert not NoDefense().weight_decay()


def entropy(p):
    return -(p * np.log(p)).sum()


@pytest.mark.parametrize(("gamma", "classes"), [(0.8, 100), (0.5, 30), (0.95, 10), (1.0, 4)])
def test_hamps_soft_label_is_the_first_step_of_a_hundredth_that_reaches_the_entropy(gamma, classes):
    label = Hamp(gamma).targets(Batch.of(torch.tensor([[0]]), classes))[0, 0].double().numpy()
    wanted = gamma * math.log(classes)
    assert entropy(label) >= wanted - 1e-5
    assert label.argmax() == 0 or gamma == 1
    np.testing.assert_allclose(label[1:], label[1])
    before = np.full(classes, (1 - label[0] - 0.01) / (classes - 1))
    before[0] = label[0] + 0.01
    assert gamma == 1 or entropy(before) < wanted


def test_hamps_loss_by_hand():
    defense = Hamp(gamma=0.5, alpha=0.1)
    batch = trained_on(defense)
    targets = batch.targets[0].double()
    logs = LOGITS[0].double().log_softmax(-1)
    divergence = (targets * (targets.log() - logs)).sum() / (3 * 3)  # mean over B x C
    doubt = -(logs.exp() * logs).sum(-1).mean()
    torch.testing.assert_close(defense.loss(LOGITS.double(), batch)[0], divergence - 0.1 * doubt)


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: L2(-1.0), "-1"),
        (lambda: L2(math.nan), "nan"),
        (lambda: Hamp(gamma=1.5), "gamma"),
        (lambda: Hamp(alpha=-0.1), "alpha"),
        (lambda: LabelSmoothing(2.0), "2.0"),
    ],
)
def test_nonsense_is_refused_by_name(make, word):
    with pytest.raises(ValueError, match=word):
        make()
