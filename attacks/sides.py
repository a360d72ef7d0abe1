"""A record's signal on models that trained on it (IN) and on models that did not (OUT), and their moments."""

from __future__ import annotations

import warnings
from typing import NamedTuple

import numpy as np

from attacks.evidence import Evidence


class Moments(NamedTuple):
    """Of each record's values on one side: `number` (n, Q), `mean` (n, Q) and `squares` (n, Q), the sum of squared
    deviations from that mean; NaN means and squares of 0 where the number is 0.
    """

    number: np.ndarray
    mean: np.ndarray
    squares: np.ndarray

    @classmethod
    def of(cls, values: np.ndarray) -> Moments:
        """Of values (R, n, Q), NaN where there is none."""
        number = (~np.isnan(values)).sum(0).astype(np.float64)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", RuntimeWarning)  # "mean of empty slice"
            mean = np.nanmean(values, axis=0)
        return cls(number, mean, np.nansum((values - mean) ** 2, axis=0))

    @property
    def pooled(self) -> float:
        """One variance for all records, of values centred record by record: the sum of squares over the sum of
        (number - 1) (Carlini et al. 2022, section VI-B); NaN where no record has two values.
        """
        freedom = float(np.maximum(self.number - 1, 0).sum())
        return float(self.squares.sum()) / freedom if freedom else np.nan


class Sides(NamedTuple):
    """A signal: `own` (n, Q) of the target, and the moments of the reference models' values on each side."""

    own: np.ndarray
    inside: Moments
    outside: Moments


def sides(evidence: Evidence, signal: str) -> Sides:
    """Both sides of a signal. A record without values on one side is given the mean that it would have if membership
    moved it as much as it moves the others, on average.

    Raises ValueError where there is no reference model, or one side is empty.
    """
    if not len(evidence.trained_on):
        raise ValueError("this attack needs reference models, and there are none")
    own, references = evidence.signal(signal)
    seen = evidence.trained_on[..., None]
    inside, outside = (Moments.of(np.where(mask, references, np.nan)) for mask in (seen, ~seen))
    for name, moments in (("saw", inside), ("never saw", outside)):
        if not moments.number.any():
            raise ValueError(f"this attack needs reference models that {name} their record, and there are none")
    both = (inside.number > 0) & (outside.number > 0)
    if both.any():
        shift = float((inside.mean - outside.mean)[both].mean())
    else:
        shift = float(np.nanmean(inside.mean) - np.nanmean(outside.mean))
    filled_in = np.where(inside.number > 0, inside.mean, outside.mean + shift)
    filled_out = np.where(outside.number > 0, outside.mean, inside.mean - shift)
    return Sides(own, inside._replace(mean=filled_in), outside._replace(mean=filled_out))


def log_normal(x: np.ndarray, mean: np.ndarray, variance: np.ndarray | float) -> np.ndarray:
    """log N(x; mean, variance), without the constant."""
    return -0.5 * (np.log(variance) + (x - mean) ** 2 / variance)
