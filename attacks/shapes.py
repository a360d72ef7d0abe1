"""What is checked at the border: the arrays of evidence, each answered in one sentence where it does not fit."""

from __future__ import annotations

from typing import Any, TypeGuard

import numpy as np


def read_only(array: np.ndarray) -> np.ndarray:
    """A view of `array` that cannot be written to; the caller's own flags stay as they are."""
    view = array.view()
    view.flags.writeable = False
    return view


def described(value: Any) -> str:
    """Shape and dtype of an array, the type of anything else."""
    return f"{value.shape} {value.dtype}" if is_array(value) else type(value).__name__


def is_array(value: Any) -> TypeGuard[np.ndarray]:
    """Whether it is an array whose numbers are what they are: in a masked one some do not count."""
    return isinstance(value, np.ndarray) and not isinstance(value, np.ma.MaskedArray)


def labels_of(labels: Any) -> np.ndarray:
    """`labels` (n,) integers, 0 or more; read-only."""
    if not is_array(labels) or labels.ndim != 1 or labels.dtype.kind not in "iu":
        raise ValueError(f"labels: expected (n,) integers, got {described(labels)}")
    if len(labels) and labels.min() < 0:
        raise ValueError(f"labels: expected 0 or more, got {labels.min()}")
    return read_only(labels)


def mask_of(mask: Any, shape: tuple[int, ...], name: str) -> np.ndarray:
    """`mask`, bool of this shape; read-only."""
    if not is_array(mask) or mask.shape != shape or mask.dtype != bool:
        raise ValueError(f"{name}: expected {shape} bool, got {described(mask)}")
    return read_only(mask)


def logits_of(logits: Any, labels: np.ndarray, name: str, withheld: np.ndarray | None = None) -> np.ndarray:
    """`logits` (n, Q, C) as float32, finite except where `withheld` (n,); read-only."""
    array = logits
    if not is_array(array) or array.ndim != 3 or len(array) != len(labels) or 0 in array.shape[1:]:
        raise ValueError(f"{name}: expected shape ({len(labels)}, Q, C), got {described(logits)}")
    if array.shape[2] == 1:
        raise ValueError(f"{name}: expected outputs of 2 classes or more, got 1: give a yes-or-no model's both")
    if array.dtype.kind != "f":
        raise ValueError(f"{name}: expected floating point numbers, got {array.dtype}")
    with np.errstate(over="ignore"):
        array = array.astype(np.float32, copy=False)
    if not np.isfinite(array).all():
        allowed = np.isnan(array).all((1, 2)) & (False if withheld is None else withheld)
        wrong = int((~np.isfinite(array).all((1, 2)) & ~allowed).sum())
        if wrong:
            raise ValueError(f"{name}: expected finite numbers, got NaN or infinity on {wrong} of {len(array)} records")
    if len(labels) and labels.max() >= array.shape[2]:
        raise ValueError(f"labels: expected 0 to {array.shape[2] - 1}, got {labels.max()}")
    return read_only(array)


def inputs_of(inputs: Any, n: int) -> np.ndarray:
    """`inputs` (n, ...); read-only."""
    if not is_array(inputs) or inputs.ndim < 1 or len(inputs) != n:
        raise ValueError(f"inputs: expected ({n}, ...), got {described(inputs)}")
    return read_only(inputs)


def columns_of(columns: dict[str, slice] | None) -> dict[str, slice]:
    """Where each query set lies among the queries; the clean query is the first."""
    if columns is not None and not isinstance(columns, dict):
        raise ValueError(f"columns: expected query sets by name, got {type(columns).__name__}")
    made = {"clean": slice(0, 1)} if columns is None else dict(columns)
    clean = made.get("clean")
    if not isinstance(clean, slice) or clean != slice(0, 1):
        raise ValueError(f"columns: expected clean to be slice(0, 1), got {described(clean)}")
    for name, of in made.items():
        if not isinstance(name, str):
            raise ValueError(f"columns: expected names of query sets, got {name!r}")
        ends = (of.start or 0, of.stop) if isinstance(of, slice) and of.step is None else (None, None)
        if not all(type(end) is int for end in ends) or not 0 <= ends[0] < ends[1]:  # type: ignore[operator]
            got = of if isinstance(of, slice) else described(of)
            raise ValueError(f"columns: expected {name} to be a slice of some queries, got {got}")
    return {name: slice(of.start or 0, of.stop) for name, of in made.items()}
