"""What a protocol of somebody's own makes is examined before anything is trained on it."""

from __future__ import annotations

from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from benchmarks.naming.loading import OURS
from benchmarks.statistics.telling import refuse_telling
from datasets import Split, Trial


def ours(protocol: Any) -> bool:
    """Whether it is built in, with all that it holds."""
    held = [getattr(protocol, field.name) for field in fields(protocol)] if is_dataclass(protocol) else []
    return all(type(of).__module__.partition(".")[0] in OURS for of in (protocol, *held))


def examine(split: Split, records: int) -> None:
    """Raise ValueError where a split of so many records does not hold together, where somebody is handed as unseen what
    a model trained on, and where who trained on what tells the target's memberships.
    """
    _rows("audited", split.audited, records)
    _rows("population", split.population, records)
    for model in dict.fromkeys(model for trial in split.trials for model in _models(trial)):
        _model(split, model, records)
    for trial in split.trials:
        for model in (trial.target, trial.shadow):
            _unseen("population", split.population, model, split)
        for side in (0, 1):
            _rows(f"order({side})", np.asarray(trial.order(side)), len(split.audited))
        _memberships(split, trial)


def _models(trial: Trial) -> list[int]:
    return list(dict.fromkeys((trial.target, trial.shadow, *trial.references)))


def _model(split: Split, model: int, records: int) -> None:
    if model not in split.training:
        raise ValueError(f"training: expected the rows of every model of a trial, got none of model {model}")
    _rows(f"training of model {model}", split.training[model], records)
    for what, rows in (("validation", split.validation_of(model)), ("spare", split.spare_of(model))):
        _rows(what, rows, records)
        _unseen(what, rows, model, split)


def _unseen(what: str, rows: np.ndarray, model: int, split: Split) -> None:
    if split.trained_on(model, rows).any():
        raise ValueError(f"{what}: expected records that model {model} never saw, got some that it trains on")


def _rows(what: str, rows: np.ndarray, below: int) -> None:
    if isinstance(rows, np.ndarray) and not rows.size:
        return
    if not isinstance(rows, np.ndarray) or rows.ndim != 1 or rows.dtype.kind not in "iu":
        got = f"shape {rows.shape} of {rows.dtype}" if isinstance(rows, np.ndarray) else type(rows).__name__
        raise ValueError(f"{what}: expected an array of whole numbers (n,), got {got}")
    if rows.min() < 0 or rows.max() >= below:
        raise ValueError(f"{what}: expected numbers from 0 to {below - 1}, got {rows.min()} to {rows.max()}")
    if len(np.unique(rows)) < len(rows):
        raise ValueError(f"{what}: expected each number once, got some twice")


def _memberships(split: Split, trial: Trial) -> None:
    """Raise ValueError where what the adversary knows of his own models' training tells what the target trained on."""
    models = _models(trial)
    seen = np.stack([split.trained_on(model, split.audited[trial.audited]) for model in models])
    shadow = None if trial.shadow == trial.target else 1
    try:
        refuse_telling(seen, 0, shadow, range(1 if shadow is None else 2, len(models)))
    except ValueError as error:
        words = str(error).removeprefix("trained_on: ").replace("model 0 ", f"model {trial.target} ")
        raise ValueError(words) from error
