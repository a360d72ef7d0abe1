"""Logits of trained models."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, TypeGuard

import numpy as np
import torch
from torch import Tensor

from models.building import skeleton, stacked
from models.cohort import threads_for
from models.faults import HookError, line, place
from models.process import undisturbed
from models.records import Inputs, as_tensor
from models.stack import Stack
from models.task import Network, Trained

CHUNK = 500  # records at once
CHUNK_IN_CACHE = 64  # of a network of convolutions on a CPU
GROUP_BYTES = 256 << 20  # logits of as many models as fit in here are computed together


class Predictor:
    """One trained model: model number `row` of a stack, whose memory it shares with the rest of its cohort.

    shape: of a raw record, None where it is not said. facts: plain values about its training, and state: arrays of
    numbers that were learnt beside the network, for whoever trained it to fill.
    """

    def __init__(self, stack: Stack, row: int, inputs: Inputs, shape: tuple[int, ...] | None = None) -> None:
        self.stack = stack
        self.row = row
        self.inputs = inputs
        self.shape = shape
        self.facts: dict[str, Any] = {}
        self.state: dict[str, np.ndarray] = {}

    def predict(self, x: np.ndarray) -> np.ndarray:
        """Return logits (n, C) float32 for raw records x (n, ...), in evaluation mode and full precision.

        Raises ValueError on records of another shape than those of training, or that are no numbers.
        """
        return next(_predict(self.stack.models(self.row, self.row + 1), self.inputs, self.asked(x)))

    def asked(self, x: np.ndarray) -> np.ndarray:
        """Return raw records x (n, ...) as an array. Raises ValueError where it cannot be asked about them."""
        x = np.asarray(x)
        shape = x.shape[1:] if self.shape is None else self.shape
        if x.ndim < 1 or x.shape[1:] != shape or x.dtype.kind not in "biuf":
            expected = f"({', '.join(map(str, ('n', *shape)))}{',' * (not shape)})"
            raise ValueError(f"expected records {expected} of numbers, got {x.shape} {x.dtype}")
        return x

    def weights(self) -> dict[str, np.ndarray]:
        """Return copies of the parameters and buffers by name, as torch's state_dict names and lays them out."""
        own = self.stack.models(self.row, self.row + 1)
        tensors = {**own.parameters(), **own.buffers}
        return {name: tensor[0].detach().cpu().contiguous().clone().numpy() for name, tensor in tensors.items()}


def predict_all(predictors: Sequence[Trained], x: np.ndarray) -> Iterator[np.ndarray]:
    """Yield the logits (n, C) of one predictor after the other for the same raw records x (n, ...).

    Models of one cohort are run together, as many as make 256 MiB of logits; no more than that is held at a time. The
    numbers are those of each one's own predict.
    """
    start = 0
    while start < len(predictors):
        first = predictors[start]
        stop = start + 1
        if not is_own(first):
            yield first.predict(x)
            start = stop
            continue
        limit = start + _group(first, len(first.asked(x)))
        while stop < min(limit, len(predictors)) and _follows(predictors[stop - 1], predictors[stop]):
            stop += 1
        yield from _predict(first.stack.models(first.row, first.row + stop - start), first.inputs, first.asked(x))
        start = stop


@undisturbed()
def restore(
    network: Network,
    shape: tuple[int, ...],
    classes: int,
    weights: Sequence[Mapping[str, np.ndarray]],
    scale: tuple[float, ...],
    shift: tuple[float, ...],
    device: str = "cpu",
) -> list[Predictor]:
    """Return the predictors with each of these weights (see Predictor.weights), of one model or more, as one cohort of
    a network for raw records of `shape`.

    Their predictions are those of the trained models: on a CPU to the bit.

    Raises ValueError where weights are not this network's.
    """
    module = skeleton(network, shape, classes)
    expected = {name: tuple(t.shape) for name, t in (*module.named_parameters(), *module.named_buffers())}
    for own in weights:
        wrong = [n for n in (*expected, *own) if n not in own or expected.get(n) != own[n].shape]
        if wrong:
            got = own[wrong[0]].shape if wrong[0] in own else "nothing"
            what = f"{wrong[0]} of shape {expected[wrong[0]]}" if wrong[0] in expected else f"no {wrong[0]}"
            raise ValueError(f"weights of {type(network).__name__}: expected {what}, got {got}")
    first = next(name for name, _ in module.named_parameters())  # in a file, whole numbers such as counts lead
    kinds = {torch.from_numpy(own[first].ravel()[:0]).dtype for own in weights}
    if len(kinds) > 1:
        said = " and ".join(sorted(str(kind).removeprefix("torch.") for kind in kinds))
        raise ValueError(f"weights of {type(network).__name__}: expected one kind of numbers in all models, got {said}")
    place = torch.device(device)
    stack = Stack.zeros(module, len(weights), place, kinds.pop(), stacked(module, shape, place))
    with torch.no_grad():
        for row, own in enumerate(weights):
            for slot, leaf in zip(stack.slots, stack.leaves, strict=True):
                leaf[row, : slot.shape.numel()] = slot.to_memory(as_tensor(own[slot.name], place))
            for name, buffer in stack.buffers.items():
                buffer[row] = as_tensor(own[name], place)
    inputs = Inputs(scale, shift, place, stack.leaves[0].dtype)
    return [Predictor(stack, row, inputs, tuple(shape)) for row in range(len(weights))]


def _group(predictor: Predictor, records: int) -> int:
    classes = predictor.stack.slots[-1].shape[0]
    return max(1, GROUP_BYTES // max(1, 4 * records * classes)) if predictor.stack.batched else 1


def is_own(trained: Trained) -> TypeGuard[Predictor]:
    """Return whether it is a Predictor whose `predict` nobody replaced."""
    return type(trained) is Predictor and "predict" not in vars(trained)


def _follows(before: Trained, after: Trained) -> bool:
    own = is_own(before) and is_own(after)
    return own and after.stack is before.stack and after.row == before.row + 1  # type: ignore[attr-defined]


def at_once(models: Stack) -> int:
    """Return how many records are run at once."""
    images = any(len(slot.shape) == 4 for slot in models.slots)
    return CHUNK_IN_CACHE if images and models.leaves[0].device.type == "cpu" else CHUNK


def _logits(models: Stack, batch: Tensor) -> Tensor:
    """Return the logits (K, B, C) of a batch. Raises HookError where the network's own code raises."""
    try:
        return models.logits(batch, training=False)
    except (torch.OutOfMemoryError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise HookError(f"the network failed to predict: {line(error)}{place(models.module, error)}") from error


def _predict(models: Stack, inputs: Inputs, x: np.ndarray) -> Iterator[np.ndarray]:
    device = inputs.scale.device
    exact = threads_for(len(models)) if models.batched and device.type == "cpu" else contextlib.nullcontext()
    size, chunks = at_once(models), []
    with torch.no_grad(), exact:
        for start in range(0, max(len(x), 1), size):
            batch = inputs(as_tensor(x[start : start + size], device)[None])
            batch = batch.expand(len(models), *batch.shape[1:])
            chunks.append(_logits(models, batch).float().cpu())
    for k in range(len(models)):
        yield torch.cat([chunk[k] for chunk in chunks]).numpy()
