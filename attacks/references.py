"""One signal of the clean query on every reference model, and its mean over those that never saw the record."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from attacks.evidence import Evidence

Signal = Callable[[np.ndarray, np.ndarray], np.ndarray]


def on_references(evidence: Evidence, signal: Signal) -> np.ndarray:
    """(R, n, Q) float64, a model at a time; NaN where withheld.

    Raises ValueError where a record is left without any reference model.
    """
    if not len(evidence.references):
        raise ValueError("this attack needs reference models, and there are none")
    values = np.stack([signal(logits, evidence.labels) for logits in evidence.references])
    if np.isnan(values).all(0).any():
        raise ValueError("some record has no reference model that never saw it: train more references")
    return values


def mean_on_references(evidence: Evidence, signal: Signal) -> np.ndarray:
    """(n,) mean of the clean query's signal over the reference models."""
    return np.nanmean(on_references(evidence, signal)[:, :, 0], axis=0)
