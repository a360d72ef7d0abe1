"""A record's outputs on the target against those on reference models that never saw it."""

from __future__ import annotations

from typing import ClassVar

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal, Signal

PRIOR = 64  # reference models from which on a record's own variance is better (Carlini et al. 2022, section VI-B)


def calibrating(evidence: Evidence, signal: str) -> Signal:
    """A signal on the target (n, Q) and on the references (R, n, Q), NaN where withheld.

    Raises ValueError where a record is left without any reference model.
    """
    if not len(evidence.trained_on):
        raise ValueError("this attack needs reference models, and there are none")
    made = evidence.signal(signal)
    if np.isnan(made.references).all(0).any():
        raise ValueError("some record has no reference model that never saw it: train more references")
    return made


def standardised(own: np.ndarray, out: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(own - mean) / std and std, both (n, Q), of phi `own` (n, Q) among the reference models' `out` (R, n, Q).

    NaN do not count. The variance of a record is `shrunk`. As the mean comes from k reference models, std is that of
    the next value: variance x (1 + 1 / k), so that records of few reference models do not fill the top.
    """
    apart = own - out  # so that a target equal to all references is 0 without rounding
    count = (~np.isnan(apart)).sum(0)
    mean = np.nanmean(apart, axis=0)
    squares = np.nansum((apart - mean) ** 2, axis=0)
    squares[np.nanmax(apart, axis=0) == np.nanmin(apart, axis=0)] = 0
    std = np.sqrt(shrunk(squares, count - 1) * (1 + 1 / count))
    return mean / std, std


def shrunk(squares: np.ndarray, free: np.ndarray) -> np.ndarray:
    """(n, Q) variances shrunk towards the common one: (d0 s0^2 + squares) / (d0 + free) (Smyth 2004, section 4).

    `squares` (n, Q): sums of squares about a record's own mean, of `free` (n, Q) degrees of freedom. s0^2: the common
    variance of a query, sum of squares / sum of free (Carlini et al.'s fixed variance, centred). d0: `PRIOR`. So a
    deviation of few models means nothing on its own, many make it the record's, and no number is a border between
    both. Where all references agree, or there is one, nothing is known of deviations: 1 for all.
    """
    common = squares.sum(0) / np.maximum(free.sum(0), 1)
    return np.where(common > 0, (PRIOR * common + squares) / (PRIOR + free), 1)


class Calibrated(Attack):
    """A signal on the target minus its mean over the reference models (Watson et al. 2022)."""

    reference = "Watson et al. 2022; HP-MIA eq. 6"
    version = 2
    needs = "reference"
    signal: ClassVar[str]

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) calibrated signal of the clean query."""
        own, references = calibrating(evidence, self.signal)
        return own[:, 0] - np.nanmean(references[:, :, 0], axis=0)
