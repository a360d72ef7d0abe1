"""The handwritten digits that scikit-learn brings."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import numpy as np

from datasets.pool import Pool


def load() -> Pool:
    """8 x 8 digits bundled with scikit-learn: 1,797 images, 10 classes."""
    table = _table()
    x, y = table[:, :-1].astype(np.uint8).reshape(-1, 8, 8, 1), table[:, -1].astype(np.int64)
    about = "UCI optical recognition of handwritten digits (Alpaydin and Kaynak 1998), bundled with scikit-learn"
    return Pool("digits", x, y, 10, (1 / 16,), (0.0,), about, "CC BY 4.0")


def _table() -> np.ndarray:
    """The digits (1797, 65), labels last: from scikit-learn's file, whose package takes half a second to import."""
    found = find_spec("sklearn")
    for folder in (found and found.submodule_search_locations) or ():
        path = Path(folder) / "datasets" / "data" / "digits.csv.gz"
        if path.is_file():
            return np.loadtxt(path, delimiter=",", encoding="ascii")
    from sklearn.datasets import load_digits

    bunch = load_digits()
    return np.column_stack([bunch.data, bunch.target])
