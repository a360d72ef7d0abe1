"""The handwritten digits that scikit-learn brings."""

from __future__ import annotations

import numpy as np

from datasets.pool import Pool


def load() -> Pool:
    """8 x 8 digits bundled with scikit-learn: 1,797 images, 10 classes."""
    from sklearn.datasets import load_digits

    bunch = load_digits()
    x, y = bunch.images.astype(np.uint8)[..., None], bunch.target.astype(np.int64)
    about = "UCI optical recognition of handwritten digits (Alpaydin and Kaynak 1998), bundled with scikit-learn"
    return Pool("digits", x, y, 10, (1 / 16,), (0.0,), about, "CC BY 4.0")
