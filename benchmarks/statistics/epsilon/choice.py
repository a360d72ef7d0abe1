"""Guesses of membership from scores, and how many of them to make."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.statistics.epsilon.bound import Bound, Guesses

SHARES = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
FEWEST = 10  # fewer guesses can show next to nothing, though all be right


def guess(scores: np.ndarray, made: int, rng: np.random.Generator) -> np.ndarray:
    """(n,) int: 1 member, -1 non-member, 0 no guess, of scores (n,), higher = more likely a member.

    The half of `made` guesses with the highest scores are members, the other half, with the lowest, are not (of an odd
    number, one more is a member). Ties are broken by `rng`, so that the records' order, which may tell memberships,
    says nothing. Raises ValueError where a score is NaN, or there are more guesses than records.
    """
    if scores.ndim != 1 or np.isnan(scores).any():
        raise ValueError(f"expected scores (n,) without NaN, got {int(np.isnan(scores).sum())} NaN in {scores.shape}")
    if not 0 <= made <= len(scores):
        raise ValueError(f"expected 0 to {len(scores)} guesses, as many as there are scores, got {made}")
    mixed = rng.permutation(len(scores))
    order = mixed[np.argsort(scores[mixed], kind="stable")]
    guesses = np.zeros(len(scores), dtype=int)
    guesses[order[: made // 2]] = -1
    guesses[order[len(scores) - (made + 1) // 2 :]] = 1
    return guesses


def count(guesses: np.ndarray, member: np.ndarray, tried: int = 1) -> Guesses:
    """How many guesses (n,) are right of membership (n,) bool; raises ValueError where these do not fit."""
    if member.dtype != bool or member.shape != guesses.shape:
        raise ValueError(f"expected memberships {guesses.shape} of bool, got {member.shape} of {member.dtype}")
    right = np.where(member, guesses == 1, guesses == -1).sum()
    return Guesses(len(guesses), int(np.abs(guesses).sum()), int(right), tried)


def grid(audited: int) -> tuple[int, ...]:
    """Numbers of guesses to try on so many records: 1 % to all of them, even, and at least FEWEST; all where few."""
    numbers = {2 * round(share * audited / 2) for share in SHARES[:-1]}
    return (*sorted(number for number in numbers if FEWEST <= number < audited), audited)


def best(
    bound: Callable[[Guesses], Bound],
    scores: np.ndarray,
    member: np.ndarray,
    numbers: Sequence[int],
    rng: np.random.Generator,
    times: int = 1,
) -> Bound:
    """The greatest `bound` over numbers of guesses, each at a level divided by how many there are (Bonferroni); and by
    `times`, where so many bounds are tried.

    Scores (n,), member (n,) bool. One number, fixed before looking, needs no division. Raises ValueError where there
    is none, or as `guess` and `count` do.
    """
    tried = sorted(set(numbers))
    if not tried:
        raise ValueError("expected at least one number of guesses to try, got none")
    return max(
        (bound(count(guess(scores, r, rng), member, len(tried) * times)) for r in tried), key=lambda made: made.epsilon
    )
