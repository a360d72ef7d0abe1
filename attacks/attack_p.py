"""Attack P (Ye, Maddi, Murakonda, Bindschaedler and Shokri 2022)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal


@dataclass(frozen=True)
class AttackP(Attack):
    """Where the target's loss on a record lies among its losses on population records, which it never saw.

    One threshold for all records: it ranks as the loss does, but for ties of records that are all but certain: beyond
    the population's greatest log p few digits are left to tell them apart. Its verdicts are the loss's in the same way.
    """

    reference = "Ye et al. 2022, section 4.2"
    uses = ("population",)

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) position of log p_y of the clean query among the population's (higher = smaller loss)."""
        assert evidence.population is not None
        own, others = (of.signal("log_p").target[:, 0] for of in (evidence, evidence.population))
        if not len(others):
            raise ValueError("this attack needs population records, and there are none")
        return place(own, others)


def place(values: np.ndarray, among: np.ndarray) -> np.ndarray:
    """Where `values` (n,) lie among `among` (m,): the mid-rank as a share of m, linear between neighbours; beyond the
    ends it goes on by a share of 1 / 2m that grows with the distance.
    """
    ordered, counts = np.unique(among, return_counts=True)
    ranks = (np.cumsum(counts) - counts / 2) / len(among)
    inside = np.interp(values, ordered, ranks)
    over, under = np.maximum(values - ordered[-1], 0), np.maximum(ordered[0] - values, 0)
    return inside + (over / (1 + over) - under / (1 + under)) / (2 * len(among))
