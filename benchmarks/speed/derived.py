"""What follows from a row of a speed result, and whether the targets are met. Pure."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from statistics import median
from typing import Any

from benchmarks.speed.shapes import SHAPES

Result = dict[str, Any]
RATE = {"fp32": "fp32", "mixed": "bf16"}  # the floor that a precision's products are held against


@dataclass(frozen=True)
class Derived:
    """One row in numbers that mean something.

    per_model, textbook, floor: seconds of one model's whole recipe. ratio, low, high: the textbook loop's seconds over
    the engine's, each round against the mean of the loop before and after it: median, least and greatest.
    """

    shape: str
    precision: str
    cohort: int
    per_model: float
    textbook: float
    ratio: float
    low: float
    high: float
    steps_per_second: float
    flops_per_second: float
    floor: float
    bound: str  # what the floor is made of: arithmetic or memory


def derive(result: Result, row: dict[str, Any]) -> Derived:
    """Return what follows from one row."""
    shape, floors = result["shapes"][row["shape"]], result["floors"]
    engine, textbook = median(row["engine"]), median(row["textbook"])
    around = [(a + b) / 2 for a, b in zip(row["textbook"], row["textbook"][1:], strict=False)]
    ratios = [loop / own for loop, own in zip(around, row["engine"], strict=True)]
    arithmetic = shape["flops"] / floors[RATE[row["precision"]]]
    memory = shape["floor_bytes"][row["precision"]] / floors["copy"]
    return Derived(
        shape=row["shape"],
        precision=row["precision"],
        cohort=row["cohort"],
        per_model=engine * shape["steps"],
        textbook=textbook * shape["steps"],
        ratio=median(ratios),
        low=min(ratios),
        high=max(ratios),
        steps_per_second=1 / engine,
        flops_per_second=shape["flops"] / engine,
        floor=max(arithmetic, memory) * shape["steps"],
        bound="arithmetic" if arithmetic >= memory else "memory",
    )


@dataclass(frozen=True)
class Target:
    """What the engine is to reach. value: of the rows, or None where what it needs was not measured."""

    text: str
    value: Callable[[list[Derived]], float | None]
    met: Callable[[float], bool]
    unit: str = "x"

    def verdict(self, rows: list[Derived]) -> tuple[str, str]:
        """Return the number reached and "met", "not met" or "not measured"."""
        value = self.value(rows)
        if value is None:
            return "-", "not measured"
        return f"{value:.3g} {self.unit}", "met" if self.met(value) else "not met"


def _row(rows: list[Derived], shape: str, precision: str, cohort: int) -> Derived | None:
    return next((r for r in rows if (r.shape, r.precision, r.cohort) == (shape, precision, cohort)), None)


def _times(shape: str, precision: str, cohort: int, least: float) -> Target:
    def value(rows: list[Derived]) -> float | None:
        row = _row(rows, shape, precision, cohort)
        return None if row is None else row.ratio

    text = f"{cohort} models of {shape} in {precision}: at least {least:g} times as fast as the textbook loop"
    return Target(text, value, lambda v: v >= least)


def _within(models: int, shape: str, minutes: int) -> Target:
    def value(rows: list[Derived]) -> float | None:
        row = _row(rows, shape, "mixed", 100)
        return None if row is None else models * row.per_model / 60

    text = f"{models} models of {shape}, the suite's whole recipe, in under {minutes} minutes (at 100 models' speed)"
    return Target(text, value, lambda v: v < minutes, "min")


def _slowest(rows: list[Derived]) -> float | None:
    needed = {(s.name, p, k) for s in SHAPES for p in s.precisions for k in s.cohorts("cpu")}
    measured = {(r.shape, r.precision, r.cohort) for r in rows}
    return min(r.ratio for r in rows) if needed <= measured else None


TARGETS = {
    "cpu": (
        _times("digits-mlp", "fp32", 32, 6),
        _times("mnist-cnn", "mixed", 16, 2.5),
        _times("purchase100-mlp", "mixed", 16, 1.8),
        Target("never slower than the textbook loop in any row: the slowest (medians)", _slowest, lambda v: v >= 1),
    ),
    "cuda": (
        _times("mnist-cnn", "mixed", 100, 30),
        _times("purchase100-mlp", "mixed", 100, 30),
        _times("cifar-alexnet", "mixed", 100, 4),
        _times("cifar-wrn-28-2", "mixed", 100, 4),
        _within(102, "mnist-cnn", 2),
        _within(102, "purchase100-mlp", 3),
    ),
}
AIMED_AT = {"cpu": "2 CPU cores", "cuda": "one NVIDIA H200"}
