"""Epsilon from true and false positive rates (Jagielski, Ullman and Oprea 2020; Nasr et al. 2021)."""

from __future__ import annotations

from math import log

from benchmarks.statistics.epsilon.bound import Assumptions, Bound, Rates, check
from benchmarks.statistics.intervals import clopper_pearson

METHOD = "rates at a fixed threshold (Clopper and Pearson 1934)"
NEEDS = (
    "The threshold was chosen on other records, or before looking.",
    "Members and non-members were drawn alike.",
    "Records are independent trials, as where each is attacked in a model of its own; within one model it is a guess.",
)


def rates(observed: Rates, threat: str, delta: float = 1e-5, confidence: float = 0.95) -> Bound:
    """The greater of log((TPR - delta) / FPR) and log((TNR - delta) / FNR), rates taken at their far ends, or 0.

    Whatever is (epsilon, delta)-private has TPR <= e^epsilon FPR + delta, and TNR <= e^epsilon FNR + delta. The upper
    limits of FPR and FNR, each at level (1 - confidence) / 2, give both (Bonferroni). Raises ValueError where delta or
    confidence is none.
    """
    check(delta, confidence)
    tail = (1 - confidence) / 2
    alarms = clopper_pearson(observed.alarms, observed.others, tail).high
    misses = clopper_pearson(observed.members - observed.hits, observed.members, tail).high
    assert alarms is not None
    assert misses is not None
    ratios = ((1 - misses - delta) / alarms, (1 - alarms - delta) / misses)
    return Bound(log(max(1.0, *ratios)), delta, confidence, METHOD, Assumptions(threat, observed, NEEDS))
