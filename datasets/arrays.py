"""A pool from plain arrays: numbers, and the class of each record."""

from __future__ import annotations

from typing import Any

import numpy as np

from datasets.pool import Pool

LARGEST = float(np.finfo(np.float32).max)


def pool_of(name: str, x: Any, y: Any, source: str, licence: str, synthetic: bool = False) -> Pool:
    """The pool of arrays x (N, ...) and y (N,): numbers, and the class of each record.

    Whole numbers from 0 to 255 stay bytes, all else becomes float32. Classes are the distinct values of y in order.
    A network sees images (N, H, W, channels) of bytes divided by 255, and columns that leave 0 to 1 at mean 0 and
    deviation 1. Raises ValueError, in one sentence, on missing or infinite values, or where nothing can be learnt.
    """
    x, y = np.asarray(x), np.asarray(y)
    if x.ndim < 2 or y.shape != x.shape[:1] or not x.size:
        raise ValueError(f"{name}: expected x (N, ...) and y (N,), got x of shape {x.shape} and y of shape {y.shape}")
    if x.ndim == 4 and x.shape[1] in (1, 3) and x.shape[2] == x.shape[3] > 4:
        raise ValueError(f"{name}: expected images (N, H, W, channels), got {x.shape}: move the axis of channels last")
    inputs = _inputs(name, x)
    if (inputs == inputs[:1]).all():
        raise ValueError(f"{name}: expected records that differ, got {len(x)} equal ones")
    classes, labels = _labels(name, y)
    scale, shift = _scaling(inputs)
    return Pool(name, inputs, labels, classes, scale, shift, source, licence, synthetic)


def _inputs(name: str, x: np.ndarray) -> np.ndarray:
    if x.dtype.kind not in "buif":
        raise ValueError(f"{name}: expected numbers, got {x.dtype}")
    if x.dtype.kind != "f":
        return np.array(x, np.uint8 if 0 <= int(x.min()) <= int(x.max()) <= 255 else np.float32)
    wrong = ~np.isfinite(x).reshape(len(x), -1).all(1)
    if wrong.any():
        first = int(wrong.argmax()) + 1
        raise ValueError(
            f"{name}: expected finite numbers, got NaN or infinity in {wrong.sum()} records, first in {first}"
        )
    if float(np.abs(x).max()) > LARGEST:
        raise ValueError(f"{name}: expected numbers that float32 holds, got {np.abs(x).max():g}")
    return x.astype(np.float32)


def _labels(name: str, y: np.ndarray) -> tuple[int, np.ndarray]:
    """The number of classes, and (N,) int64 labels below it."""
    if y.dtype.kind == "f" and not (np.isfinite(y).all() and (y == np.round(y)).all()):
        wrong = y[~(y == np.round(y)) | ~np.isfinite(y)][0]
        raise ValueError(f"{name}: expected a class for each record, got {wrong:g}; numbers to predict are no classes")
    if y.dtype.kind not in "buifU":
        raise ValueError(f"{name}: expected classes as whole numbers or words, got {y.dtype}")
    values, labels = np.unique(y, return_inverse=True)
    if len(values) < 2 or 2 * len(values) > len(y):
        found = f"{len(values)} different in {len(y)} records"
        raise ValueError(f"{name}: expected at least 2 classes and 2 records a class, got {found}")
    few = int(np.bincount(labels).argmin())
    if np.bincount(labels)[few] < 2:
        raise ValueError(f"{name}: expected at least 2 records a class, got 1 of the class {values[few]}")
    return len(values), labels.astype(np.int64)


def _scaling(x: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Scale and shift of the last axis, rounded to six digits, so that they read well and machines agree."""
    if x.dtype == np.uint8 and x.ndim == 4:
        return (1 / 255,), (0.0,)
    columns = x.reshape(-1, x.shape[-1])
    low, high = columns.min(0), columns.max(0)
    if (low >= 0).all() and (high <= 1).all():
        return (1.0,), (0.0,)
    mean = columns.mean(0, dtype=np.float64)
    deviation = np.sqrt(np.square(columns - mean).mean(0))
    plain = (low >= 0) & (high <= 1)
    scale = np.where(plain | (deviation == 0), 1.0, 1 / np.where(deviation > 0, deviation, 1.0))
    shift = np.where(plain, 0.0, -mean * scale)
    return tuple(float(f"{v:.6g}") for v in scale), tuple(float(f"{v:.6g}") for v in shift)
