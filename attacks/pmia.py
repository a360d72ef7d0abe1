"""PMIA: offline LiRA whose IN side comes from proxy records (NDSS 2026)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.bavaria_offline import trained
from attacks.calibration import calibrating
from attacks.evidence import Evidence, Rehearsal
from attacks.sides import log_normal

LEAST = 2  # values of a class, below which all classes' values stand in


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
        own, out = (side[..., 0] for side in calibrating(evidence, "phi"))
        proxies, classes = trained(evidence)[..., 0], evidence.population.labels  # type: ignore[union-attr]
        middle = np.nanmedian(out, axis=0)
        freedom = float(np.maximum((~np.isnan(out)).sum(0) - 1, 0).sum())
        spread = float(np.nansum((out - np.nanmean(out, axis=0)) ** 2)) / freedom if freedom else 0.0
        everybody = proxies[~np.isnan(proxies)]
        means, variances = np.full(len(own), np.median(everybody)), np.full(len(own), everybody.var())
        for label in np.unique(evidence.labels):
            values = proxies[:, classes == label]
            values = values[~np.isnan(values)]
            if len(values) >= LEAST:
                of_class = evidence.labels == label
                means[of_class], variances[of_class] = np.median(values), values.var()
        safe = np.where(variances > 0, variances, spread or 1.0)
        return log_normal(own, means, safe) - log_normal(own, middle, spread or float(safe.mean()))
