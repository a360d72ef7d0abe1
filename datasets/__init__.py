"""Named pools of records, and how they are split."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from datasets import twins
from datasets.fetching import fetch
from datasets.known import KNOWN
from datasets.pool import Pool
from datasets.reading import read
from datasets.split import Split, Trial, duplicates, half_split, six_split

NAMES = ("digits", *KNOWN, *twins.NAMES)


def load(name: str, data: Path | None) -> Pool:
    """The pool of that name: bundled, synthetic, or from ``data/NAME.npz``, which is fetched once if missing.

    Raises ValueError, in one sentence, on a folder or file that cannot be used.
    """
    if name == "digits":
        return _digits()
    if name in twins.NAMES:
        return twins.make(name)
    if data is None:
        raise ValueError(f"--data: {name} lies in a file; give the folder that holds {name}.npz, or is to hold it")
    if not data.parent.is_dir() or (data.exists() and not data.is_dir()):
        raise ValueError(f"--data: expected a folder, got {data}, which is none")
    path = data / f"{name}.npz"
    return read(name, path if path.exists() else fetch(name, data))


def _digits() -> Pool:
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x, y = bunch.images.astype(np.uint8)[..., None], bunch.target.astype(np.int64)
    about = "UCI optical recognition of handwritten digits (Alpaydin and Kaynak 1998), bundled with scikit-learn"
    return Pool("digits", x, y, 10, (1 / 16,), (0.0,), about, "CC BY 4.0")


__all__ = ["NAMES", "Pool", "Split", "Trial", "duplicates", "half_split", "load", "six_split"]
