"""Outputs of one model as far as a file holds them: logits, the loss alone, or predicted classes alone."""

from __future__ import annotations

import numpy as np

from attacks import Outputs
from attacks.shapes import read_only


class NotHeld(ValueError):
    """Something that a file does not hold was asked for."""


class Losses(Outputs):
    """Cross-entropies (n,): what follows of the labels' probabilities, and nothing of the other classes."""

    def __init__(self, losses: np.ndarray, labels: np.ndarray) -> None:
        super().__init__(self._none, labels)
        log_p = -np.maximum(losses.astype(np.float64), 0.0)
        p = np.exp(log_p)
        rest = np.log(np.maximum(-np.expm1(log_p), np.finfo(np.float64).tiny))
        signals = {"log_p": log_p, "p_label": p, "phi": log_p - rest}
        self._kept = {name: read_only(values[:, None]) for name, values in signals.items()}

    def _none(self) -> np.ndarray:
        raise NotHeld("there are losses alone")

    def signal(self, name: str) -> np.ndarray:
        """(n, 1) float64. Raises NotHeld on a signal that needs other classes."""
        return self._kept[name] if name in self._kept else super().signal(name)


def one_hot(predicted: np.ndarray, classes: int) -> np.ndarray:
    """(n, C) float32: all that is known of logits where only the predicted classes (n,) are."""
    made = np.zeros((len(predicted), classes), np.float32)
    made[np.arange(len(predicted)), predicted] = 1
    return made


def numbered(*classes: np.ndarray) -> tuple[list[np.ndarray], int]:
    """Arrays of whole numbers, with all that occur in them numbered from 0 in their order; and how many occur."""
    known = np.unique(np.concatenate([of.ravel() for of in classes]))
    return [np.searchsorted(known, of) for of in classes], len(known)
