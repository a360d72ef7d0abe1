"""``NAME.npz`` -> Pool. The file holds `labels` (N,) and one of

images    (N, H, W, channels) uint8
packed    (N, ceil(n_features / 8)) uint8, bits packed along axis 1, with `n_features`
features  (N, D) uint8
numeric   (N, D) integers, with categorical (N, E) uint8
"""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path

import numpy as np

from datasets.known import KNOWN
from datasets.pool import Pool


def read(name: str, path: Path) -> Pool:
    """The pool in a file. Raises ValueError, in one sentence that names the file, on anything but a sound one."""
    try:
        with np.load(path, allow_pickle=False) as file:
            arrays = {key: file[key] for key in file.files}
    except (OSError, ValueError, EOFError, KeyError, zipfile.BadZipFile, zlib.error) as error:
        reason = "it holds pickled objects or is no archive" if "allow_pickle" in str(error) else error
        raise ValueError(f"{path}: cannot be read as .npz ({reason}); delete it and fetch or make it again") from error
    try:
        return _pool(name, arrays)
    except ValueError as error:
        raise ValueError(f"{path}: {error}") from error


def _pool(name: str, arrays: dict[str, np.ndarray]) -> Pool:
    known = KNOWN[name]
    if "labels" not in arrays:
        raise ValueError(f"expected an array 'labels', found {', '.join(sorted(arrays)) or 'none'}")
    labels = arrays["labels"]
    if labels.ndim != 1 or not np.issubdtype(labels.dtype, np.integer):
        raise ValueError(f"labels: expected whole numbers of shape (N,), got {labels.dtype} of shape {labels.shape}")
    x = _inputs(arrays)
    lossless = bool(arrays["lossless"].all()) if "lossless" in arrays else True
    return Pool(
        name,
        x,
        labels.astype(np.int64),
        known.classes,
        known.scale,
        known.shift,
        known.source,
        known.licence,
        lossless=lossless,
    )


def _inputs(arrays: dict[str, np.ndarray]) -> np.ndarray:
    if "images" in arrays:
        return _shaped("images", arrays["images"], 4)
    if "features" in arrays:
        return _shaped("features", arrays["features"], 2)
    if "packed" in arrays:
        packed, count = _shaped("packed", arrays["packed"], 2), int(arrays.get("n_features", np.int64(-1)))
        if (count + 7) // 8 != packed.shape[1]:
            raise ValueError(f"packed: {packed.shape[1]} bytes a record do not hold n_features = {count} bits")
        return np.unpackbits(packed, axis=1, count=count)
    if "numeric" in arrays and "categorical" in arrays:
        numeric = arrays["numeric"].astype(np.float64)
        standard = (numeric - numeric.mean(0)) / np.maximum(numeric.std(0), 1e-12)
        columns = _shaped("categorical", arrays["categorical"], 2).T
        hot = [column[:, None] == np.unique(column) for column in columns]
        return np.concatenate([standard, *hot], axis=1).astype(np.float32)
    raise ValueError("expected one of images, packed, features, or numeric with categorical")


def _shaped(key: str, array: np.ndarray, axes: int) -> np.ndarray:
    if array.ndim != axes or array.dtype != np.uint8:
        raise ValueError(f"{key}: expected uint8 with {axes} axes, got {array.dtype} of shape {array.shape}")
    return array
