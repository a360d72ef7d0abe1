"""Membership signals of single outputs: from logits (..., n, Q, C) and labels (n,) to float64 (..., n, Q).

All from float32 logits without leaving their range. A signal of a record depends on that record's logits alone, to
the bit, so that it may be computed for many records at once and shared.
"""

from __future__ import annotations

import difflib

import numpy as np


def _of_label(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.take_along_axis(logits, _where(logits, labels), axis=-1)[..., 0]


def _where(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    return np.broadcast_to(labels[:, None, None], (*logits.shape[:-1], 1))


def _log_sum_exp(logits: np.ndarray) -> np.ndarray:
    """log sum exp over the classes, in float64 from float32 exponentials."""
    return _spent(logits.copy())


def _spent(logits: np.ndarray) -> np.ndarray:
    """log sum exp over the classes, whose array is used up."""
    top = logits.max(-1, keepdims=True)
    logits -= top
    return np.log(np.exp(logits, out=logits).sum(-1, dtype=np.float64)) + top[..., 0]


def log_p(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """log p_y: minus the cross-entropy loss (HP-MIA eq. 3)."""
    return _of_label(logits, labels) - _log_sum_exp(logits)


def p_label(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """p_y itself."""
    return np.exp(log_p(logits, labels))


def log_p_max(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """max_i log p_i (HP-MIA eq. 4)."""
    return logits.max(-1) - _log_sum_exp(logits)


def phi(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """log p_y - log sum_{i != y} p_i = log(p_y / (1 - p_y)) (Carlini et al. 2022, section V-B), never saturated."""
    others = logits.copy()
    np.put_along_axis(others, _where(logits, labels), -np.inf, axis=-1)
    return _of_label(logits, labels) - _spent(others)


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


def correct(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """1.0 where the label is predicted, the first of equals, else 0.0 (Yeom et al. 2018)."""
    return (logits.argmax(-1) == labels[:, None]).astype(np.float64)


NAMED = {
    "log_p": log_p,
    "p_label": p_label,
    "log_p_max": log_p_max,
    "phi": phi,
    "entropy": entropy,
    "mentr": modified_entropy,
    "correct": correct,
}
LISTED = ", ".join(NAMED)
ALONE = ("entropy", "mentr")  # in float64 over all classes; all others are made together
BLOCK = 1 << 15  # logits that are worked on at a time, so that they stay in the processor's cache


def known(name: str) -> str:
    """`name`, if it names a signal. Raises ValueError with the nearest name."""
    if name not in NAMED:
        near = difflib.get_close_matches(str(name), NAMED, 1)
        raise ValueError(f"unknown signal {name!r}; {f'did you mean {near[0]}?' if near else f'there are {LISTED}'}")
    return name


def _together(logits: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The cheap signals of logits of maximum 0, which are used up; each is, to the bit, what its function gives."""
    made = {"phi": phi(logits, labels), "correct": correct(logits, labels)}
    own = _of_label(logits, labels)
    total = np.log(np.exp(logits, out=logits).sum(-1, dtype=np.float64))
    return {**made, "log_p": own - total, "p_label": np.exp(own - total), "log_p_max": 0.0 - total}


def of_logits(name: str, logits: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The signal of that name and those that cost little more, each (n, Q) float64, from one reading of the logits.

    The logits (n, Q, C) are shifted to maximum 0 first, as an attack with access to probabilities sees them. NaN
    where logits are NaN.
    """
    made: dict[str, np.ndarray] = {}
    step = max(1, BLOCK // max(1, logits.shape[1] * logits.shape[2]))
    for start in range(0, max(1, len(logits)), step):
        rows = slice(start, start + step)
        some, of = logits[rows], labels[rows]
        with np.errstate(invalid="ignore"):
            shifted = some - some.max(-1, keepdims=True)
            values = {name: NAMED[name](shifted, of)} if name in ALONE else _together(shifted, of)
        for each, value in values.items():
            made.setdefault(each, np.empty(logits.shape[:2]))[rows] = value
    if "correct" in made:
        made["correct"][np.isnan(made["log_p"])] = np.nan
    return made
