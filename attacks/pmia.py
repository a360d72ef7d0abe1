"""PMIA: offline LiRA whose IN side comes from proxy records (NDSS 2026)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.bavaria_offline import trained
from attacks.calibration import calibrating
from attacks.evidence import Evidence, Rehearsal
from attacks.ranges import check
from attacks.sides import log_normal

LEAST = 2  # values of a proxy side, below which those of the class, or of all classes, stand in


@dataclass(frozen=True)
class PmiaClass(Attack):
    """The IN side of a record: what population records of its class get from reference models that trained on them."""

    reference = "PMIA (NDSS 2026), proxies of the same class"
    needs = "reference"
    uses = ("population", "proxies")

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) log N(phi; IN of the class) - log N(phi; OUT of the record), medians and pooled deviations.

        One OUT variance for all records, centred record by record.
        """
        return _ratio(evidence, *_of_classes(evidence, trained(evidence)[..., 0]))


@dataclass(frozen=True)
class PmiaNearest(Attack):
    """The IN side of a record: what the population records nearest to it get from models that trained on them.

    Nearest: by the distance of the raw records, of the same class where there are so many. The paper measures it
    between embeddings of images.
    """

    reference = "PMIA (NDSS 2026), nearest proxies; distances between raw records"
    needs = "reference"
    uses = ("population", "proxies", "inputs")
    neighbours: int = 10

    def __post_init__(self) -> None:
        check(self, neighbours=(1, 1_000))

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) as PmiaClass, with the proxies of each record's neighbours; one IN variance for all records, centred
        neighbourhood by neighbourhood.
        """
        proxies = trained(evidence)[..., 0]
        means, variances = _of_classes(evidence, proxies)
        near = nearest(evidence, self.neighbours)
        values = proxies.T[near].reshape(len(near), -1)  # (n, k R)
        known = (~np.isnan(values)).sum(1)
        some = known >= LEAST
        if some.any():
            apart = values[some] - np.nanmean(values[some], axis=1)[:, None]
            means[some] = np.nanmedian(values[some], axis=1)
            variances[some] = np.nansum(apart**2) / (known[some] - 1).sum()
        return _ratio(evidence, means, variances)


def nearest(evidence: Evidence, neighbours: int) -> np.ndarray:
    """(n, k) places of the population records nearest to each record, those of its class before all others."""
    crowd = evidence.population
    assert crowd is not None
    assert crowd.inputs is not None
    assert evidence.inputs is not None
    x, z = (of.reshape(len(of), -1).astype(np.float64) for of in (evidence.inputs, crowd.inputs))
    found = np.empty((len(x), min(neighbours, len(z))), np.int64)
    step = max(1, (1 << 22) // max(1, len(z)))
    for start in range(0, len(x), step):
        block = slice(start, start + step)
        apart = (x[block] ** 2).sum(1)[:, None] - 2 * x[block] @ z.T + (z**2).sum(1)
        other = crowd.labels != evidence.labels[block, None]
        order = np.lexsort((apart, other), axis=1)
        found[block] = order[:, : found.shape[1]]
    return found


def _of_classes(evidence: Evidence, proxies: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """(n,) median and variance of the IN values of each record's class, of proxies (R, m), NaN where not trained on."""
    assert evidence.population is not None
    everybody = proxies[~np.isnan(proxies)]
    n, classes = len(evidence.labels), evidence.population.labels
    means, variances = np.full(n, np.median(everybody)), np.full(n, everybody.var())
    for label in np.unique(evidence.labels):
        values = proxies[:, classes == label]
        values = values[~np.isnan(values)]
        if len(values) >= LEAST:
            of_class = evidence.labels == label
            means[of_class], variances[of_class] = np.median(values), values.var()
    return means, variances


def _ratio(evidence: Evidence, means: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """(n,) log ratio of phi under Gaussians of IN `means` and `variances` (n,), and of the record's OUT median."""
    own, out = (side[..., 0] for side in calibrating(evidence, "phi"))
    freedom = float(np.maximum((~np.isnan(out)).sum(0) - 1, 0).sum())
    spread = float(np.nansum((out - np.nanmean(out, axis=0)) ** 2)) / freedom if freedom else 0.0
    safe = np.where(variances > 0, variances, spread or 1.0)
    return log_normal(own, means, safe) - log_normal(own, np.nanmedian(out, axis=0), spread or float(safe.mean()))
