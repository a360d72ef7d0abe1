"""What one model answered on n records, from a file of somebody's own: .npz, .csv or .parquet."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.audit import probabilities
from benchmarks.audit.columns import UNKNOWN, Columns, Unsound, flags, numbers, opened, whole, words
from benchmarks.audit.conventions import Names, found, known, required, table
from benchmarks.audit.probabilities import Clipped, Rounding, logits_of, rounding_of
from datasets.columns import csv_rows
from datasets.words import one_line

KINDS = ("logits", "probabilities", "loss", "predicted")  # the most telling first
NEGATIVE = -1e-5  # a loss that rounding alone does not make


@dataclass(frozen=True, eq=False)
class Said:
    """What a model said on n records: `values` of a kind of KINDS, (n, C) logits or probabilities, (n,) losses or
    predicted classes. `rounding` is that of probabilities.
    """

    kind: str
    values: np.ndarray
    rounding: Rounding | None = None

    def logits(self, floor: float) -> Clipped:
        """Logits (..., C) of logits or probabilities, of which those below `floor` count as that.

        To compare models, give one floor to all: the least of their roundings'.
        """
        if self.kind == "logits":
            return Clipped(self.values.astype(np.float32, copy=False), 0)
        return logits_of(self.values, floor)


@dataclass(frozen=True, eq=False)
class Answers:
    """What the audited model said on n records: `labels` (n,) int64 and `member` (n,) bool, and what a record brings
    besides: `groups`, (n,) words by column, `ids` (n,) words, `inputs` (n, ...) numbers. `left`: columns not used.
    """

    labels: np.ndarray
    member: np.ndarray
    said: Said
    groups: Mapping[str, np.ndarray]
    ids: np.ndarray | None
    inputs: np.ndarray | None
    left: tuple[str, ...]


def read(path: Path, names: Names | None = None) -> Answers:
    """The answers in a file. `names`: the file's own names of columns by key of conventions.KEYS, several in the order
    of classes (`{"probabilities": ("p_cat", "p_dog"), "groups": ("sex", "region")}`).

    Raises ValueError, in one sentence that names the file, on a file or on numbers that cannot be audited.
    """
    with naming(path):
        return answers_of(opened(path), names or {})


@contextmanager
def naming(path: Path) -> Iterator[None]:
    """Whatever a file is refused for is one sentence that begins with its name, and has a .csv file's own rows."""
    try:
        yield
    except Unsound as error:
        place = f"record {error.record}"
        if path.suffix.lower() == ".csv":
            place = f"row {list(csv_rows(path))[error.record]}"
        raise ValueError(f"{path}: {one_line(f'{error.said} in {place}{error.advice}', 400)}") from error
    except OSError as error:
        raise ValueError(f"{path}: cannot be read ({error.strerror or error})") from error
    except ValueError as error:
        raise ValueError(f"{path}: {one_line(str(error).removeprefix(f'{path}: '), 400)}") from error


def answers_of(columns: Columns, names: Names) -> Answers:
    """The answers in columns by name. Raises ValueError, in one sentence, on numbers that cannot be audited."""
    named = known(names)
    label, member = (required(columns, named, key) for key in ("labels", "member"))
    if label == member:
        raise ValueError(
            f"member: expected another column than that of labels, got {one_line(repr(label), 60)} for both"
        )
    labels = labels_of(label, whole(label, columns[label]))
    inside = flags(member, columns[member])
    expect(member, inside, labels.shape, label)
    if inside.all() or not inside.any():
        got = "members" if inside.all() else "non-members"
        raise ValueError(f"{member}: expected members and non-members, got {len(inside)} {got} alone")
    if (labels == labels[0]).all():
        raise ValueError(f"{label}: expected labels of at least 2 classes, got {labels[0]} in every record")
    groups = found(columns, named, "groups")
    made = {name: words(name, columns[name], UNKNOWN) for name in groups}
    ids = ids_of(columns, named)
    inputs = found(columns, named, "inputs")
    shown = table(columns, inputs) if inputs else None
    for name, column in [*made.items(), *([("id", ids)] if ids is not None else [])]:
        expect(name, column, labels.shape, label)
    if shown is not None and (shown.ndim < 2 or len(shown) != len(labels)):
        raise ValueError(f"{inputs[0]}: expected ({len(labels)}, ...), got shape {shown.shape}")
    said, used = said_of(columns, named, label, labels)
    also = {label, member, *used, *groups, *inputs, *found(columns, named, "ids")}
    return Answers(labels, inside, said, made, ids, shown, tuple(name for name in columns if name not in also))


