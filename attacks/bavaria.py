"""BaVarIA: LiRA with a normal-inverse-gamma prior, pooled over records, for a record's mean and variance
(Brännvall 2026).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from scipy.special import gammaln

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.sides import Moments

KAPPA = 1.0  # the weight of the prior's mean, in values
ALPHA = {"n": 1.0, "t": 2.0}  # of the inverse gamma, by form


class Prior(NamedTuple):
    """`mean` and `variance` of all values of one side, pooled over records."""

    mean: float
    variance: float

    @classmethod
    def of(cls, values: np.ndarray) -> Prior:
        """Of values of any shape, NaN where there is none. Raises ValueError where there are none at all."""
        if np.isnan(values).all():
            raise ValueError("this attack needs values on both sides, and one has none")
        return cls(float(np.nanmean(values)), float(np.nanvar(values)) or 1.0)


class Posterior(NamedTuple):
    """What is known of a record's values after having seen n of them: each field (n, Q), or a number."""

    mean: np.ndarray
    location: np.ndarray
    kappa: np.ndarray
    alpha: np.ndarray
    beta: np.ndarray


def posterior(prior: Prior, moments: Moments, form: str) -> Posterior:
    """The normal-inverse-gamma posterior of each record (Murphy 2007, section 6.3)."""
    alpha = ALPHA[form]
    beta = prior.variance * max(alpha - 1, 1)
    seen = moments.number > 0
    mean = np.where(seen, moments.mean, prior.mean)
    kappa = KAPPA + moments.number
    return Posterior(
        mean,
        (KAPPA * prior.mean + moments.number * mean) / kappa,
        kappa,
        alpha + moments.number / 2,
        beta + moments.squares / 2 + KAPPA * moments.number * (mean - prior.mean) ** 2 / (2 * kappa),
    )


def log_density(x: np.ndarray, of: Posterior, form: str) -> np.ndarray:
    """log density of x (n, Q): form n, a Gaussian at the record's own mean with variance beta / (alpha - 1); form t,
    the posterior predictive, Student's t.
    """
    if form == "n":
        variance = np.where(of.alpha > 1, of.beta / np.where(of.alpha > 1, of.alpha - 1, 1), of.beta)
        return -0.5 * (np.log(2 * np.pi * variance) + (x - of.mean) ** 2 / variance)
    freedom, scale = 2 * of.alpha, of.beta * (of.kappa + 1) / (of.alpha * of.kappa)
    constant = gammaln((freedom + 1) / 2) - gammaln(freedom / 2) - 0.5 * np.log(np.pi * freedom * scale)
    return constant - (freedom + 1) / 2 * np.log1p((x - of.location) ** 2 / (freedom * scale))


@dataclass(frozen=True)
class BavariaN(Attack):
    """The log ratio of Gaussians at a record's IN and OUT means, each variance a compromise with all records'."""

    reference = "Brännvall 2026"
    needs = "shadow"
    queries: tuple[str, ...] = ("clean",)
    _form = "n"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of log density of phi on the IN side minus that on the OUT side."""
        if not len(evidence.trained_on):
            raise ValueError("this attack needs reference models, and there are none")
        own, references = evidence.signal("phi")
        seen = evidence.trained_on[..., None]
        ratio = np.zeros_like(own)
        for sign, mask in ((1, seen), (-1, ~seen)):
            values = np.where(mask, references, np.nan)
            known = posterior(Prior.of(values), Moments.of(values), self._form)
            ratio += sign * log_density(own, known, self._form)
        return ratio.mean(1)


@dataclass(frozen=True)
class BavariaT(BavariaN):
    """The same with Student's t, the posterior predictive, in the place of the Gaussians."""

    _form = "t"
