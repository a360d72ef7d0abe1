"""What an audit says of epsilon, from below, by the attacks that judge each half of the records."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.audit.coins import coins
from benchmarks.statistics.curves import ranks
from benchmarks.statistics.epsilon import best, f_dp, grid, one_run, rates
from benchmarks.statistics.epsilon.bound import Bound, Rates

SHARES = (0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)  # of the records, claimed to be members
CONFIDENCE = 0.95


def bounds(
    scores: np.ndarray, member: np.ndarray, half: np.ndarray, threat: str, delta: float, seed: int = 0
) -> tuple[Bound, ...]:
    """The bounds of `statistics.epsilon` from scores (n,), each compared within its half (n,) bool alone.

    `member` (n,) bool. Numbers of guesses and thresholds are fixed before memberships are looked at: several are tried,
    and corrected for.
    """
    places = np.empty(len(scores))
    for of in (half, ~half):
        places[of] = (ranks(scores[of]) - 0.5) / int(of.sum())  # knows no membership
    rng, numbers = coins(seed), grid(len(scores))
    made = [
        best(partial(method, threat=threat, delta=delta), places, member, numbers, rng) for method in (one_run, f_dp)
    ]
    return *made, max((_at(share, places, member, threat, delta) for share in SHARES), key=lambda of: of.epsilon)


def _at(share: float, places: np.ndarray, member: np.ndarray, threat: str, delta: float) -> Bound:
    """The bound by rates where this share of the records, those of the highest places, are claimed."""
    claims = places > 1 - share
    hits, alarms = int((claims & member).sum()), int((claims & ~member).sum())
    observed = Rates(int(member.sum()), hits, int((~member).sum()), alarms)
    made = rates(observed, threat, delta, 1 - (1 - CONFIDENCE) / len(SHARES))
    tried = f"The best of {len(SHARES)} thresholds by rank, each at a level divided by their number."
    needs = (tried, *made.assumptions.needs[1:])
    return replace(made, confidence=CONFIDENCE, assumptions=replace(made.assumptions, needs=needs))
