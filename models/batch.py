"""What the hooks of a defense are handed at each step."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import torch
from torch import Tensor

BITS = 24  # of a uniform number: all that a float32 below 1 can hold evenly


def _signed(number: int) -> int:
    return number - (1 << 64) if number >> 63 else number


GOLDEN, FIRST, SECOND = map(_signed, (0x9E3779B97F4A7C15, 0xBF58476D1CE4E5B9, 0x94D049BB133111EB))


def _mixed(z: Tensor) -> Tensor:
    """Overwrite int64 numbers z with such whose bits all depend on all of its bits, and return it.

    That is the finaliser of splitmix64 (Steele et al. 2014).
    """
    for shift, factor in ((30, FIRST), (27, SECOND)):
        z ^= (z >> shift).bitwise_and_((1 << (64 - shift)) - 1)
        z *= factor
    z ^= (z >> 31).bitwise_and_((1 << 33) - 1)
    return z


class Draws:
    """Random numbers of K models: a function of each model's own seed, the step, the call within it, and nothing else.

    They are computed from these by a hash (as splitmix64 does), so that they are the same alone and in a cohort, on any
    device, and in a recorded CUDA step. Those for Apple's GPU, whose 64-bit products nobody has tried, are computed on
    the CPU.
    """

    def __init__(self, seeds: tuple[int, ...], step: Tensor) -> None:
        keys = [_signed(int(np.random.SeedSequence([seed, 1]).generate_state(1, np.uint64)[0])) for seed in seeds]
        self.device = step.device
        hashed = torch.device("cpu") if self.device.type == "mps" else self.device
        self.keys = torch.tensor(keys, dtype=torch.int64, device=hashed)
        self.begin(step)

    stream: Tensor | None  # of this step, a number a model, once it was asked for

    def begin(self, step: Tensor) -> None:
        """Begin step number `step`, () int64."""
        self.step = step.to(self.keys.device)
        self.stream = None
        self.calls = 0

    def uniform(self, *shape: int) -> Tensor:
        """Return float32 numbers (K, *shape), uniform on [0, 1); each call of a step gives others."""
        bits = (self._bits(int(np.prod(shape))) >> (64 - BITS)).bitwise_and_((1 << BITS) - 1)
        return bits.to(torch.float32).mul_(2.0**-BITS).view(-1, *shape).to(self.device)

    def normal(self, count: int) -> Tensor:
        """Return float32 standard normal numbers (K, count), as `uniform` does (Box and Muller 1958); count is even.

        None is beyond 6.7.
        """
        bits, low = self._bits(count // 2), (1 << 32) - 1
        radius = (bits >> 32).bitwise_and_(low).add_(1).to(torch.float32).mul_(2.0**-32).log_().mul_(-2).sqrt_()
        angle = bits.bitwise_and_(low).to(torch.float32).mul_(2 * np.pi * 2.0**-32)
        return torch.cat([radius * angle.cos(), angle.sin_().mul_(radius)], 1).to(self.device)

    def _bits(self, count: int) -> Tensor:
        """Return int64 numbers (K, count) whose 64 bits are random."""
        self.calls += 1
        if self.stream is None:
            self.stream = _mixed(self.keys + self.step * GOLDEN)
        stream = _mixed(self.stream + _signed(self.calls * GOLDEN % 2**64))
        return _mixed(stream[:, None] + torch.arange(1, 1 + count, device=self.keys.device) * GOLDEN)


@dataclass(frozen=True, eq=False)
class Batch:
    """The records of one step; every tensor is the hook's own to read, with the axis of K models on the left.

    labels (K, B) int64; rows (K, B) int64, which rows of the task's records they are; inputs (K, B, ...), what the
    network sees, images with their channels first; epoch and step, () int64, counted from 0 (step through the whole
    training); classes C; targets (K, B, C), None while they are being made.
    """

    labels: Tensor
    rows: Tensor
    inputs: Tensor
    epoch: Tensor
    step: Tensor
    classes: int
    targets: Tensor | None = None
    draws: Draws | None = field(default=None, repr=False)

    def uniform(self, *shape: int) -> Tensor:
        """Return random numbers (K, *shape), float32, uniform on [0, 1), a model's own whatever its cohort.

        Raises ValueError on a batch that was made without generators.
        """
        if self.draws is None:
            raise ValueError("batch: it was made without random numbers")
        return self.draws.uniform(*shape)

    @classmethod
    def of(
        cls,
        labels: Tensor,
        classes: int,
        inputs: Tensor | None = None,
        targets: Tensor | None = None,
        epoch: int = 0,
        step: int = 0,
    ) -> Batch:
        """Return a batch for trying hooks: labels (B,) or (K, B), rows 0 to B - 1, model k's seed k."""
        rows = torch.arange(labels.shape[-1], device=labels.device).expand(labels.shape).clone()
        x = torch.zeros(*labels.shape, 1, device=labels.device) if inputs is None else inputs
        when, count = (torch.tensor(n, dtype=torch.int64, device=labels.device) for n in (epoch, step))
        models = labels.shape[0] if labels.dim() > 1 else 1
        return cls(labels, rows, x, when, count, classes, targets, Draws(tuple(range(models)), count))
