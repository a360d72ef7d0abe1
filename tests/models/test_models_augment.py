"""Augmentation against what it must do to images whose pixels are numbered."""

import numpy as np
import pytest
import torch

from models.augment import augment, draws

IMAGES = torch.arange(2 * 9 * 9 * 3, dtype=torch.int64).view(2, 9, 9, 3) + 1


def test_flip_mirrors_below_one_half_and_twice_is_the_identity():
    draw = torch.tensor([[0.2], [0.7]])
    once = augment(IMAGES, ("flip",), draw)
    assert torch.equal(once[0], IMAGES[0].flip(1))
    assert torch.equal(once[1], IMAGES[1])
    assert torch.equal(augment(once, ("flip",), draw), IMAGES)


@pytest.mark.parametrize("name", ["rotate", "crop"])
def test_one_half_changes_nothing(name):
    assert torch.equal(augment(IMAGES, (name,), torch.full((2, draws((name,))), 0.5)), IMAGES)


def test_crop_shifts_by_whole_pixels_and_fills_with_zero():
    out = augment(IMAGES[:1], ("crop",), torch.tensor([[0.0, 0.99]]))[0]  # 4 rows up, 4 columns right
    expected = torch.zeros_like(out)
    expected[4:, :5] = IMAGES[0, :5, 4:]
    assert torch.equal(out, expected)


def test_rotation_turns_by_at_most_15_degrees_both_ways():
    image = torch.zeros(1, 31, 31, 1)
    image[0, 15, 28] = 1  # 13 pixels right of the centre
    for draw, sign in ((0.0, -1), (1.0, 1)):
        y, x = np.argwhere(augment(image, ("rotate",), torch.tensor([[draw]]))[0, ..., 0].numpy())[0]
        angle = np.rad2deg(np.arctan2(y - 15, x - 15))
        assert abs(angle - sign * 15) < 3


def test_a_chain_is_its_parts_one_after_another():
    draw = torch.tensor([[0.1, 0.9, 0.2, 0.8], [0.6, 0.3, 0.9, 0.1]])
    parts = augment(augment(augment(IMAGES, ("flip",), draw[:, :1]), ("rotate",), draw[:, 1:2]), ("crop",), draw[:, 2:])
    assert torch.equal(augment(IMAGES, ("flip", "rotate", "crop"), draw), parts)


def test_a_models_axis_changes_nothing():
    draw = torch.rand(2, 2, generator=torch.Generator().manual_seed(0))
    both = augment(torch.stack([IMAGES, IMAGES]), ("rotate", "flip"), torch.stack([draw, draw.flip(0)]))
    assert torch.equal(both[0], augment(IMAGES, ("rotate", "flip"), draw))
    assert torch.equal(both[1], augment(IMAGES, ("rotate", "flip"), draw.flip(0)))


def test_uint8_stays_uint8():
    out = augment(IMAGES.to(torch.uint8), ("rotate",), torch.tensor([[0.1], [0.9]]))
    assert out.dtype == torch.uint8
