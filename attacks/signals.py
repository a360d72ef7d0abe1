"""Membership signals of single outputs: from logits (n, Q, C) and labels (n,) to float64 (n, Q).

The float32 logits that a model gave are taken as exact numbers, and all work is done in float64: no sum cancels, and
nothing overflows. Close to where a signal crosses zero, decimals take over. A value is right to 12 digits. A signal of
a record depends on that record's logits alone, to the bit, so that it may be computed for many records at once and
shared.
"""

from __future__ import annotations

import difflib
from typing import NamedTuple

import numpy as np

from attacks import crossing


class _Odds(NamedTuple):
    """One class of each output (n, Q) against all others."""

    gap: np.ndarray  # (n, Q) its logit minus the greatest other one
    rival: np.ndarray  # (n, Q, 1) the class of the greatest other one
    others: np.ndarray  # (n, Q, C) exp(logit - the greatest other one); 0 for the class itself and for the rival
    rest: np.ndarray  # (n, Q) their sum: without the rival's 1, so that it keeps its digits near 0


def _odds(logits: np.ndarray, classes: np.ndarray) -> _Odds:
    """Logits (n, Q, C) of the classes (n, Q, 1) against those of all others."""
    x = logits.astype(np.float64)
    own = np.take_along_axis(x, classes, axis=-1)
    np.put_along_axis(x, classes, -np.inf, axis=-1)
    rival = x.argmax(-1)[..., None]
    greatest = np.take_along_axis(x, rival, axis=-1)
    x -= greatest
    np.exp(x, out=x)
    np.put_along_axis(x, rival, 0, axis=-1)
    return _Odds((own - greatest)[..., 0], rival, x, x.sum(-1))


