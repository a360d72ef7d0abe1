"""How often a record's label survives when the record is disturbed: what two label-only attacks share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.evidence import Evidence, Rehearsal
from attacks.facts import Fact
from attacks.ranking import auc


@dataclass(frozen=True)
class Steadiness:
    """The share of right answers to one query set, the best of some on the rehearsal."""

    chosen: str
    facts: dict[str, Fact]

    @classmethod
    def fit(cls, rehearsal: Rehearsal, sets: dict[str, float], what: str) -> Steadiness:
        """`sets`: how strongly each query set disturbs, said of the chosen one as the fact `what`. The one whose shares
        rank the rehearsal's records best is chosen (AUC); of equals the first.
        """
        best = max(sets, key=lambda name: auc(steadiness(rehearsal.evidence, name), rehearsal.member))
        return cls(best, {what: sets[best]})

    def score(self, evidence: Evidence) -> np.ndarray:
        """(n,) share of right answers, 2 less where the record itself is misclassified, so that those are last."""
        return steadiness(evidence, self.chosen)


def steadiness(evidence: Evidence, name: str) -> np.ndarray:
    """(n,) the share of right answers to the query set of that name, 2 less where the clean query is wrong."""
    right = evidence.signal("correct").target
    return right[:, evidence.columns[name]].mean(1) - 2 * (1 - right[:, 0])
