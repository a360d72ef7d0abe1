"""HopSkipJump for many records at once: how near another label lies, from labels alone.

Chen, Jordan and Wainwright 2020, Algorithm 2, for the L2 distance and any other label; without a range for inputs.
"""

from __future__ import annotations

from collections.abc import Callable
from math import ceil, log2, sqrt

import numpy as np

Crossed = Callable[[np.ndarray, np.ndarray], np.ndarray]  # rows (b,) of x, points (b, d) -> (b,) bool: another label
FIRST = 24  # directions of the first estimate of the gradient; the t-th takes sqrt(t) times as many
HALVINGS = 6  # of a step, before it is given up
LEAST = 10  # bisections, however few dimensions there are


def distances(x: np.ndarray, start: np.ndarray, crossed: Crossed, budget: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) L2 distance from each of x (n, d) to the nearest point of another label that was found.

    `start` (n, d): points of another label. A record costs at most `budget` queries, whoever is beside it, and more of
    them never make its distance greater: they go on from where fewer end. The start costs none.
    """
    n, d = x.shape
    everybody = np.arange(n)
    bisections = max(LEAST, ceil(log2(d)) + 2)  # so that the boundary is known better than directions are long
    spent = bisections
    if spent > budget:
        return _norm(start - x)
    near = _bisected(x, start, crossed, everybody, bisections)
    best, step = _norm(near - x), 1
    while True:
        directions = round(FIRST * sqrt(step))
        spent += directions + HALVINGS + bisections
        if spent > budget:
            return best
        far = _norm(near - x)
        towards = _gradient(near, far / d, crossed, everybody, directions, rng)
        moved, gone = _stepped(near, far / sqrt(step), towards, crossed, everybody)
        near[gone] = _bisected(x[gone], moved[gone], crossed, everybody[gone], bisections)
        best, step = np.minimum(best, _norm(near - x)), step + 1


def _bisected(x: np.ndarray, other: np.ndarray, crossed: Crossed, rows: np.ndarray, times: int) -> np.ndarray:
    """(n, d) points of another label next to the boundary on the lines from `other` (n, d), of another label, to x."""
    low, high = np.zeros(len(x)), np.ones(len(x))
    for _ in range(times):
        middle = (low + high) / 2
        beyond = crossed(rows, _between(x, other, middle))
        low, high = np.where(beyond, low, middle), np.where(beyond, middle, high)
    return _between(x, other, high)


def _gradient(
    near: np.ndarray, reach: np.ndarray, crossed: Crossed, rows: np.ndarray, count: int, rng: np.random.Generator
) -> np.ndarray:
    """(n, d) unit vectors across the boundary, away from the record's label (eq. 9 and 16): the mean of `count` random
    directions of length `reach` (n,), each with the sign of where it ends, less the mean sign.
    """
    n, d = near.shape
    u = rng.standard_normal((n, count, d))
    u /= np.maximum(np.linalg.norm(u, axis=2, keepdims=True), np.finfo(float).tiny)
    points = near[:, None] + reach[:, None, None] * u
    sign = np.where(crossed(np.repeat(rows, count), points.reshape(-1, d)).reshape(n, count), 1.0, -1.0)
    mean = sign.mean(1, keepdims=True)
    weights = np.where(np.abs(mean) < 1, sign - mean, sign)  # where all agree there is nothing to take off
    estimate = np.einsum("nb,nbd->nd", weights, u)
    return estimate / np.maximum(_norm(estimate), np.finfo(float).tiny)[:, None]


def _stepped(
    near: np.ndarray, length: np.ndarray, towards: np.ndarray, crossed: Crossed, rows: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Points (n, d) one step on that are of another label, its length halved until they are, and where (n,) one was
    found.
    """
    moved, open_ = near.copy(), np.ones(len(near), bool)
    for halving in range(HALVINGS):
        tried = near[open_] + (length[open_] / 2**halving)[:, None] * towards[open_]
        right = crossed(rows[open_], tried)
        found = np.flatnonzero(open_)[right]
        moved[found], open_[found] = tried[right], False
        if not open_.any():
            break
    return moved, ~open_


def _between(x: np.ndarray, other: np.ndarray, share: np.ndarray) -> np.ndarray:
    return x + share[:, None] * (other - x)


def _norm(vectors: np.ndarray) -> np.ndarray:
    return np.linalg.norm(vectors, axis=-1)