def _of_labels(logits: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Signals of the label's class, from one pass over the classes.

    - phi: log p_y - log sum_{i != y} p_i = log(p_y / (1 - p_y)), never saturated (Carlini et al. 2022, section V-B)
    - log_p: log p_y = -log(1 + exp(-phi)), minus the cross-entropy loss (HP-MIA eq. 3); p_label: p_y itself
    - log_p_max: max_i log p_i (HP-MIA eq. 4)
    - correct: 1.0 where the label is predicted, the first of equals, else 0.0 (Yeom et al. 2018)
    """
    own = np.broadcast_to(labels[:, None, None], (*logits.shape[:-1], 1))
    gap, rival, _, rest = _odds(logits, own)
    phi = gap - np.log1p(rest)
    if logits.shape[-1] > 2:  # of two classes, the gap is phi to the last digit
        phi = crossing.mended(phi, crossing.phi, logits, labels)
    log_p = -np.logaddexp(0, -phi)
    wrong = -np.log1p(rest + np.exp(np.minimum(gap, 0)))  # the rival's, where it is the greatest of all
    return {
        "phi": phi,
        "log_p": log_p,
        "p_label": np.exp(log_p),
        "log_p_max": np.where(gap < 0, wrong, log_p),
        "correct": np.where(np.isnan(gap), np.nan, (gap > 0) | ((gap == 0) & (labels[:, None] < rival[..., 0]))),
    }


CROSSING = {
    "phi_max": crossing.phi_max,
    "log_entropy": crossing.log_entropy,
    "log_mentr": crossing.log_mentr,
}


def _of_all_classes(logits: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """Signals of the whole output, and the same on log scales that never saturate; higher = member.

    - phi_max: log(p / (1 - p)) of the predicted class, which orders as log_p_max does
    - entropy: -H(p) = sum_i p_i log p_i (Song and Mittal 2021); log_entropy: -log H(p)
    - mentr: -M, modified entropy: (1 - p_y) log p_y + sum_{i != y} p_i log(1 - p_i) (HP-MIA eq. 5; Song and Mittal
      2021); log_mentr: -log M

    Every sum has terms of one sign. With t the predicted class, e_i = exp(z_i - z_t) and g the gap to the rival, what
    goes to 0 with exp(-g) is computed as exp(-g) times a factor that does not.
    """
    top = logits.argmax(-1)[..., None]
    gap, rival, others, rest = _odds(logits, top)
    above = np.take_along_axis(logits, top, axis=-1).astype(np.float64) - logits  # z_t - z_i
    np.put_along_axis(others, rival, 1, axis=-1)
    scale, many = np.exp(-gap), 1 + rest  # sum_{i != t} e_i = scale * many
    total = 1 + scale * many  # 1 / p_t
    loss = np.log1p(scale * many)  # -log p_t
    slope = _ratio(loss, scale * many)
    entropy = many * slope + (others * above).sum(-1) / total  # H / scale

    others /= total[..., None]
    p = scale[..., None] * others  # p_i of i != t, at most 1/2
    pairs = others**2 * _ratio(-np.log1p(-p), p)  # -p_i log(1 - p_i) / scale^2
    right = many**2 * slope / total + pairs.sum(-1)  # M / scale^2, where the label is predicted
    own = np.broadcast_to(labels[:, None, None], top.shape)
    np.put_along_axis(pairs, own, 0, axis=-1)
    p_own, above_own = (np.take_along_axis(x, own, axis=-1)[..., 0] for x in (p, above))
    wrong = (1 - p_own) * (loss + above_own) + np.logaddexp(0, gap - np.log(many)) / total
    wrong += np.exp(-2 * gap) * pairs.sum(-1)  # M, where another class is predicted
    hit = top[..., 0] == labels[:, None]
    log_entropy, log_right = gap - np.log(entropy), 2 * gap - np.log(right)
    made = {
        "phi_max": gap - np.log(many),
        "log_entropy": log_entropy,
        "log_mentr": np.where(hit, log_right, -np.log(wrong)),
    }
    for name, formula in CROSSING.items():
        if logits.shape[-1] > 2 or name != "phi_max":
            made[name] = crossing.mended(made[name], formula, logits, labels)
    return {**made, "entropy": -np.exp(-log_entropy), "mentr": -np.where(hit, np.exp(-log_right), wrong)}


def _ratio(numerator: np.ndarray, denominator: np.ndarray) -> np.ndarray:
    """The ratio of two that become equal as they go to 0."""
    return np.divide(numerator, denominator, out=np.ones_like(denominator), where=denominator != 0)


MAKERS = {
    _of_labels: ("log_p", "p_label", "log_p_max", "phi", "correct"),
    _of_all_classes: ("entropy", "mentr", "phi_max", "log_entropy", "log_mentr"),
}
NAMED = {name: maker for maker, names in MAKERS.items() for name in names}
STORED = ("log_p", "p_label", "log_p_max", "phi", "entropy", "mentr", "correct")  # others are hardly ever asked for
LISTED = ", ".join(NAMED)
BLOCK = 1 << 15  # logits that are worked on at a time, so that they stay in the processor's cache


def known(name: str) -> str:
    """`name`, if it names a signal. Raises ValueError with the nearest name."""
    if name not in NAMED:
        near = difflib.get_close_matches(str(name), NAMED, 1)
        raise ValueError(f"unknown signal {name!r}; {f'did you mean {near[0]}?' if near else f'there are {LISTED}'}")
    return name


def of_logits(name: str, logits: np.ndarray, labels: np.ndarray) -> dict[str, np.ndarray]:
    """The signal of that name and those that are made with it, each (n, Q) float64, from one reading of the logits.

    NaN where logits (n, Q, C) are NaN. Softmax does not change when logits are shifted, and neither do signals: they
    tell nothing beyond probabilities.
    """
    made = {each: np.empty(logits.shape[:2]) for each in MAKERS[NAMED[name]]}
    step = max(1, BLOCK // max(1, logits.shape[1] * logits.shape[2]))
    for start in range(0, len(logits), step):
        rows = slice(start, start + step)
        with np.errstate(invalid="ignore"):
            values = NAMED[name](logits[rows], labels[rows])
        for each, value in values.items():
            made[each][rows] = value
    return made


def log_p(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(n, Q) log p_y."""
    return of_logits("log_p", logits, labels)["log_p"]


def phi(logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(n, Q) log(p_y / (1 - p_y))."""
    return of_logits("phi", logits, labels)["phi"]
