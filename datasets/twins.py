"""Synthetic twins of Purchase100 and Texas100: their shapes and class counts, and no real record.

Each class is a few clusters of sparse bits; a record is its cluster's pattern with each bit redrawn from the
background now and then. How often was chosen so that the networks of the HP-MIA paper, trained as there (its parts,
epochs and L2), are right as often as on the real sets: its Table 1 has 99.98 % of the training records of Purchase100
and 83.2 % of others, on Texas100 98.9 and 45.3 %. A model of the twin of Purchase100 was right on 100 and 85.1 %, one
of the twin of Texas100 on 100 and 45.6 %. Nothing else is matched: neither which features go together, nor how sizes of
classes differ, nor how many records are hard.
"""

from __future__ import annotations

import numpy as np

from datasets.pool import Pool

# name: records, bits, share of ones, chance that a bit is redrawn
_SHAPES = {"purchase100-twin": (197_324, 600, 0.24, 0.5), "texas100-twin": (67_330, 6_169, 0.02, 0.715)}
CLASSES, CLUSTERS, BLOCK = 100, 8, 4096


def purchase100() -> Pool:
    """Synthetic twin of Purchase100: the same bytes every time."""
    return make("purchase100-twin")


def texas100() -> Pool:
    """Synthetic twin of Texas100: the same bytes every time."""
    return make("texas100-twin")


def make(name: str) -> Pool:
    """The twin of that name."""
    records, bits, density, redrawn = _SHAPES[name]
    rng = np.random.default_rng(100)
    patterns = (rng.random((CLASSES, CLUSTERS, bits)) < density).astype(np.uint8)
    labels = rng.integers(CLASSES, size=records)
    clusters = rng.integers(CLUSTERS, size=records)
    x = np.empty((records, bits), dtype=np.uint8)
    for start in range(0, records, BLOCK):
        chosen = slice(start, start + BLOCK)
        own = patterns[labels[chosen], clusters[chosen]]
        noise = (rng.random(own.shape, dtype=np.float32) < density).astype(np.uint8)
        x[chosen] = np.where(rng.random(own.shape, dtype=np.float32) < redrawn, noise, own)
    about = "synthetic: clusters of sparse bits drawn from a fixed seed"
    return Pool(name, x, labels, CLASSES, (1.0,), (0.0,), about, "MIT", synthetic=True)
