"""What other models answered on the audited records, each trained on some of them or on none."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.audit.columns import Column, Columns, flags, numbers, opened, whole
from benchmarks.audit.conventions import Names, found, own, table
from benchmarks.audit.outputs import Answers, Said, checked, ids_of, kind_of, naming
from benchmarks.audit.probabilities import Rounding, rounding_of
from benchmarks.naming.wording import counted
from datasets.words import one_line

WIDE = ("logits", "probabilities")  # each can be made of the other


@dataclass(frozen=True, eq=False)
class References:
    """What R models said on the audited n records, `said.values` (R, n, C) or (R, n), and `trained_on` (R, n) bool."""

    said: Said
    trained_on: np.ndarray


def read(paths: Sequence[Path], answers: Answers, names: Names | None = None) -> References:
    """The reference models in one file or several, in the order of the audited records.

    A file holds one model as the audited one's does, with `trained_on` or `member`; or, as .npz, R of them: arrays
    `logits` or `probabilities` (R, n, C), `loss` or `predicted` (R, n), and `trained_on` (R, n). Records are joined by
    `id` where a file has it, which several files must. Raises ValueError, in one sentence that names the file.
    """
    parts: list[References] = []
    for path in paths:
        with naming(path):
            columns = opened(path)
            part = of_columns(columns, own(columns, names or {}), answers, len(paths) > 1)
            if parts and part.said.kind != parts[0].said.kind:
                raise ValueError(f"expected {parts[0].said.kind}, as {paths[0]} has, got {part.said.kind}")
            parts.append(part)
    if not parts:
        raise ValueError("references: expected a file or more, got none")
    roundings = [part.said.rounding for part in parts if part.said.rounding]
    finest = min(roundings, key=lambda r: r.step) if roundings else None
    rounding = Rounding(finest.step, finest.decimals, min(r.least for r in roundings)) if finest else None
    values = parts[0].said.values if len(parts) == 1 else np.concatenate([part.said.values for part in parts])
    _different(list(values))
    return References(Said(parts[0].said.kind, values, rounding), np.concatenate([part.trained_on for part in parts]))


def of_columns(columns: Columns, named: Mapping[str, tuple[str, ...]], answers: Answers, several: bool) -> References:
    """The models of one file, in the order of the audited records."""
    kind, have = _kind(columns, named, answers.said.kind)
    place = _joined(columns, named, answers, several)
    values = _values(kind, have, columns)
    seen = found(columns, named, "trained_on") or found(columns, named, "member")
    if not seen:
        there = one_line(", ".join(columns), 200)
        raise ValueError(f"expected a column 'trained_on', who was in each model's training, got {there}")
    trained_on = _each(flags, seen[0], columns[seen[0]], 2)
    n = len(answers.labels) if place is None else int(_count(columns, named))
    classes = answers.said.values.shape[1:]
    if values.shape[1:] != (n, *(classes if kind in WIDE else ())) or not len(values):
        expected = f"({', '.join(map(str, ['R', n, *(classes if kind in WIDE else ())]))})"
        raise ValueError(f"{have[0]}: expected {expected}, as the audited model's, got shape {values.shape}")
    if trained_on.shape != values.shape[:2]:
        raise ValueError(f"{seen[0]}: expected shape {values.shape[:2]}, as {have[0]} has, got {trained_on.shape}")
    rounding = rounding_of(values, [columns[name] for name in have]) if kind == "probabilities" else None
    for number, model in enumerate(values, 1):
        checked(have[0] if len(values) == 1 else f"{have[0]} of model {number}", Said(kind, model, rounding))
    if place is not None:
        values, trained_on = values[:, place], trained_on[:, place]
    _same_labels(columns, named, answers, place)
    _different(list(values))
    for number, model in enumerate(values, 1):
        if kind == answers.said.kind and np.array_equal(model, answers.said.values):
            raise ValueError(f"{have[0]}: expected other models, got the audited one's answers from model {number}")
    return References(Said(kind, values, rounding), trained_on)


def _different(models: Sequence[np.ndarray]) -> None:
    """Raise ValueError where two models gave the same answers."""
    seen: dict[bytes, int] = {}
    for number, model in enumerate(models, 1):
        first = seen.setdefault(hashlib.sha256(model.tobytes()).digest(), number)
        if first != number:
            raise ValueError(f"references: expected different models, got the same answers from {first} and {number}")


def _kind(columns: Columns, named: Mapping[str, tuple[str, ...]], audited: str) -> tuple[str, tuple[str, ...]]:
    """The kind that goes with the audited model's, and the columns that hold it."""
    kinds = sorted(WIDE, key=lambda kind: kind != audited) if audited in WIDE else [audited]
    return kind_of(columns, named, kinds, f"{' or '.join(kinds)}, as the audited model's answers are")


def _values(kind: str, have: Sequence[str], columns: Columns) -> np.ndarray:
    """(R, n, C) or (R, n): one model's answers as those of R = 1."""
    if kind in WIDE and (len(have) > 1 or isinstance(columns[have[0]], list)):
        return table(columns, have)[None]
    return _each(whole if kind == "predicted" else numbers, have[0], columns[have[0]], 3 if kind in WIDE else 2)


def _each(read: Callable[[str, Column], np.ndarray], name: str, column: Column, axes: int) -> np.ndarray:
    """What `read` makes of a column of R models, with so many axes, or of one model; sentences name the model."""
    if isinstance(column, list) or column.ndim < axes:
        return read(name, column)[None]
    for number, of in enumerate(column, 1):
        read(f"{name} of model {number}", of)
    return read(name, column)


def _count(columns: Columns, named: Mapping[str, tuple[str, ...]]) -> int:
    column: Column = columns[found(columns, named, "ids")[0]]
    return len(column)


def _joined(
    columns: Columns, named: Mapping[str, tuple[str, ...]], answers: Answers, several: bool
) -> np.ndarray | None:
    """(n,) where each audited record stands in the file, or None: in the same place."""
    ids = ids_of(columns, named)
    if ids is None:
        if several:
            raise ValueError("expected a column 'id', since there are several files of references, got none")
        return None
    if answers.ids is None:
        raise ValueError("expected ids in the audited outputs, too, got none: records cannot be joined by id")
    stands = {name: number for number, name in enumerate(ids)}
    missing = [name for name in answers.ids if name not in stands]
    if missing:
        more = f" and {counted(len(missing) - 1, 'other')}" if len(missing) > 1 else ""
        lost = one_line(repr(str(missing[0])), 60)
        raise ValueError(f"id: expected each audited record, got none of id {lost}{more}")
    return np.array([stands[name] for name in answers.ids])


def _same_labels(
    columns: Columns, named: Mapping[str, tuple[str, ...]], answers: Answers, place: np.ndarray | None
) -> None:
    """Raise ValueError where the file holds labels, and other ones than the audited outputs."""
    have = found(columns, named, "labels")
    if not have:
        return
    labels = whole(have[0], columns[have[0]])
    expected = answers.labels.shape if place is None else (_count(columns, named),)
    if labels.shape != expected:
        raise ValueError(f"{have[0]}: expected shape {expected}, a class a record, got {labels.shape}")
    wrong = int(((labels if place is None else labels[place]) != answers.labels).sum())
    if wrong:
        raise ValueError(f"{have[0]}: expected the audited records' labels, got others in {wrong}: another order?")
