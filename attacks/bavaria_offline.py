"""BaVarIA without reference models that saw the record (Brännvall 2026)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.bavaria import Prior, log_density, posterior
from attacks.evidence import Evidence, Rehearsal
from attacks.sides import Moments


@dataclass(frozen=True)
class BavariaNOffline(Attack):
    """The IN side is the prior alone, pooled from records that the adversary trained its own references on."""

    reference = "Brännvall 2026"
    needs = "reference"
    uses = ("population", "proxies")
    queries: tuple[str, ...] = ("clean",)
    _form = "n"

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) mean over queries of log density of phi under the IN prior minus that under the OUT posterior."""
        own, references = evidence.signal("phi")
        known = posterior(Prior.of(references), Moments.of(references), self._form)
        prior = Prior.of(trained(evidence))
        nothing = Moments(np.zeros_like(own), np.full_like(own, np.nan), np.zeros_like(own))
        inside = posterior(prior, nothing, self._form)
        return (log_density(own, inside, self._form) - log_density(own, known, self._form)).mean(1)


@dataclass(frozen=True)
class BavariaTOffline(BavariaNOffline):
    """The same with Student's t in the place of the Gaussians."""

    _form = "t"


def trained(evidence: Evidence) -> np.ndarray:
    """phi (R, m, Q) of population records on the reference models that trained on them, NaN elsewhere."""
    population = evidence.population
    assert population is not None
    return np.where(population.trained_on[..., None], population.signal("phi").references, np.nan)
