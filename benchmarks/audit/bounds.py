"""What an audit says of epsilon, from below, by the attacks that judge each half of the records."""

from __future__ import annotations

from dataclasses import replace
from functools import partial

import numpy as np

from benchmarks.audit.coins import coins
from benchmarks.statistics.curves import ranks
from benchmarks.statistics.epsilon import best, f_dp, grid, one_run, rates
from benchmarks.statistics.epsilon.bound import Bound, Rates
from benchmarks.statistics.epsilon.one_run import BLIND

SHARES = (0.01, 0.05, 0.2, 0.5, 0.8, 0.95, 0.99)  # of the records, claimed to be members
CONFIDENCE = 0.95
HALVES = (
    "Guesses on either half of the records follow from what the adversary sees and from memberships of the other half, "
    "never from its own; the greater bound of the two counts, each at half the level."
)


def bounds(
    scores: np.ndarray,
    member: np.ndarray,
    half: np.ndarray,
    threat: str,
    delta: float,
    seed: int = 0,
    crossed: bool = False,
) -> tuple[Bound, ...]:
    """The bounds of `statistics.epsilon` from scores (n,), each compared within its half (n,) bool alone.

    `member` (n,) bool. Numbers of guesses and thresholds are fixed before memberships are looked at: several are tried,
    and corrected for. `crossed`: the scores of each half follow from memberships of the other, by an attack that learns
    from them or that was chosen by them. Then no guess may be counted beside those that it follows from: each half has
    bounds of its own, at half the level, and the greater one counts.
    """
    places = np.empty(len(scores))
    for of in (half, ~half):
        places[of] = (ranks(scores[of]) - 0.5) / int(of.sum())  # knows no membership
    parts = [np.ones(len(scores), bool)] if not crossed else [half, ~half]
    rng, made = coins(seed), []
    for method in (one_run, f_dp):
        bound = partial(method, threat=threat, delta=delta)
        made.append([best(bound, places[of], member[of], grid(int(of.sum())), rng, len(parts)) for of in parts])
    made.append([_at(share, places[of], member[of], threat, delta, len(parts)) for of in parts for share in SHARES])
    found = (max(tried, key=lambda one: one.epsilon) for tried in made)
    return tuple(_of_halves(one) if crossed else one for one in found)


def _of_halves(bound: Bound) -> Bound:
    """The bound with what is true of guesses in halves, in place of what is true of all guesses."""
    needs = tuple(HALVES if need == BLIND else need for need in bound.assumptions.needs)
    return replace(bound, assumptions=replace(bound.assumptions, needs=needs))


def _at(share: float, places: np.ndarray, member: np.ndarray, threat: str, delta: float, times: int) -> Bound:
    """The bound by rates where this share of the records, those of the highest places, are claimed; one of `times`."""
    claims = places > 1 - share
    hits, alarms = int((claims & member).sum()), int((claims & ~member).sum())
    observed = Rates(int(member.sum()), hits, int((~member).sum()), alarms)
    made = rates(observed, threat, delta, 1 - (1 - CONFIDENCE) / (len(SHARES) * times))
    halves = " in either half of the records" if times > 1 else ""
    tried = f"The best of {len(SHARES)} thresholds by rank{halves}, each at a level divided by their number."
    needs = (tried, *made.assumptions.needs[1:])
    return replace(made, confidence=CONFIDENCE, assumptions=replace(made.assumptions, needs=needs))
