"""DenseNet-BC against the paper's numbers, and a plain evaluation layer by layer. Seconds: 3."""

import numpy as np
import pytest
import torch
from torch.nn import functional

from models import DenseNet, WideResNet, wide
from models.building import skeleton, stacked


def parameters(network, classes):
    return sum(p.numel() for p in skeleton(network, (32, 32, 3), classes).parameters())


def test_parameters_are_those_of_the_paper():
    """Table 2 of Huang et al.: k = 12, depth 100: 0.8M; k = 24, depth 250: 15.3M; k = 40, depth 190: 25.6M."""
    assert parameters(DenseNet(), 10) == 769_162
    assert parameters(DenseNet(), 100) == 800_032
    assert round(parameters(DenseNet(250, 24), 10) / 1e6, 1) == 15.3
    assert round(parameters(DenseNet(190, 40), 10) / 1e6, 1) == 25.6


def by_hand(module, x):
    """Logits of DenseNet-BC(16, 3), from the weights of `module` in their order; the layers as the paper has them."""
    weights = iter([p.detach() for p in module.parameters()])

    def active(x):
        scale, shift = next(weights), next(weights)
        mean, deviation = (
            x.mean((0, 2, 3), keepdim=True),
            (x.var((0, 2, 3), unbiased=False, keepdim=True) + 1e-5).sqrt(),
        )
        return functional.relu((x - mean) / deviation * scale[:, None, None] + shift[:, None, None])

    x = functional.conv2d(x, next(weights), padding=1)
    for block in range(3):
        made = [x]
        for _ in range(2):
            narrow = functional.conv2d(active(torch.cat(made, 1)), next(weights))
            made.append(functional.conv2d(active(narrow), next(weights), padding=1))
        x = active(torch.cat(made, 1))
        if block < 2:
            x = functional.avg_pool2d(functional.conv2d(x, next(weights)), 2)
    logits = functional.linear(x.mean((2, 3)), next(weights), next(weights))
    assert next(weights, None) is None
    return logits


def test_logits_are_those_of_the_layers_written_out():
    torch.manual_seed(0)
    module = DenseNet(16, 3).build((16, 12, 3), 5).double()
    for p in module.parameters():
        p.data.add_(0.1 * torch.randn_like(p))  # so that BatchNorm's scales and shifts are seen
    x = torch.randn(4, 3, 16, 12, dtype=torch.float64)
    torch.testing.assert_close(module(x).detach(), by_hand(module, x))


def test_first_weights_have_the_stated_deviation():
    torch.manual_seed(0)
    weights = [p for p in DenseNet().build((32, 32, 3), 10).parameters() if p.dim() == 4]
    for weight in weights:
        outputs, _, height, width = weight.shape
        assert weight.std().item() == pytest.approx(np.sqrt(2 / (height * width * outputs)), rel=0.1)


def test_images_stay_as_convolutions_leave_them_in_memory():
    module = skeleton(DenseNet(10, 4), (32, 32, 3), 10).to_empty(device="cpu")
    layouts = []
    for layer in module.modules():
        if isinstance(layer, torch.nn.Conv2d):
            layer.weight.data = layer.weight.data.to(memory_format=torch.channels_last)
        if isinstance(layer, (torch.nn.Conv2d, torch.nn.BatchNorm2d)):
            layer.register_forward_hook(lambda layer, given, made: layouts.extend([given[0], made]))
    module(torch.zeros(2, 32, 32, 3).movedim(-1, 1))
    assert len(layouts) == 2 * (3 * 4 + 3 + 3)
    assert all(x.is_contiguous(memory_format=torch.channels_last) for x in layouts)


def test_many_are_one_program_and_run_apart_on_a_gpu():
    module = skeleton(DenseNet(), (32, 32, 3), 10)
    assert wide.known(module, (32, 32, 3))
    assert stacked(module, (32, 32, 3), torch.device("cuda"))
    assert wide.best_apart(module)
    assert not wide.best_apart(skeleton(WideResNet(10, 1), (32, 32, 3), 10))


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: DenseNet(depth=12), "densenet: depth is 12, expected 6 n + 4 with n at least 1"),
        (lambda: DenseNet(depth=4), "densenet: depth is 4, expected 6 n + 4"),
        (lambda: DenseNet(growth=0), "densenet: growth is 0, expected a whole number, at least 1"),
        (lambda: DenseNet().build((446,), 30), "densenet takes images"),
        (lambda: DenseNet().build((7, 32, 3), 30), "of at least 8 x 8, got records of shape (7, 32, 3)"),
    ],
)
def test_what_cannot_be_built_is_said(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert words in str(error.value)
