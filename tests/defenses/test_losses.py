"""Defenses that change the loss, the labels or the batch, against values worked out by hand."""

import math
import pkgutil
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from defenses import (
    Ccl,
    ConfidencePenalty,
    Defense,
    Hamp,
    HampLabelSmoothing,
    HampOutput,
    HampTraining,
    Mixup,
    RelaxLoss,
)
from defenses.check import planted
from defenses.registry import BUILTIN
from models import Batch, Standard
from models.hooks import standard

LN2 = math.log(2)
P = torch.tensor([[[0.5, 0.25, 0.25], [0.25, 0.5, 0.25]]], dtype=torch.float64)  # cross-entropies ln 2 and ln 4
LABELS = torch.tensor([[0, 0]])  # so the first record is right, the second wrong


def loss_of(defense, logits=None, epoch=0):
    batch = Batch.of(LABELS, 3, epoch=epoch)
    return defense.loss(P.log() if logits is None else logits, replace(batch, targets=defense.targets(batch)))


RELAXED = [  # alpha, upper, epoch, loss; the mean cross-entropy is 1.5 ln 2
    (0.8, 0.3, 0, 1.5 * LN2 - 0.8),
    (0.8, 0.3, 1, 1.5 * LN2),
    (2.0, 0.3, 2, 2 - 1.5 * LN2),
    (2.0, 0.3, 3, (1.625 - 1 - 2) / 2 * LN2),  # t = (.25, .375, .375) for the wrong record
    (2.0, 0.1, 5, (1.55 - 1 - 2) / 2 * LN2),  # t = (.1, .45, .45)
]


@pytest.mark.parametrize(("alpha", "upper", "epoch", "expected"), RELAXED)
def test_relaxloss_in_even_and_odd_epochs(alpha, upper, epoch, expected):
    assert loss_of(RelaxLoss(alpha, upper), epoch=epoch).item() == pytest.approx(expected, abs=1e-9)


def test_relaxloss_decides_for_each_model_alone():
    defense = RelaxLoss(1.2)
    batch = Batch.of(torch.tensor([[0, 0], [1, 2]]), 3, epoch=1)  # mean cross-entropies 1.5 ln 2 and 2 ln 2
    losses = defense.loss(P.log().expand(2, 2, 3), replace(batch, targets=defense.targets(batch)))
    torch.testing.assert_close(losses, torch.tensor([-0.6875 * LN2, 2 * LN2], dtype=torch.float64))


def test_the_confidence_penalty():
    entropy = 1.5 * LN2  # of either output
    assert loss_of(ConfidencePenalty(0.1)).item() == pytest.approx(1.5 * LN2 - 0.1 * entropy, abs=1e-9)


@pytest.mark.parametrize(
    ("concave", "first", "second"),
    [("exponential", -math.exp(0.5), -math.exp(0.25)), ("quadratic", -(0.5 + 0.125), -(0.25 + 0.03125))],
)
def test_the_convex_concave_loss(concave, first, second):
    expected = 0.05 * (0.3 * 1.5 * LN2 + 0.7 * (first + second) / 2)
    assert loss_of(Ccl(0.3, concave=concave)).item() == pytest.approx(expected, abs=1e-9)


def softmax(z):
    p = np.exp(z - z.max())
    return p / p.sum()


def relaxed(z, labels, epoch, alpha, upper):
    outputs = [softmax(row) for row in z]
    mean = -np.mean([math.log(p[y]) for p, y in zip(outputs, labels, strict=True)])
    if epoch % 2 == 0:
        return abs(mean - alpha)
    if mean > alpha:
        return mean
    total = 0.0
    for p, y in zip(outputs, labels, strict=True):
        t = [min(p[y], upper) if c == y else (1 - min(p[y], upper)) / (len(p) - 1) for c in range(len(p))]
        flat = -sum(t[c] * math.log(p[c]) for c in range(len(p)))
        total += (p.argmax() != y) * flat + math.log(p[y])
    return total / len(z)


def penalised(z, labels, epoch):
    outputs = [softmax(row) for row in z]
    return np.mean([-math.log(p[y]) + 0.1 * (p * np.log(p)).sum() for p, y in zip(outputs, labels, strict=True)])


def concave(z, labels, epoch, function):
    true = np.array([softmax(row)[y] for row, y in zip(z, labels, strict=True)])
    return 0.05 * np.mean(-0.5 * np.log(true) + 0.5 * function(true))


NAIVE = {
    "relaxloss, even": (RelaxLoss(0.8), 2, lambda *a: relaxed(*a, 0.8, 0.3)),
    "relaxloss, above": (RelaxLoss(0.1), 1, lambda *a: relaxed(*a, 0.1, 0.3)),
    "relaxloss, flattening": (RelaxLoss(4.0), 1, lambda *a: relaxed(*a, 4.0, 0.3)),
    "relaxloss, upper never reached": (RelaxLoss(4.0, 1.0), 1, lambda *a: relaxed(*a, 4.0, 1.0)),
    "confidence penalty": (ConfidencePenalty(), 0, penalised),
    "ccl, exponential": (Ccl(), 0, lambda *a: concave(*a, lambda p: -np.exp(p))),
    "ccl, quadratic": (Ccl(concave="quadratic"), 0, lambda *a: concave(*a, lambda p: -(p + p**2 / 2))),
}


