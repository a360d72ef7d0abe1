"""LiRA as HAMP's evaluation computes it (Chen and Pattabiraman, NDSS 2024; the form of LiRA's authors' own code).

phi is log(p_y + 1e-45) - log(sum_{i != y} p_i + 1e-45), centres are medians, deviations those of `np.std`, with 1e-30
added. HAMP's fifth variant, the target's phi under one threshold, ranks as `loss` does.
"""

from __future__ import annotations

import math
import warnings
from dataclasses import dataclass
from typing import ClassVar

import numpy as np

from attacks.base import Attack
from attacks.calibration import calibrating
from attacks.evidence import Evidence, Rehearsal
from attacks.sides import log_normal

FLOOR = -45 * math.log(10)  # log 1e-45: no phi is beyond it
LEAST = 1e-30  # of a deviation
REFERENCE = "Chen and Pattabiraman, NDSS 2024; after Carlini et al. 2022, section VI-B, and the code of both"


def bounded(phi: np.ndarray) -> np.ndarray:
    """log(p + 1e-45) - log(1 - p + 1e-45) of phi = log(p / (1 - p)), without a probability that float64 lacks."""
    with np.errstate(invalid="ignore"):  # of NaN, which stays
        inside, outside = -np.logaddexp(0, -phi), -np.logaddexp(0, phi)
        made: np.ndarray = np.logaddexp(inside, FLOOR) - np.logaddexp(outside, FLOOR)
    return made


def density(own: np.ndarray, values: np.ndarray, spread: np.ndarray | None = None) -> np.ndarray:
    """(n, Q) log N(own; median, deviation), without the constant, of values (R, n, Q), NaN where there is none; the
    deviation is a record's own, or that of all numbers in `spread`. NaN for a record without values.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # of a record without values
        middle = np.nanmedian(values, axis=0)
        deviation = np.nanstd(values, axis=0) if spread is None else np.nanstd(spread)
    return log_normal(own, middle, np.square(deviation + LEAST))


class _Online(Attack):
    """The log ratio of both sides' densities; a record that lacks one side has the others' mean score."""

    reference = REFERENCE
    needs = "shadow"
    fixed: ClassVar[bool]

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log N(phi; in) - log N(phi; out), the mean over queries. Raises ValueError where every record lacks one
        side.
        """
        own, references = map(bounded, evidence.signal("phi"))
        seen = evidence.trained_on[..., None]
        inside, outside = (np.where(mask, references, np.nan) for mask in (seen, ~seen))
        spread = inside if self.fixed else None
        score = (density(own, inside, spread) - density(own, outside, spread)).mean(1)
        if np.isnan(score).all():
            raise ValueError("no record has reference models that saw it and others that did not: train more of them")
        return np.where(np.isnan(score), np.nanmean(score), score)


class _Offline(Attack):
    """Minus the log density among models that never saw a record: two-sided, so that low values count, too."""

    reference = REFERENCE
    needs = "reference"
    fixed: ClassVar[bool]

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) - log N(phi; out), the mean over queries. Raises ValueError where a record has no such model."""
        own, outside = map(bounded, calibrating(evidence, "phi"))
        return -density(own, outside, outside if self.fixed else None).mean(1)


@dataclass(frozen=True)
class HampLira(_Online):
    """Online LiRA as HAMP's evaluation has it: medians, deviations record by record."""

    fixed = False


@dataclass(frozen=True)
class HampLiraFixed(_Online):
    """Online LiRA as HAMP's evaluation has it: one deviation, of all IN values of all records, for both sides."""

    fixed = True


@dataclass(frozen=True)
class HampLiraOffline(_Offline):
    """Offline LiRA as HAMP's evaluation has it: two-sided, medians, deviations record by record."""

    fixed = False


@dataclass(frozen=True)
class HampLiraOfflineFixed(_Offline):
    """Offline LiRA as HAMP's evaluation has it: two-sided, medians, one deviation of all OUT values."""

    fixed = True
