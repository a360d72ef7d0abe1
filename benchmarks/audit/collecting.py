"""What a model of somebody's own answers, as arrays: of torch or of scikit-learn."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import chain
from types import NoneType
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from benchmarks.audit import outputs, probabilities
from benchmarks.audit.columns import first, numbers, whole
from benchmarks.audit.probabilities import rounding_of
from benchmarks.naming.calling import answering
from benchmarks.naming.registry import Plugin
from benchmarks.naming.wording import bare

if TYPE_CHECKING:
    import torch

BATCH = 1024
MARGINS = (
    "margins are no probabilities: put it in sklearn.calibration.CalibratedClassifierCV, or audit what it predicts, "
    "predicted=labels_of(estimator, estimator.predict(inputs))"
)


class Collected(NamedTuple):
    """`logits` (n, C) float32 of n records in their order, and `labels` (n,) int64 where the records came with them."""

    logits: np.ndarray
    labels: np.ndarray | None


def from_torch(model: torch.nn.Module, records: Any, batch: int = BATCH) -> Collected:
    """What a module answers, in evaluation mode and without gradients, where its parameters are.

    `records`: an array or tensor (n, ...), a Dataset, or a DataLoader that does not shuffle; both give inputs alone, or
    inputs and labels. Numbers with a fraction are asked in the precision of the parameters. The model's modes and the
    process's generators are put back. Raises ValueError, in one sentence, on records in another order than their own,
    on answers that are no (b, C) finite numbers, and on whatever the model or the records raise.
    """
    import torch

    from models.process import undisturbed

    if not isinstance(model, torch.nn.Module):
        raise ValueError(f"model: expected a torch.nn.Module, got {_kind(model)}")
    name, parts, labels = type(model).__name__, [], []
    at = next(chain(model.parameters(), model.buffers()), torch.zeros(0))
    modes = [(module, module.training) for module in model.modules()]
    try:
        model.eval()
        with undisturbed(), torch.no_grad():
            for inputs, known in _batches(records, batch):
                cast = at.is_floating_point() and inputs.is_floating_point()
                asked = inputs.to(at.device, at.dtype if cast else inputs.dtype)
                with answering("model", Plugin(name, model)):
                    said = model(asked)
                parts.append(_logits(name, said, len(inputs)))
                labels += [] if known is None else [known]
    finally:
        for module, training in modes:
            module.training = training
    widths = sorted({part.shape[1] for part in parts})
    if len(widths) != 1:
        got = f"{widths[0]} and {widths[1]}" if widths else "no record"
        raise ValueError(f"model {name}: expected as many classes for each record, got {got}")
    logits = np.concatenate(parts)
    wrong = ~np.isfinite(logits)
    if wrong.any():
        raise ValueError(f"model {name}: expected finite numbers, got {logits[wrong][0]:g} in record {first(wrong)}")
    if not labels:
        return Collected(logits, None)
    return Collected(logits, outputs.labels_of("labels", whole("labels", np.concatenate(labels)), widths[0]))


def _batches(records: Any, batch: int) -> Iterator[tuple[torch.Tensor, np.ndarray | None]]:
    """Inputs (b, ...) and labels (b, ...) or None, in the order of the records."""
    import torch
    from torch.utils.data import DataLoader, Dataset

    if isinstance(records, np.ndarray | torch.Tensor):
        if isinstance(records, np.ndarray) and records.dtype.kind not in "buif":
            raise ValueError(f"records: expected numbers, got {records.dtype}")
        for start in range(0, len(records), batch):
            part = records[start : start + batch]
            yield part if isinstance(part, torch.Tensor) else torch.from_numpy(np.array(part)), None
        return
    if isinstance(records, DataLoader):
        _in_order(records)
    elif isinstance(records, Dataset):
        records = DataLoader(records, batch_size=batch)
    else:
        raise ValueError(f"records: expected an array, a tensor, a Dataset or a DataLoader, got {_kind(records)}")
    with answering("records", Plugin(type(records.dataset).__name__, records.dataset)):
        source = iter(records)
    while True:
        with answering("records", Plugin(type(records.dataset).__name__, records.dataset)):
            made = next(source, None)
        if made is None:
            return
        of = made if isinstance(made, tuple | list) else [made]
        if len(of) not in (1, 2) or not all(isinstance(part, torch.Tensor) for part in of):
            got = _kind(made) if len(of) == 1 else ", ".join(_kind(part) for part in of)
            raise ValueError(f"records: expected tensors of inputs, or of inputs and labels, got {got}")
        yield of[0], of[1].numpy(force=True) if len(of) == 2 else None


def _in_order(loader: Any) -> None:
    """Raise ValueError unless a loader gives every record once, in the order of its data set."""
    from torch.utils.data import BatchSampler, IterableDataset, SequentialSampler

    advice = "give DataLoader(dataset, shuffle=False), or the data set itself"
    if isinstance(loader.dataset, IterableDataset):
        faults = {"several workers for one stream": loader.num_workers > 1}
    else:
        ways = loader.batch_sampler, getattr(loader.batch_sampler, "sampler", loader.sampler)
        others = [_kind(way) for way in ways if type(way) not in (NoneType, BatchSampler, SequentialSampler)]
        faults = {f"a {name}": True for name in others}
    faults |= {"drop_last=True": loader.drop_last, "in_order=False": not getattr(loader, "in_order", True)}
    for got, wrong in faults.items():
        if wrong:
            raise ValueError(f"records: expected each of them, in the order of the data set, got {got}: {advice}")


def _logits(name: str, said: Any, count: int) -> np.ndarray:
    """(b, C) float32. Raises ValueError on an answer of another kind to `count` records."""
    import torch

    if not isinstance(said, torch.Tensor):
        advice = "ask a module that returns logits alone"
        raise ValueError(f"model {name}: expected a tensor of logits ({count}, C), got {_kind(said)}: {advice}")
    if said.ndim != 2 or len(said) != count or said.shape[1] < 2 or not said.is_floating_point():
        alone = tuple(said.shape) in ((count,), (count, 1))
        advice = ": of a yes-or-no model, stack 0 and its logit" if alone else ""
        got = f"{str(said.dtype).removeprefix('torch.')} of shape {tuple(said.shape)}"
        raise ValueError(f"model {name}: expected logits ({count}, C) of 2 classes or more, got {got}{advice}")
    return said.float().numpy(force=True)


def from_sklearn(estimator: Any, inputs: Any) -> np.ndarray:
    """What a fitted classifier answers: probabilities (n, C) in its own precision, classes as in `classes_`.

    `inputs`: n records as its predict_proba takes them. Raises ValueError, in one sentence, on an estimator that has
    margins alone, is not fitted or has several outputs, and on whatever it raises.
    """
    name = refuse_margins(estimator)
    with answering("estimator", Plugin(name, estimator)):
        said = estimator.predict_proba(inputs)
    classes = _classes(estimator)
    shape = (inputs.shape[0] if hasattr(inputs, "shape") else len(inputs), len(classes))
    if not isinstance(said, np.ndarray) or said.shape != shape or shape[1] < 2:
        got = f"shape {said.shape}" if isinstance(said, np.ndarray) else _kind(said)
        raise ValueError(f"estimator {name}: expected probabilities {shape} of 2 classes or more, got {got}")
    probabilities.check(f"estimator {name}", numbers(f"estimator {name}", said), rounding_of(said, [said]))
    return said


def refuse_margins(estimator: Any) -> str:
    """The name of an estimator's class. Raises ValueError where it has no probabilities to give."""
    if isinstance(estimator, type):
        raise ValueError(f"estimator: expected an estimator, got the class {estimator.__name__}: call it")
    name = type(estimator).__name__
    if not hasattr(estimator, "predict_proba"):
        margins = hasattr(estimator, "decision_function")
        got = f"decision_function alone, whose {MARGINS}" if margins else "none"
        raise ValueError(f"estimator {name}: expected predict_proba, got {got}")
    return name


