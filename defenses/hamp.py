"""HAMP: high-entropy soft labels, an entropy bonus, and outputs that keep only their order."""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import torch
from torch import Tensor

from defenses.base import Defense, demand
from defenses.release import ReleaseContext
from models import Batch, one_hot

STEP = 100  # probability moves from the true class in steps of 1 / STEP


@functools.cache
def soft_label(gamma: float, classes: int) -> tuple[float, float]:
    """Return the probabilities (of the true class, of each other class) of HAMP's soft label.

    Starting from the one-hot label, probability moves evenly to the others in steps of .01 until the entropy is at
    least gamma log C; it stops at the uniform distribution in any case (Chen and Pattabiraman 2024, section IV-B).
    """
    for step in range(STEP + 1):
        true = 1 - step / STEP
        if classes < 2 or true * classes <= 1:
            break
        other = (1 - true) / (classes - 1)
        entropy = -true * math.log(true) - (classes - 1) * (other * math.log(other) if other else 0.0)
        if entropy >= gamma * math.log(classes):
            return true, other
    return 1 / classes, 1 / classes


def soft_labels(gamma: float, batch: Batch) -> Tensor:
    """Return HAMP's soft labels (K, B, C) of a batch."""
    true, other = soft_label(gamma, batch.classes)
    return other + (true - other) * one_hot(batch.labels, batch.classes)


@dataclass(frozen=True)
class Hamp(Defense):
    """HAMP (Chen and Pattabiraman, NDSS 2024), training and test time.

    Loss: KL(soft label || output) averaged over the B x C elements, as in the public code (so alpha weighs about C
    times what it would with a KL averaged over B), minus alpha times the mean entropy of the output.
    gamma / alpha of the paper: Purchase100 .8/.01 (the default), Texas100 .6/.01, Location30 .5/.001,
    CIFAR-10 .95/.001, CIFAR-100 .5/.005.
    """

    reference: ClassVar[str] = "Chen and Pattabiraman, NDSS 2024"
    version: ClassVar[int] = 2
    word: ClassVar[str] = "hamp"  # what sentences call it
    gamma: float = 0.8
    alpha: float = 0.01

    def __post_init__(self) -> None:
        demand(f"{self.word}: gamma", self.gamma, 0, 1)
        demand(f"{self.word}: alpha", self.alpha, 0, math.inf)

    def targets(self, batch: Batch) -> Tensor:
        """Return the soft labels (K, B, C)."""
        return soft_labels(self.gamma, batch)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return KL(targets || output) averaged over B and C - alpha * entropy of the output averaged over B."""
        assert batch.targets is not None
        log_output = logits.log_softmax(-1)
        divergence = (torch.xlogy(batch.targets, batch.targets) - batch.targets * log_output).mean((-2, -1))
        entropy = -(log_output.exp() * log_output).sum(-1).mean(-1)
        return divergence - self.alpha * entropy

    def release(self, context: ReleaseContext, logits: np.ndarray) -> np.ndarray:
        """Return for each record the sorted output on a random input, in the rank order of the record's own output."""
        return reordered(context, logits)


def reordered(context: ReleaseContext, logits: np.ndarray) -> np.ndarray:
    """Return for each record the sorted output on a random input, in the rank order of its own logits, (n, C).

    The random input is a function of the record (version 1 drew it from a stream, so that it also depended on the
    company in which the record was asked). Equal values of a record's own output are ranked by class, the first
    highest, so that argmax stays (see `in_rank_order` for the exception).
    """
    return in_rank_order(logits, context.predict(random_inputs(context.members[0], context.uniform)))


def random_inputs(members: np.ndarray, uniform: Callable[..., np.ndarray]) -> np.ndarray:
    """Return a random record (n, ...) for each query, in the range of the defender's own records members (r, ...).

    uniform: see ReleaseContext. Whole numbers: uniform from the least to the greatest value of the members (bits,
    pixels). Floats: uniform between each feature's least and greatest value.
    """
    numbers = uniform(*members.shape[1:])
    if np.issubdtype(members.dtype, np.integer):
        least, values = int(members.min()), int(members.max()) - int(members.min()) + 1
        numbers = numbers if values <= 2**16 else numbers.astype(np.float64)
        np.floor(np.multiply(numbers, values, out=numbers), out=numbers)
        np.minimum(numbers, values - 1, out=numbers)  # a product rounds up to it at times
        return np.add(numbers, least, out=numbers).astype(members.dtype)
    low, high = members.min(0), members.max(0)
    with np.errstate(over="ignore", invalid="ignore"):
        wide = ~np.isfinite(high - low)  # then the two are weighed one by one
        made = np.where(wide, low * (1 - numbers) + high * numbers, low + (high - low) * numbers)
    return made.astype(members.dtype)


def in_rank_order(own: np.ndarray, other: np.ndarray) -> np.ndarray:
    """Return the values of other (..., C), row by row, in the rank order of own (..., C).

    Of equal values of `own` the first class ranks highest, so argmax of the result is argmax of `own`, unless the
    greatest values of `other` are equal: then several classes share the greatest value of the result, and its argmax is
    the first of them. Every value of `other` is used exactly once.
    """
    order = np.argsort(-own, axis=-1, kind="stable")  # classes from the greatest value to the least
    out = np.empty_like(other)
    np.put_along_axis(out, order, -np.sort(-other, axis=-1), axis=-1)
    return out
