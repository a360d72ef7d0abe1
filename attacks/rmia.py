"""RMIA, the robust membership inference attack (Zarifzadeh, Liu and Shokri 2024), and BASE, its one-query core
(Lassila, Östman, Ngo and Graell i Amat 2025).

RMIA asks for which share of population records z the target's p_y on x, over what reference models give x, is at least
gamma times as great as the same ratio on z. For one query that grows with the ratio on x alone: BASE is that ratio.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.ranges import check
from attacks.ranking import auc

GRID = np.arange(11) / 10  # of `a`


def log_mean(logs: np.ndarray) -> np.ndarray:
    """log of the mean over models of exp(logs), (R, ...) to (...); NaN are left out, NaN where there is nothing else.

    Without leaving the range of float64: p_y may be smaller than its least number.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # "all-NaN slice"
        top = np.nanmax(logs, axis=0)
        return top + np.log(np.nanmean(np.exp(logs - top), axis=0))


def log_offline(log_out: np.ndarray, a: float) -> np.ndarray:
    """log of ((1 + a) p_out + (1 - a)) / 2, the guess of p(x) without models that saw x (section 3.2)."""
    if a == 1:
        return log_out
    with np.errstate(invalid="ignore"):  # NaN stays NaN
        return np.logaddexp(np.log1p(a) + log_out, np.log1p(-a)) - np.log(2)


def out_means(evidence: Evidence) -> np.ndarray:
    """log mean p_y (n,) of the clean query over the reference models that never saw the record, NaN where all did.

    Raises ValueError where there are no reference models.
    """
    if not len(evidence.trained_on):
        raise ValueError("this attack needs reference models, and there are none")
    values = evidence.signal("log_p").references[:, :, 0]
    return log_mean(np.where(evidence.trained_on, np.nan, values))


def ratios(evidence: Evidence, a: float) -> np.ndarray:
    """log p_y (n,) on the target over the offline guess of p, NaN where all reference models saw the record."""
    return evidence.signal("log_p").target[:, 0] - log_offline(out_means(evidence), a)


def everybody(values: np.ndarray) -> np.ndarray:
    """`values` (n,). Raises ValueError where some are NaN."""
    if np.isnan(values).any():
        raise ValueError("some record has no reference model that never saw it: train more references")
    return values


def dominated(ratio: np.ndarray, population: np.ndarray, gamma: float) -> np.ndarray:
    """(n,) share of the log ratios `population` (m,) that are log gamma or more below each of `ratio` (n,)."""
    order = np.sort(population)
    return np.searchsorted(order, ratio - np.log(gamma), side="right") / len(order)


def _population(evidence: Evidence) -> Evidence:
    assert evidence.population is not None
    if not len(evidence.population.labels):
        raise ValueError("this attack needs population records, and there are none")
    return evidence.population


@dataclass(frozen=True)
class Base(Attack):
    """log p_y on the target minus the log of its mean over all reference models, those that saw the record too."""

    reference = "Lassila et al. 2025"
    needs = "shadow"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log ratio of the clean query."""
        if not len(evidence.trained_on):
            raise ValueError("this attack needs reference models, and there are none")
        own, references = evidence.signal("log_p")
        return own[:, 0] - log_mean(references[:, :, 0])


@dataclass(frozen=True)
class BaseOffline(Attack):
    """log p_y on the target minus the log of its mean over reference models that never saw the record."""

    reference = "Lassila et al. 2025"
    needs = "reference"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log ratio of the clean query."""
        return everybody(ratios(evidence, a=1))


@dataclass(frozen=True)
class Rmia(Attack):
    """Online: p(x) and p(z) are means over all reference models.

    gamma: by how much x's ratio must exceed z's. Scores are multiples of 1 / m of the population's m records, with
    ties; where all records of the population were never trained on, p(z) is a mean of OUT models.
    This is the paper's score of one query. Its authors' code differs by default: gamma 2, a Taylor soft margin instead
    of the softmax, a trimmed mean, a majority of 18 queries.
    """

    reference = "Zarifzadeh et al. 2024"
    needs = "shadow"
    uses = ("population",)
    gamma: float = 1.0

    def __post_init__(self) -> None:
        check(self, gamma=(1e-9, 1e9))

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) share of the population that the record dominates."""
        sides = [Base().score(of, rehearsal, rng) for of in (evidence, _population(evidence))]
        return dominated(sides[0], sides[1], self.gamma)


@dataclass(frozen=True)
class RmiaOffline(Attack):
    """Offline: p(x) and p(z) are guessed from reference models that never saw x or z; a z that all of them saw is none.

    gamma: as online. a: how much p grows where a model saw the record, None to choose it on the rehearsal, where it
    gives the greatest AUC; the authors' code has .2 to .6 by data set, and differs as it does online.
    """

    reference = "Zarifzadeh et al. 2024"
    needs = "reference"
    uses = ("population",)
    gamma: float = 1.0
    a: float | None = None

    def __post_init__(self) -> None:
        check(self, gamma=(1e-9, 1e9), a=(0, 1))

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> FittedRmia:
        """Choose `a` on the rehearsal's records."""
        if self.a is not None:
            return FittedRmia(self.gamma, self.a)
        tries = [FittedRmia(self.gamma, float(a)) for a in GRID]
        found = [auc(each.score(rehearsal.evidence), rehearsal.member) for each in tries]
        return tries[int(np.argmax(found))]


@dataclass(frozen=True)
class FittedRmia:
    """Offline RMIA with its `a`."""

    gamma: float
    a: float

    def score(self, evidence: Evidence) -> np.ndarray:
        """(n,) share of the population that the record dominates."""
        others = ratios(_population(evidence), self.a)
        others = others[~np.isnan(others)]
        if not len(others):
            raise ValueError("every population record was seen by all reference models: train more references")
        return dominated(everybody(ratios(evidence, self.a)), others, self.gamma)
