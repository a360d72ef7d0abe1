"""Membership signals of single outputs: from logits (..., C) and labels to one float64 a record.

`labels` (n,) meets logits (..., n, Q, C); results are (..., n, Q). All from float32 logits without leaving their
range; sums in blocks of models, so that no float64 copy of a stack of references is ever made.
"""

from __future__ import annotations

import numpy as np


def _of_label(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.take_along_axis(logits, _where(logits, labels), axis=-1)[..., 0]


def _where(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.broadcast_to(labels[:, None, None], (*logits.shape[:-1], 1))


def _log_sum_exp(logits: np.ndarray) -> np.ndarray:
    """log sum exp over the classes, in float64 from float32 exponentials."""
    top = logits.max(-1, keepdims=True)
    return np.log(np.exp(logits - top).sum(-1, dtype=np.float64)) + top[..., 0]


def log_p(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """log p_y: minus the cross-entropy loss (HP-MIA eq. 3)."""
    return _of_label(logits, labels) - _log_sum_exp(logits)


def log_p_max(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """max_i log p_i (HP-MIA eq. 4)."""
    return logits.max(-1) - _log_sum_exp(logits)


def phi(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """log p_y - log sum_{i != y} p_i = log(p_y / (1 - p_y)) (Carlini et al. 2022, section V-B), never saturated."""
    others = logits.copy()
    np.put_along_axis(others, _where(logits, labels), -np.inf, axis=-1)
    return _of_label(logits, labels) - _log_sum_exp(others)


def entropy(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """-H(p) = sum_i p_i log p_i (Song and Mittal 2021)."""
    logs = logits.astype(np.float64) - _log_sum_exp(logits)[..., None]
    return (np.exp(logs) * logs).sum(-1)


def modified_entropy(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(1 - p_y) log p_y + sum_{i != y} p_i log(1 - p_i) (HP-MIA eq. 5; Song and Mittal 2021), higher = member."""
    logs = logits.astype(np.float64) - _log_sum_exp(logits)[..., None]
    p = np.exp(logs)
    rest = 1 - p
    small = rest < 1e-3  # there 1 - p has lost its digits: sum the other classes instead
    if small.any():
        which = np.nonzero(small)
        others = p[which[:-1]].copy()
        others[np.arange(len(others)), which[-1]] = 0
        rest[which] = np.maximum(others.sum(-1), np.finfo(np.float64).tiny)
    terms = p * np.log(rest)
    own = (1 - np.exp(_of_label(logs, labels))) * _of_label(logs, labels)
    return own + terms.sum(-1) - _of_label(terms, labels)
