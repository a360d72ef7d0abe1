"""Random flips, rotations and crops of a batch of images, as one look-up of pixels.

Every augmentation says from which pixel of its input each pixel of its output comes, so a chain of them is one gather
on the raw pixels: exact for flips and crops, nearest neighbour for rotations (as in torchvision's RandomRotation), and
outside the image the raw value 0.
"""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

ANGLE = 15.0  # degrees, the published code of HP-MIA
PAD = 4  # pixels, the usual CIFAR crop

Coordinates = tuple[Tensor, Tensor]


def _flip(y: Tensor, x: Tensor, height: int, width: int, draw: Tensor) -> Coordinates:
    return y, torch.where(draw[0] < 0.5, width - 1 - x, x)


def _rotate(y: Tensor, x: Tensor, height: int, width: int, draw: Tensor) -> Coordinates:
    angle = torch.deg2rad((2 * draw[0] - 1) * ANGLE)
    cos, sin = torch.cos(angle), torch.sin(angle)
    up, right = y - (height - 1) / 2, x - (width - 1) / 2
    return cos * up - sin * right + (height - 1) / 2, sin * up + cos * right + (width - 1) / 2


def _crop(y: Tensor, x: Tensor, height: int, width: int, draw: Tensor) -> Coordinates:
    offset = torch.floor(draw * (2 * PAD + 1)) - PAD
    return y + offset[0], x + offset[1]


Source = Callable[[Tensor, Tensor, int, int, Tensor], Coordinates]
_SOURCES: dict[str, tuple[int, Source]] = {"flip": (1, _flip), "rotate": (1, _rotate), "crop": (2, _crop)}


def draws(names: tuple[str, ...]) -> int:
    """Return how many uniform numbers an image takes for the augmentations `names`."""
    return sum(_SOURCES[name][0] for name in names)


def augment(images: Tensor, names: tuple[str, ...], draw: Tensor) -> Tensor:
    """Return images (..., H, W, C) augmented by `names`, applied in this order.

    draw: (..., D) numbers uniform on [0, 1), D = draws(names). A draw of one half leaves a rotation at 0 degrees and a
    crop in place; below one half an image is flipped.
    """
    height, width, channels = images.shape[-3:]
    numbers = draw.movedim(-1, 0)[..., None, None]  # (D, ..., 1, 1)
    y = torch.arange(height, device=images.device, dtype=draw.dtype)[:, None].expand(height, width)
    x = torch.arange(width, device=images.device, dtype=draw.dtype).expand(height, width)
    inside = torch.ones((), dtype=torch.bool, device=images.device)
    for name in reversed(names):  # from the output back to the input
        count, source = _SOURCES[name]
        own, numbers = numbers[len(numbers) - count :], numbers[: len(numbers) - count]
        y, x = (torch.round(c) for c in source(y, x, height, width, own))
        inside = inside & (y >= 0) & (y < height) & (x >= 0) & (x < width)
    pixel = (y.clamp(0, height - 1) * width + x.clamp(0, width - 1)).long()
    pixel = pixel.expand(*draw.shape[:-1], height, width).flatten(-2)[..., None].expand(*draw.shape[:-1], -1, channels)
    moved = torch.gather(images.flatten(-3, -2), -2, pixel).unflatten(-2, (height, width))
    return torch.where(inside[..., None], moved, torch.zeros((), dtype=images.dtype, device=images.device))
