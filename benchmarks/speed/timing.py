"""Seconds of a model-step, from whole calls at two lengths.

A call that trains one epoch and one that trains 1 + E epochs differ by E epochs and nothing else, so the difference is
free of what a call pays once: initial weights, moving data, recording CUDA graphs.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch

from benchmarks.naming.wording import counted
from benchmarks.speed import textbook
from benchmarks.speed.shapes import Shape
from models import Diverged, cohort_width, fit

Call = Callable[[int], None]  # trains for that many epochs and waits for the device
LEAST = {"cpu": 1, "cuda": 10}  # steps of an epoch; on CUDA the first few are warm-up and recording
ROUNDS = 3
TEXTBOOK_SECONDS, ENGINE_SECONDS = 0.5, 1.0  # that two calls should differ by
EPOCH_SECONDS = 0.5  # of the textbook loop, for an epoch of a whole cohort, where the suite's own epoch takes longer
HEAVY = 20.0  # seconds; a row that would take the loop longer is measured once, on a CPU at the least length
# Where models take turns, each turn costs the same, so the short call of a heavy row has only so many models, in whole
# turns. Of what a call pays once whatever its models (some ms), a step then misses less than a twentieth.
SHORT_MODELS = 16
MOST_EPOCHS = 4096


@dataclass(frozen=True)
class Case:
    """One row: so many models of a shape in a precision, on a device."""

    shape: Shape
    precision: str
    cohort: int
    device: str

    @property
    def kind(self) -> str:
        """The type of the device, "cpu" or "cuda"."""
        return torch.device(self.device).type

    @property
    def name(self) -> str:
        """The row's name."""
        return f"{self.shape.name}-{self.precision}-{self.cohort}"


def measure(case: Case, pedantic: Callable[..., object]) -> dict[str, Any]:
    """Time the textbook loop (A) and the engine (B) in turns, A B A B ... A.

    The engine's long calls are timed by `pedantic`, of pytest-benchmark's fixture; what is returned is all the rest
    that `engine_step` needs. textbook: seconds of a model-step, one more than there are rounds; short: seconds of the
    engine's short calls, which train short_models; steps: by how many each model's training is longer in a long call.
    """
    loop = _textbook(case.shape, case.device)
    steps = steps_of_epoch(case.shape, case.kind, case.cohort * loop.step)
    heavy = 3 * ROUNDS * steps * case.cohort * loop.step > HEAVY  # a short call is one epoch, a long one at least two
    few = min(case.cohort, _whole_turns(case)) if heavy else case.cohort
    short, long = (engine_call(case, models, steps) for models in (few, case.cohort))
    engine_call(case, 1 if case.kind == "cpu" else few, steps)(1)  # warm-up
    epochs = 1 if heavy and case.kind == "cpu" else epochs_for(long, ENGINE_SECONDS)
    shorts: list[float] = []
    loops: list[float] = []

    def before() -> None:
        loops.append(loop.measure())
        shorts.append(seconds(short, 1))

    pedantic(lambda: long(1 + epochs), setup=before, rounds=1 if heavy else ROUNDS)
    loops.append(loop.measure())
    return {
        "shape": case.shape.name,
        "precision": case.precision,
        "cohort": case.cohort,
        "steps": steps * epochs,
        "textbook": loops,
        "short": shorts,
        "short_models": few,
    }


def engine_step(row: dict[str, Any], longs: list[float]) -> list[float]:
    """Return the engine's seconds of a model-step in each round, from a row of `measure` and the long calls' seconds.

    Raises ValueError where a long call was not longer than its short one.
    """
    pairs = zip(longs, row["short"], strict=True)
    result = [(long / row["cohort"] - short / row["short_models"]) / row["steps"] for long, short in pairs]
    if min(result) <= 0:
        raise ValueError(f"{row['shape']} {row['precision']} x {row['cohort']}: the machine was too busy to measure it")
    return result


def seconds(call: Call, epochs: int) -> float:
    """Return how long a call takes."""
    begun = time.perf_counter()
    call(epochs)
    return time.perf_counter() - begun


def steps_of_epoch(shape: Shape, kind: str, step: float) -> int:
    """Return how many steps an epoch has in which a step takes `step` seconds: the suite's number or fewer."""
    return max(LEAST[kind], min(shape.steps_per_epoch, int(EPOCH_SECONDS / step)))


def epochs_for(call: Call, wanted: float) -> int:
    """Return by how many epochs a call must be longer to take about `wanted` seconds more than one of one epoch, and
    half as long again, so that the difference stands out.
    """
    once, epochs = seconds(call, 1), 1
    wanted = max(wanted, once / 2)
    while (more := seconds(call, 1 + epochs) - once) < wanted / 2 and epochs < MOST_EPOCHS:
        epochs *= 4
    return max(1, round(epochs * wanted / more)) if more > wanted / 2 else epochs


def _whole_turns(case: Case) -> int:
    width = cohort_width(case.shape.task(case.precision, 1, 1, 1, case.device))
    return width * -(-SHORT_MODELS // width)


def engine_call(case: Case, models: int, steps: int) -> Call:
    """Return a call of `models.fit` for epochs of `steps` steps."""

    def call(epochs: int) -> None:
        results = fit(case.shape.task(case.precision, models, steps, epochs, case.device))
        _wait(case.device)
        failed = [r.reason for r in results if isinstance(r, Diverged)]
        if failed:
            raise ValueError(f"{case.name}: {counted(len(failed), 'model')} diverged, the first because {failed[0]}")

    return call


class _Textbook:
    """The textbook loop of a shape: one model, since more take as many times longer."""

    def __init__(self, shape: Shape, device: str) -> None:
        kind = torch.device(device).type
        call = self._call(shape, device, LEAST[kind])
        call(1)  # warm-up
        epochs = epochs_for(call, TEXTBOOK_SECONDS / 2)
        self.step = (seconds(call, 1 + epochs) - seconds(call, 1)) / (epochs * LEAST[kind])
        self.steps = steps_of_epoch(shape, kind, self.step)
        self.epochs = max(1, round(TEXTBOOK_SECONDS / (self.steps * self.step)))
        self.call = self._call(shape, device, self.steps)

    def measure(self) -> float:
        """Return the seconds of a step."""
        short = seconds(self.call, 1)
        return (seconds(self.call, 1 + self.epochs) - short) / (self.epochs * self.steps)

    @staticmethod
    def _call(shape: Shape, device: str, steps: int) -> Call:
        own = textbook.dataset(*shape.data(steps), shape.scale, (0.0,))

        def call(epochs: int) -> None:
            recipe = shape.recipe("fp32", epochs)
            textbook.train(
                lambda: textbook.module(shape.suite.network, shape.record, shape.classes), [own], recipe, device
            )
            _wait(device)

        return call


@lru_cache
def _textbook(shape: Shape, device: str) -> _Textbook:
    return _Textbook(shape, device)


def _wait(device: str) -> None:
    if torch.device(device).type == "cuda":
        torch.cuda.synchronize(device)
