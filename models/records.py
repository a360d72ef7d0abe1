"""The pool on a device, and batches of it as network inputs."""

from __future__ import annotations

import warnings

import numpy as np
import torch
from torch import Tensor

from models.augment import augment

CONVERTED_BYTES = 64 << 20  # pools that are no larger as floats are converted once instead of batch by batch


def as_tensor(array: np.ndarray, device: torch.device) -> Tensor:
    """Return a tensor of a (read-only) array without copying it on the CPU; it must not be written to.

    Apple's GPU has no float64: there such numbers become float32.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # "not writable"
        made = torch.from_numpy(np.ascontiguousarray(array))
    return (made.float() if device.type == "mps" and made.dtype == torch.float64 else made).to(device)


class Inputs:
    """The conversion raw records -> network inputs: x * scale + shift over the last axis, channels to the front."""

    def __init__(
        self, scale: tuple[float, ...], shift: tuple[float, ...], device: torch.device, dtype: torch.dtype
    ) -> None:
        self.scale = torch.tensor(scale, device=device, dtype=dtype)
        self.shift = torch.tensor(shift, device=device, dtype=dtype)

    def __call__(self, raw: Tensor) -> Tensor:
        """Return raw records (K, B, ...) as network inputs."""
        return self.front(self.scaled(raw))

    def scaled(self, raw: Tensor) -> Tensor:
        """Return raw records as floats of the same shape."""
        return raw.to(self.scale.dtype).mul(self.scale).add_(self.shift)

    def front(self, x: Tensor) -> Tensor:
        """Return floats (K, B, H, W, C) as (K, B, C, H, W), a view whose channels lie last; (K, B, D) as they are."""
        return x.movedim(-1, 2) if x.dim() == 5 else x


class Records:
    """A pool's records x (N, ...) and labels y (N,) on a device; a batch of them is a copy."""

    def __init__(self, x: np.ndarray, y: np.ndarray, inputs: Inputs, augment: tuple[str, ...]) -> None:
        device = inputs.scale.device
        if augment and x.ndim != 4:
            raise ValueError(f"recipe: augment is {augment!r}, expected () for records of shape {x.shape[1:]}")
        self.x = as_tensor(x, device)
        self.y = as_tensor(y, device).long()
        self.augment = augment
        self.inputs = inputs
        self.converted = not augment and x.size * inputs.scale.element_size() <= CONVERTED_BYTES
        if self.converted:
            self.x = inputs.scaled(self.x)

    def batch(self, index: Tensor, draw: Tensor | None) -> tuple[Tensor, Tensor]:
        """Return the inputs (K, B, ...) and labels (K, B) of the rows index (K, B), augmented by draw (K, B, D)."""
        rows = index.flatten()
        x = self.x.index_select(0, rows).unflatten(0, tuple(index.shape))
        y = self.y.index_select(0, rows).unflatten(0, tuple(index.shape))
        if draw is not None:
            x = augment(x, self.augment, draw)
        return self.inputs.front(x if self.converted else self.inputs.scaled(x)), y
