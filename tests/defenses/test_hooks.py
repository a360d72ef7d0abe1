"""Each hook against values worked out by hand or in closed form."""

import math

import numpy as np
import pytest
import torch

from defenses import BUILTIN, L2, Hamp, LabelSmoothing, NoDefense, adopt

LABELS = torch.tensor([[0, 2, 1]])
LOGITS = torch.tensor([[[2.0, 0, 0], [0, 1, 3], [1, 1, 1]]])


@pytest.mark.parametrize("name", BUILTIN)
def test_hooks_work_with_and_without_a_models_axis(name):
    defense = BUILTIN[name]()
    targets = defense.targets(LABELS, 3)
    assert targets.shape == (1, 3, 3)
    torch.testing.assert_close(targets.sum(-1), torch.ones(1, 3))
    torch.testing.assert_close(targets[0], defense.targets(LABELS[0], 3))
    both = defense.loss(LOGITS, targets)
    assert both.shape == (1,)
    torch.testing.assert_close(both[0], defense.loss(LOGITS[0], targets[0]))


def test_undefended_loss_is_cross_entropy():
    defense = NoDefense()
    expected = torch.nn.functional.cross_entropy(LOGITS[0], LABELS[0])
    torch.testing.assert_close(defense.loss(LOGITS, defense.targets(LABELS, 3))[0], expected)


def test_label_smoothing_is_torchs():
    defense = LabelSmoothing(0.1)
    expected = torch.nn.functional.cross_entropy(LOGITS[0], LABELS[0], label_smoothing=0.1)
    torch.testing.assert_close(defense.loss(LOGITS, defense.targets(LABELS, 3))[0], expected)


def test_l2_is_its_field():
    assert L2(0.003).weight_decay() == 0.003
    assert not NoDefense().weight_decay()


def entropy(p):
    return -(p * np.log(p)).sum()


@pytest.mark.parametrize(("gamma", "classes"), [(0.8, 100), (0.5, 30), (0.95, 10), (1.0, 4)])
def test_hamps_soft_label_is_the_first_step_of_a_hundredth_that_reaches_the_entropy(gamma, classes):
    label = Hamp(gamma).targets(torch.tensor([0]), classes)[0].double().numpy()
    wanted = gamma * math.log(classes)
    assert entropy(label) >= wanted - 1e-5
    assert label.argmax() == 0 or gamma == 1
    np.testing.assert_allclose(label[1:], label[1])
    before = np.full(classes, (1 - label[0] - 0.01) / (classes - 1))
    before[0] = label[0] + 0.01
    assert gamma == 1 or entropy(before) < wanted


def test_hamps_loss_by_hand():
    defense = Hamp(gamma=0.5, alpha=0.1)
    targets = defense.targets(LABELS[0], 3).double()
    logs = LOGITS[0].double().log_softmax(-1)
    divergence = (targets * (targets.log() - logs)).sum() / (3 * 3)  # mean over B x C
    doubt = -(logs.exp() * logs).sum(-1).mean()
    torch.testing.assert_close(defense.loss(LOGITS[0].double(), targets), divergence - 0.1 * doubt)


def test_hamps_release_keeps_the_order_and_takes_the_values_of_random_inputs():
    inputs = np.random.default_rng(0).integers(0, 2, (5, 4), dtype=np.uint8)
    logits = np.array([[3, 1, 2], [1, 1, 1], [0, 5, 5], [9, 8, 7], [1, 2, 3]], np.float32)
    asked = []

    def predict(x):
        asked.append(x)
        return np.tile(np.array([[30, 10, 20]], np.float32), (len(x), 1))

    released = Hamp().release(inputs, logits, predict, np.random.default_rng(1))
    np.testing.assert_array_equal(released.argmax(-1)[[0, 3, 4]], [0, 0, 2])
    np.testing.assert_array_equal(released[0].argsort(), logits[0].argsort())
    shape = released - released.max(-1, keepdims=True)
    np.testing.assert_allclose(np.sort(shape, axis=-1), np.tile([-20, -10, 0], (5, 1)), atol=1e-4)  # ties stay distinct
    assert set(np.unique(np.concatenate(asked))) <= {0, 1}


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


class Outside:
    def weight_decay(self):
        return 0.1


def test_a_plain_class_is_adopted():
    defense = adopt(Outside)()
    assert defense.weight_decay() == 0.1
    assert defense.targets(LABELS, 3).shape == (1, 3, 3)
    with pytest.raises(ValueError, match="release"):
        adopt(dict)
