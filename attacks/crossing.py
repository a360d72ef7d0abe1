"""Signals of the few outputs where they cross zero: there float64 keeps no relative digits, and decimals do."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Context, Decimal

import numpy as np

NEAR = 1e-3  # beyond it, an error of 1e-15 leaves 12 digits
EXACT = Context(prec=50)
Classes = list[Decimal]


def mended(
    values: np.ndarray, formula: Callable[[Classes, int], Decimal], logits: np.ndarray, labels: np.ndarray
) -> np.ndarray:
    """`values` (n, Q) of logits (n, Q, C), those within NEAR of 0 made again by `formula`, from one output's classes
    and its label.
    """
    found = values.copy()
    for record, query in np.argwhere(abs(values) < NEAR):
        exact = [Decimal(z) for z in logits[record, query].tolist()]
        found[record, query] = float(formula(exact, int(labels[record])))
    return found


def phi(logits: Classes, label: int) -> Decimal:
    """log(p_y / (1 - p_y)) = -log sum_{i != y} exp(z_i - z_y)."""
    rest = [EXACT.exp(EXACT.subtract(z, logits[label])) for i, z in enumerate(logits) if i != label]
    return -EXACT.ln(_sum(rest))


def phi_max(logits: Classes, label: int) -> Decimal:
    """phi of the predicted class."""
    return phi(logits, logits.index(max(logits)))


def log_entropy(logits: Classes, label: int) -> Decimal:
    """-log H(p), H = -sum_i p_i log p_i."""
    p, log_p = _softmax(logits)
    return -EXACT.ln(-_sum([EXACT.multiply(a, b) for a, b in zip(p, log_p, strict=True)]))


def log_mentr(logits: Classes, label: int) -> Decimal:
    """-log M, M = -(1 - p_y) log p_y - sum_{i != y} p_i log(1 - p_i)."""
    p, log_p = _softmax(logits)
    terms = [EXACT.multiply(q, EXACT.ln(EXACT.subtract(1, q))) for i, q in enumerate(p) if i != label]
    return -EXACT.ln(-_sum([*terms, EXACT.multiply(EXACT.subtract(1, p[label]), log_p[label])]))


def _softmax(logits: Classes) -> tuple[Classes, Classes]:
    """Probabilities and their logarithms."""
    top = max(logits)
    shifted = [EXACT.subtract(z, top) for z in logits]
    powers = [EXACT.exp(z) for z in shifted]
    total = _sum(powers)
    return [EXACT.divide(e, total) for e in powers], [EXACT.subtract(z, EXACT.ln(total)) for z in shifted]


def _sum(terms: Classes) -> Decimal:
    found = Decimal(0)
    for term in terms:
        found = EXACT.add(found, term)
    return found
