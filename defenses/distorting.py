"""MemGuard's noise: small changes of an output for which a classifier of membership changes its mind."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from scipy.special import expit, softmax

BLOCK = 32  # records; a product of matrices always has so many rows, since those of other sizes round differently
STEPS, RATE = 300, 0.1
LABEL = 10.0  # c2 of equation (10); c1 is 1
DISTORTION = tuple(10.0**k for k in range(-1, 6))  # c3, tried in this order
UNSURE = 1e-5  # from one half

# Jia et al. 2019, section 4; numbers of steps, weights and demands as in the authors' code
Layers = Sequence[
    tuple[np.ndarray, np.ndarray]
]  # weights (out, in) and biases (out,) of a ReLU network with one output


def logits_of_membership(p: np.ndarray, layers: Layers) -> tuple[np.ndarray, np.ndarray]:
    """Return the classifier's logit h (n,) of the sorted probabilities p (n, C), and dh / dp (n, C), worked out in the
    precision of its layers.
    """
    order = np.argsort(p, axis=-1, kind="stable")
    rows = np.zeros((-(-len(p) // BLOCK) * BLOCK, p.shape[1]), layers[0][0].dtype)
    rows[: len(p)] = np.take_along_axis(p, order, -1)
    x, active = rows.reshape(-1, BLOCK, p.shape[1]), []
    for weight, bias in layers[:-1]:
        x = _product(x, weight.T) + bias
        active.append(x > 0)
        x = x * active[-1]
    weight, bias = layers[-1]
    h = ((x * weight).sum(-1) + bias).reshape(-1)[: len(p)]  # a product of so few columns rounds otherwise, too
    slope = np.broadcast_to(weight, x.shape)
    for (weight, _), on in zip(reversed(layers[:-1]), reversed(active), strict=True):
        slope = _product(slope * on, weight)
    gradient = np.empty_like(p)
    np.put_along_axis(gradient, order, slope.reshape(-1, p.shape[1])[: len(p)], -1)
    return h.astype(np.float64), gradient


def _product(x: np.ndarray, weight: np.ndarray) -> np.ndarray:
    """Return x (G, BLOCK, i) times weight (i, o), group by group, each as if it were alone."""
    matrix = torch.from_numpy(weight)
    made: np.ndarray = torch.bmm(torch.from_numpy(x), matrix.expand(len(x), *matrix.shape)).numpy()
    return made


def loss_gradient(
    v: np.ndarray, label: np.ndarray, s: np.ndarray, c3: float, h: np.ndarray, slope: np.ndarray
) -> np.ndarray:
    """Return the gradient (n, C), in the logits v (n, C), of |h| + c2 relu(max of the others - v_label) + c3 |p - s|_1
    with p = softmax(v); h (n,) and slope (n, C) are the classifier's at p, see `logits_of_membership`.
    """
    p = softmax(v, axis=-1)
    through = np.sign(h)[:, None] * slope + c3 * np.sign(p - s)
    made = p * (through - (p * through).sum(-1, keepdims=True))
    everyone, others = np.arange(len(v)), v.copy()
    others[everyone, label] = -np.inf
    rival = others.argmax(-1)
    over = LABEL * (others[everyone, rival] > v[everyone, label])
    made[everyone, rival] += over
    made[everyone, label] -= over
    return made


def unsettled(z: np.ndarray, layers: Layers) -> np.ndarray:
    """Phase I: return logits (n, C) with the label of logits z (n, C) for which the classifier changes its mind, as
    near to them as is found; z itself where none are.

    Gradient steps of length `RATE` go on until label and classifier are so, at most `STEPS` of them, first for a small
    weight of the distortion and then for ten times as much, as long as that succeeds.
    """
    best, s, label = z.copy(), softmax(z, axis=-1), z.argmax(-1)
    before = logits_of_membership(s, layers)[0]
    left = np.flatnonzero(np.abs(expit(before) - 0.5) > UNSURE)
    for c3 in DISTORTION:
        found, v = _descended(z[left], label[left], s[left], np.sign(before[left]), c3, layers)
        left = left[found]
        best[left] = v[found]
    return best


def _descended(
    z: np.ndarray, label: np.ndarray, s: np.ndarray, side: np.ndarray, c3: float, layers: Layers
) -> tuple[np.ndarray, np.ndarray]:
    """Return whether a descent from logits z (n, C) ends well (n,), and where (n, C)."""
    found, v = np.zeros(len(z), bool), z.copy()
    going = np.arange(len(z))
    for step in range(STEPS + 1):
        at = v[going]
        h, slope = logits_of_membership(softmax(at, axis=-1), layers)
        if step:
            good = (at.argmax(-1) == label[going]) & (np.sign(h) != side[going])
            found[going[good]] = True
            going, at, h, slope = going[~good], at[~good], h[~good], slope[~good]
        if not len(going) or step == STEPS:
            break
        v[going] = at - RATE * _unit(loss_gradient(at, label[going], s[going], c3, h, slope))
    return found, v


def _unit(gradient: np.ndarray) -> np.ndarray:
    """Each row (n, C) at length 1; a row of zeros as it is."""
    greatest = np.abs(gradient).max(-1, keepdims=True)
    scaled = gradient / np.where(greatest > 0, greatest, 1)
    length = np.sqrt((scaled**2).sum(-1, keepdims=True))
    made: np.ndarray = scaled / np.where(length > 0, length, 1)
    return made


def chances(s: np.ndarray, noised: np.ndarray, before: np.ndarray, after: np.ndarray, budget: float) -> np.ndarray:
    """Phase II: return for each record the probability (n,) with which probabilities s (n, C) are replaced by `noised`
    (n, C), so that the expected L1 distance is `budget` at most.

    before, after: the classifier's probabilities (n,) of membership for the two; it is 0 where noise does not help.
    """
    distance = np.abs(noised - s).sum(-1)
    share = np.where(distance > budget, budget / np.maximum(distance, budget or 1.0), 1.0)
    return np.where(np.abs(before - 0.5) <= np.abs(after - 0.5), 0.0, share)
