"""Probabilities as a file holds them: checked to sum to 1, and turned into logits without infinities."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from benchmarks.audit.columns import Column, Unsound

SLACK = 1e-5  # of a sum of probabilities that float32 worked out, whatever type holds them
TYPES = 16  # roundings of the type that a sum may be off
DECIMALS = 6  # up to which rounded numbers in an array are recognised
BLOCK = 1 << 14  # records that are worked on at a time, as float64
WORDS = 2_000  # of a column of text whose decimals are counted
LEAST = 5e-324  # the least positive float64


@dataclass(frozen=True)
class Rounding:
    """How fine a file's probabilities are: the `step` of those near 1, whether it is that of rounded `decimals`, and
    the `least` positive one.
    """

    step: float
    decimals: bool
    least: float

    def floor(self, classes: int) -> float:
        """What a probability of 0 is taken for: so little that all zeros of a record together are less than half a
        step, and less than half of any other probability.
        """
        return max(min(self.step, self.least) / (2 * classes), LEAST)

    def allowed(self, classes: int) -> float:
        """How far a sum may be from 1: half a step a class where decimals are rounded, else TYPES steps; or SLACK."""
        return max(SLACK, self.step * (classes / 2 if self.decimals else TYPES))


@dataclass(frozen=True, eq=False)
class Clipped:
    """Logits (..., C) float32, and how many of their probabilities were below the floor."""

    logits: np.ndarray
    count: int


def rounding_of(values: np.ndarray, columns: Sequence[Column]) -> Rounding:
    """The rounding of probabilities (..., C), which were read from these columns.

    The step is 10^-d where d decimals are printed, or where all values are rounded to d, at most DECIMALS; else it
    is the machine epsilon of their type.
    """
    least = float(values.min(where=values > 0, initial=1))
    if values.dtype.kind != "f":
        return Rounding(1.0, True, least)
    if all(isinstance(column, list) for column in columns):
        return Rounding(10.0 ** -max(_printed(column) for column in columns if isinstance(column, list)), True, least)
    for decimals in range(1, DECIMALS + 1) if values.dtype != np.float16 else ():
        if _rounded(values[:100], decimals) and _rounded(values, decimals):
            return Rounding(10.0**-decimals, True, least)
    return Rounding(float(np.finfo(values.dtype).eps), False, least)


def _rounded(values: np.ndarray, decimals: int) -> bool:
    with np.errstate(over="ignore"):
        return bool((np.round(values, decimals) == values).all())


def _printed(column: list[str]) -> int:
    """The most decimals that numbers are printed with, in WORDS places or more: 4 of ``0.5000``, 5 of ``1e-05``."""
    parts = [word.lower().partition("e") for word in column[:: max(1, len(column) // WORDS)]]
    return max(0, *(len(head.partition(".")[2]) - int(power or 0) for head, _, power in parts))


def check(name: str, values: np.ndarray, rounding: Rounding) -> None:
    """Raise ValueError, in one sentence, unless values (n, C) are shares that sum to 1 in each record."""
    with np.errstate(over="ignore"):
        sums, low = values.sum(-1, dtype=np.float64), values.min(-1) < 0
    if low.any():
        got = f"{values[low][0].min():g}"
        raise Unsound(f"{name}: expected shares from 0 to 1, got {got}", low, ": logits? Name them so")
    if abs(float(np.median(sums)) - 100) <= 1:
        raise ValueError(f"{name}: expected shares that sum to 1, they sum to 100: percent? Divide them by 100")
    if rounding.step >= 1:
        raise ValueError(f"{name}: expected shares, got whole numbers: give predicted classes as 'predicted'")
    allowed = rounding.allowed(values.shape[-1])
    wrong = np.abs(sums - 1) > allowed
    if wrong.any():
        got = f"{sums[wrong][0]:.6g}"
        raise Unsound(f"{name}: expected shares that sum to 1 within {allowed:.1g}, got {got}", wrong)


def check_logits(name: str, values: np.ndarray) -> None:
    """Raise ValueError unless logits (n, C) fit float32 and are no probabilities."""
    if values.dtype.kind == "b":
        raise ValueError(f"{name}: expected numbers, got true and false")
    wide = np.abs(values).max(-1, initial=0) > np.finfo(np.float32).max
    if wide.any():
        raise Unsound(f"{name}: expected numbers that float32 holds, got {np.abs(values[wide][0]).max():g}", wide)
    off = np.abs(values.sum(-1, dtype=np.float64) - 1)
    if values.min(initial=0) >= 0 and (off < 1e-3).all():
        raise ValueError(
            f"{name}: expected numbers before the softmax, got shares that sum to 1: probabilities? Name them so"
        )


def logits_of(values: np.ndarray, floor: float) -> Clipped:
    """The logarithms of probabilities (..., C), of those below `floor` its own, and how many these are.

    Ones need no clipping: what a class has against all others, log p - log(sum of the others), follows from these.
    """
    shares = values.reshape(-1, values.shape[-1])
    made, count = np.empty(shares.shape, np.float32), 0
    for start in range(0, len(shares), BLOCK):
        rows = slice(start, start + BLOCK)
        block = shares[rows].astype(np.float64)
        count += int((block < floor).sum())
        made[rows] = np.log(np.maximum(block, floor))
    return Clipped(made.reshape(values.shape), count)
