"""What the arrays of ``NAME.npz`` mean: `labels` (N,) from 0, and one of

images    (N, H, W, channels) uint8
packed    (N, ceil(n_features / 8)) uint8, bits packed along axis 1, with `n_features`
features  (N, D) uint8
numeric   (N, D) integers, with categorical (N, E) uint8
"""

from __future__ import annotations

import math

import numpy as np


def labels_of(arrays: dict[str, np.ndarray]) -> np.ndarray:
    """(N,) int64 labels. Raises ValueError where there are none."""
    if "labels" not in arrays:
        raise ValueError(f"expected an array 'labels', found {', '.join(sorted(arrays)) or 'none'}")
    labels = arrays["labels"]
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels: expected whole numbers of shape (N,), got {labels.dtype} of shape {labels.shape}")
    return labels.astype(np.int64)


def inputs_of(arrays: dict[str, np.ndarray]) -> np.ndarray:
    """(N, ...) uint8 or float32 inputs. Raises ValueError where there are none, or of another type or shape."""
    if "images" in arrays:
        return _shaped("images", arrays["images"], 4)
    if "features" in arrays:
        return _shaped("features", arrays["features"], 2)
    if "packed" in arrays:
        return _unpacked(_shaped("packed", arrays["packed"], 2), arrays.get("n_features"))
    if "numeric" in arrays and "categorical" in arrays:
        columns = _shaped("categorical", arrays["categorical"], 2).T
        hot = [column[:, None] == np.unique(column) for column in columns]
        return np.concatenate([_standardised(arrays["numeric"]), *hot], axis=1).astype(np.float32)
    raise ValueError("expected one of images, packed, features, or numeric with categorical")


def _unpacked(packed: np.ndarray, features: np.ndarray | None) -> np.ndarray:
    if features is None or features.size != 1 or not np.issubdtype(features.dtype, np.integer):
        raise ValueError("n_features: expected one whole number beside packed")
    count = int(features.reshape(()))
    if count < 1 or (count + 7) // 8 != packed.shape[1]:
        raise ValueError(f"packed: {packed.shape[1]} bytes a record do not hold n_features = {count} bits")
    return np.unpackbits(packed, axis=1, count=count)


def _standardised(numeric: np.ndarray) -> np.ndarray:
    """Integer columns at mean 0 and deviation 1; sums are exact, so that every machine makes the same bytes of them."""
    if numeric.ndim != 2 or not np.issubdtype(numeric.dtype, np.integer) or not len(numeric):
        raise ValueError(f"numeric: expected integers with 2 axes, got {numeric.dtype} of shape {numeric.shape}")
    made = np.empty(numeric.shape)
    for i, column in enumerate(numeric.T):
        values = column.tolist()
        n, total = len(values), sum(values)
        variance = (n * sum(v * v for v in values) - total * total) / (n * n)
        made[:, i] = (column - total / n) / (math.sqrt(variance) or 1.0)
    return made


def _shaped(key: str, array: np.ndarray, axes: int) -> np.ndarray:
    if array.ndim != axes or array.dtype != np.uint8:
        raise ValueError(f"{key}: expected uint8 with {axes} axes, got {array.dtype} of shape {array.shape}")
    return array
