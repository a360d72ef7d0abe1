"""Dropout before the last layer: what is left, and of which draws."""

from dataclasses import replace

import numpy as np
import pytest
import torch

from defenses import Dropout, NoDefense, trained
from defenses.check import planted
from models import Batch, Cnn, DenseNet, Mlp, WideResNet, restore

LABELS = torch.zeros(3, 200, dtype=torch.int64)


def dropped(rate, hidden, step=0):
    return Dropout(rate).features(hidden, Batch.of(LABELS, 2, step=step))


@pytest.mark.parametrize(("rate", "kept"), [(0.5, 2.0), (0.2, 1.25)])
def test_inputs_are_zero_at_the_rate_and_their_expectation_stays(rate, kept):
    hidden = torch.rand(3, 200, 50, generator=torch.Generator().manual_seed(0), dtype=torch.float64) + 1
    left = dropped(rate, hidden)
    torch.testing.assert_close(left, torch.where(left == 0, 0.0, hidden * kept))
    lost = (left == 0).double().mean((1, 2))
    assert ((lost - rate).abs() < 5 * (rate * (1 - rate) / 10_000) ** 0.5).all()
    assert ((left.mean((1, 2)) / hidden.mean((1, 2)) - 1).abs() < 0.06).all()


def test_draws_differ_by_model_step_record_and_feature_and_are_the_same_again():
    ones = torch.ones(3, 200, 50)
    first, later = dropped(0.5, ones), dropped(0.5, ones, step=1)
    assert torch.equal(first, dropped(0.5, ones))
    for a, b in (
        (first[0], first[1]),
        (first[0], later[0]),
        (first[0, :100], first[0, 100:]),
        (first[0, :, :25], first[0, :, 25:]),
    ):
        assert abs((a == b).double().mean() - 0.5) < 0.05


def test_gradients_come_back_through_what_is_left():
    hidden = torch.ones(3, 200, 50, requires_grad=True)
    left = dropped(0.5, hidden)
    (gradient,) = torch.autograd.grad(left.sum(), hidden)
    assert torch.equal(gradient, left.detach())


def test_rate_zero_trains_the_undefended_model_and_one_is_refused():
    whole = planted(Dropout(0.0))
    for a, b in zip(trained(whole), trained(planted(NoDefense())), strict=True):
        np.testing.assert_array_equal(a.predict(whole.x), b.predict(whole.x))
    for rate in (1.0, -0.1):
        with pytest.raises(ValueError, match="dropout: rate is"):
            Dropout(rate)


@pytest.mark.parametrize(
    "network", [Mlp((8,)), Cnn(hidden=8), WideResNet(10, 1), DenseNet(10, 4)], ids=lambda n: type(n).__name__
)
def test_stored_weights_restore_with_the_suites_own_network(network):
    whole = planted(Dropout())
    if not isinstance(network, Mlp):
        whole = replace(whole, x=np.tile(whole.x[:, :, None, None], (1, 3, 18, 1)))
    whole = replace(whole, network=network)
    for model, plain in zip(trained(whole), trained(replace(whole, defense=NoDefense())), strict=True):
        (again,) = restore(network, whole.x.shape[1:], whole.classes, [model.weights()], whole.scale, whole.shift)
        np.testing.assert_array_equal(again.predict(whole.x), model.predict(whole.x))
        assert not np.array_equal(plain.predict(whole.x), model.predict(whole.x))