def said_of(
    columns: Columns, named: Mapping[str, tuple[str, ...]], label: str, labels: np.ndarray
) -> tuple[Said, tuple[str, ...]]:
    """What a model said on records of these labels (n,), the most telling kind there is, and the columns that hold it.

    Raises ValueError where there is none, and on numbers that are not of that kind.
    """
    kind, have = kind_of(columns, named)
    if kind in ("loss", "predicted"):
        made = (numbers if kind == "loss" else whole)(have[0], columns[have[0]])
        expect(have[0], made, labels.shape, label)
        return checked(have[0], Said(kind, made)), have
    values = table(columns, have)
    if values.ndim != 2 or len(values) != len(labels):
        raise ValueError(f"{have[0]}: expected ({len(labels)}, C), a row a record, got shape {values.shape}")
    classes = values.shape[1]
    if classes < 2:
        raise ValueError(f"{have[0]}: expected 2 classes or more, got {classes}: give both of a yes-or-no model")
    labels_of(label, labels, classes)
    rounding = rounding_of(values, [columns[name] for name in have]) if kind == "probabilities" else None
    return checked(have[0], Said(kind, values, rounding)), have


def checked(name: str, said: Said) -> Said:
    """What one model said on n records. Raises ValueError on what is no logit, probability, loss or class."""
    if said.kind == "logits":
        probabilities.check_logits(name, said.values)
    elif said.rounding is not None:
        probabilities.check(name, said.values, said.rounding)
    else:
        low = said.values < (NEGATIVE if said.kind == "loss" else 0)
        if low.any():
            advice = ": a log-likelihood? Give its negative" if said.kind == "loss" else ""
            raise Unsound(f"{name}: expected 0 or more, got {said.values[low][0]:g}", low, advice)
    return said


def kind_of(
    columns: Columns,
    named: Mapping[str, tuple[str, ...]],
    kinds: Sequence[str] = KINDS,
    expected: str = "logit_0, ... or prob_0, ..., or else loss or predicted (or name yours)",
) -> tuple[str, tuple[str, ...]]:
    """The first of the kinds that the columns hold, and which of them hold it.

    Raises ValueError, which says what was `expected`, where there is none.
    """
    for kind in kinds:
        have = found(columns, named, kind)
        if have:
            return kind, have
    raise ValueError(f"expected {expected}, got {one_line(', '.join(columns), 200)}")


def labels_of(name: str, labels: np.ndarray, classes: int | None = None) -> np.ndarray:
    """Labels (n,) int64 from 0, below the number of classes. Raises ValueError on others."""
    if labels.ndim != 1 or not len(labels):
        hot = labels.ndim == 2 and np.isin(labels, (0, 1)).all() and (labels.sum(1) == 1).all()
        advice = ": one-hot? Give the class's number, argmax(1)" if hot else ""
        raise ValueError(f"{name}: expected a class for each record, got shape {labels.shape}{advice}")
    wrong: np.ndarray = (labels < 0) | (labels >= (classes or 2**53))
    if not wrong.any():
        return labels
    if classes and labels.min() == 1 and labels.max() == classes:
        raise ValueError(f"{name}: expected 0 to {classes - 1}, got 1 to {classes}: subtract 1")
    most = f"0 to {classes - 1}" if classes else "0 or more"
    raise Unsound(f"{name}: expected {most}, got {labels[wrong][0]}", wrong)


def ids_of(columns: Columns, named: Mapping[str, tuple[str, ...]]) -> np.ndarray | None:
    """(n,) the records' ids, or None. Raises ValueError where one occurs twice."""
    have = found(columns, named, "ids")
    if not have:
        return None
    ids = words(have[0], columns[have[0]])
    values, counts = np.unique(ids, return_counts=True)
    if (counts > 1).any():
        twice = one_line(repr(str(values[counts > 1][0])), 60)
        raise ValueError(f"{have[0]}: expected each id once, got {twice} {counts[counts > 1][0]} times")
    return ids


def expect(name: str, array: np.ndarray, shape: tuple[int, ...], like: str) -> None:
    """Raise ValueError unless an array has this shape, which is that of `like`."""
    if array.shape != shape:
        raise ValueError(f"{name}: expected shape {shape}, as {like} has, got {array.shape}")
