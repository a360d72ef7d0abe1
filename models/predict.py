"""Logits of trained models."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence

import numpy as np
import torch

from models.cohort import threads_for
from models.records import Inputs, as_tensor
from models.stack import Stack

CHUNK = 500  # records at once
GROUP_BYTES = 256 << 20  # logits of as many models as fit in here are computed together


class Predictor:
    """One trained model: model number `row` of a stack, whose memory it shares with the rest of its cohort."""

    def __init__(self, stack: Stack, row: int, inputs: Inputs) -> None:
        self.stack = stack
        self.row = row
        self.inputs = inputs

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return logits (n, C) float32 for raw records x (n, ...), in evaluation mode and full precision."""
        return next(predict_all([self], x))


def predict_all(predictors: Sequence[Predictor], x: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the logits (n, C) float32 of one predictor after the other for the same raw records x (n, ...).

    Models of one cohort are run together, as many as make 256 MiB of logits; no more than that is held at a time. The
    numbers are those of Predictor.predict.
    """
    start = 0
    while start < len(predictors):
        first = predictors[start]
        stop = start + 1
        limit = start + _group(first, len(x))
        while stop < min(limit, len(predictors)) and _follows(predictors[stop - 1], predictors[stop]):
            stop += 1
        yield from _predict(first.stack.models(first.row, first.row + stop - start), first.inputs, x)
        start = stop


def _group(predictor: Predictor, records: int) -> int:
    classes = predictor.stack.slots[-1].shape[0]
    return max(1, GROUP_BYTES // max(1, 4 * records * classes)) if predictor.stack.batched else 1


def _follows(before: Predictor, after: Predictor) -> bool:
    return after.stack is before.stack and after.row == before.row + 1


def _predict(models: Stack, inputs: Inputs, x: np.ndarray) -> Iterator[np.ndarray]:
    device = inputs.scale.device
    exact = threads_for(len(models)) if models.batched and device.type == "cpu" else contextlib.nullcontext()
    chunks = []
    with torch.no_grad(), exact:
        for start in range(0, len(x), CHUNK):
            batch = inputs(as_tensor(x[start : start + CHUNK], device)[None])
            batch = batch.expand(len(models), *batch.shape[1:])
            chunks.append(models.logits(batch, training=False).float().cpu())
    for k in range(len(models)):
        yield torch.cat([chunk[k] for chunk in chunks]).numpy()