def labels_of(estimator: Any, y: Any) -> np.ndarray:
    """(n,) int64: where each of y (n,), as the estimator knows classes, stands in its `classes_`.

    Raises ValueError on a class that it does not know.
    """
    classes, known = _classes(estimator).tolist(), np.asarray(y)
    if known.ndim != 1:
        raise ValueError(f"labels: expected a class for each record, got shape {known.shape}")
    places = {value: place for place, value in enumerate(classes)}
    made = np.array([places.get(value, -1) for value in known.tolist()], np.int64)
    if (made < 0).any():
        got = f"{bare(repr(known.tolist()[first(made < 0) - 1]))} in record {first(made < 0)}"
        shown = bare(", ".join(map(repr, classes)))
        raise ValueError(f"labels: expected classes that {type(estimator).__name__} knows ({shown}), got {got}")
    return made


def _classes(estimator: Any) -> np.ndarray:
    """The classes (C,) of a fitted classifier. Raises ValueError where it has none, or several outputs."""
    name = type(estimator).__name__
    with answering("estimator", Plugin(name, estimator)):
        classes = getattr(estimator, "classes_", None)
    if not isinstance(classes, np.ndarray) or classes.ndim != 1:
        got = "none" if classes is None else "several outputs"
        raise ValueError(f"estimator {name}: expected a fitted classifier with classes_, got {got}")
    return classes


def _kind(value: Any) -> str:
    return type(value).__name__