@pytest.mark.parametrize("name", NAIVE)
def test_losses_and_gradients_are_those_of_a_plain_loop(name):
    defense, epoch, naive = NAIVE[name]
    rng = np.random.default_rng(3)
    z, labels = rng.normal(0, 1.5, (6, 4)), rng.integers(4, size=6)
    assert 0 < (z.argmax(-1) == labels).sum() < 6
    logits = torch.from_numpy(z)[None].requires_grad_()
    batch = Batch.of(torch.from_numpy(labels)[None], 4, epoch=epoch)
    loss = defense.loss(logits, replace(batch, targets=defense.targets(batch)))
    assert loss.item() == pytest.approx(naive(z, labels, epoch), abs=1e-7)
    (gradient,) = torch.autograd.grad(loss.sum(), logits)
    step, slope = 1e-5, np.zeros_like(z)
    for at in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[at], down[at] = z[at] + step, z[at] - step
        slope[at] = (naive(up, labels, epoch) - naive(down, labels, epoch)) / (2 * step)
    np.testing.assert_allclose(gradient[0].numpy(), slope, atol=1e-7)


def test_mixup_by_hand():
    shares, keys = torch.tensor([[0.25], [0.5]]), torch.tensor([[0.9, 0.1, 0.5], [0.2, 0.3, 0.1]])
    drawn = {(1,): shares, (3,): keys}  # the orders of the keys are (1, 2, 0) and (2, 0, 1)
    inputs = torch.tensor([[1.0, 2, 4], [8, 16, 32]]).view(2, 3, 1, 1).expand(2, 3, 2, 2)
    batch = Batch.of(torch.tensor([[0, 1, 1], [2, 2, 0]]), 3, inputs)
    batch = replace(batch, targets=Standard().targets(batch), draws=SimpleNamespace(uniform=lambda *s: drawn[s]))
    mixed = Mixup().mix(batch)
    first = [[0.25 * 1 + 0.75 * 2, 0.25 * 2 + 0.75 * 4, 0.25 * 4 + 0.75 * 1], [20, 12, 24]]
    torch.testing.assert_close(mixed.inputs, torch.tensor(first).view(2, 3, 1, 1).expand(2, 3, 2, 2))
    soft = [[[0.25, 0.75, 0], [0, 1, 0], [0.75, 0.25, 0]], [[0.5, 0, 0.5], [0, 0, 1], [0.5, 0, 0.5]]]
    torch.testing.assert_close(mixed.targets, torch.tensor(soft))
    assert torch.equal(mixed.labels, batch.labels)


def test_mixup_draws_anew_for_each_model_and_step():
    inputs, made = torch.arange(1.0, 9).view(1, 8, 1).expand(2, 8, 1), []
    for step in (0, 1):
        batch = Batch.of(torch.zeros(2, 8, dtype=torch.int64), 2, inputs, step=step)
        mixed = Mixup().mix(replace(batch, targets=Standard().targets(batch)))
        torch.testing.assert_close(mixed.inputs.mean(1), inputs.mean(1))  # whatever the share, of a permutation
        made += [tuple(own.flatten().tolist()) for own in mixed.inputs]
    assert len(set(made)) == 4


@pytest.mark.parametrize(("share", "classes", "true"), [(0.05, 100, 0.97), (0.15, 100, 0.91), (0.01, 100, 0.99)])
def test_hamps_label_smoothing_keeps_what_its_entropy_leaves(share, classes, true):
    defense = HampLabelSmoothing(share)
    batch = Batch.of(torch.tensor([[3]]), classes)
    soft = defense.targets(batch)[0, 0]
    expected = torch.full((classes,), (1 - true) / (classes - 1))
    expected[3] = true
    torch.testing.assert_close(soft, expected)
    assert standard(defense, "loss")  # the usual cross-entropy, without an entropy term


def test_hamps_two_stages_are_its_halves():
    whole, training, output = Hamp(0.6, 0.2), HampTraining(0.6, 0.2), HampOutput()
    logits = torch.randn(1, 2, 3, generator=torch.Generator().manual_seed(0))
    assert loss_of(training, logits).item() == loss_of(whole, logits).item() != loss_of(Standard(), logits).item()
    assert type(training).release is Defense.release  # nothing is changed, and nothing is owned for it
    assert all(standard(output, hook) for hook in ("targets", "mix", "features", "loss", "weight_decay"))
    task, context = planted(None), SimpleNamespace(uniform=np.random.default_rng(0).random)
    own = np.array([[3.0, 1, 2], [0, 5, 4]])
    context.members = (task.x[:4], task.y[:4])
    context.uniform = lambda *shape: np.full((2, *shape), 0.5)
    context.predict = lambda x: np.array([[7.0, 9, 8], [30, 10, 20]])
    np.testing.assert_array_equal(output.release(context, own), [[9, 7, 8], [10, 30, 20]])
    np.testing.assert_array_equal(output.release(context, own), whole.release(context, own))


@pytest.mark.parametrize(
    ("make", "word"),
    [
        (lambda: RelaxLoss(-1), "relaxloss: alpha is -1"),
        (lambda: RelaxLoss(upper=1.5), "relaxloss: upper is 1.5, expected a number from 0 to 1"),
        (lambda: ConfidencePenalty(math.nan), "confidence-penalty: beta is nan"),
        (lambda: Ccl(alpha=2), "ccl: alpha is 2"),
        (lambda: Ccl(beta=-1), "ccl: beta is -1"),
        (lambda: Ccl(concave="cubic"), "ccl: concave is 'cubic', expected one of exponential, quadratic"),
        (lambda: HampLabelSmoothing(1.5), "hamp-label-smoothing: gamma is 1.5"),
        (lambda: HampTraining(gamma=-1), "gamma is -1"),
    ],
)
def test_fields_out_of_range_are_refused_by_name(make, word):
    with pytest.raises(ValueError, match=word):
        make()


def test_every_defense_names_its_source():
    assert all(pkgutil.resolve_name(home).reference for home in BUILTIN.values())
