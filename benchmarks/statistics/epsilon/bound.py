"""What a bound on epsilon is made of, what it takes for granted, and what it says of a claim."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import isfinite
from operator import index

TOLERANCE = 1e-9  # of bisection, relative where above 1


@dataclass(frozen=True)
class Guesses:
    """`right` of the `made` guesses on `audited` records were right; `tried`: the numbers of guesses that were tried.

    The papers' m, r and v. `tried` is 1 where the number of guesses was fixed before any membership was looked at;
    otherwise the bounds divide their level by it (Bonferroni). Raises ValueError unless 0 <= right <= made <= audited.
    """

    audited: int
    made: int
    right: int
    tried: int = 1

    def __post_init__(self) -> None:
        _whole(self)
        if not 0 <= self.right <= self.made <= self.audited:
            counts = f"{self.right} of {self.made} guesses on {self.audited} records"
            raise ValueError(
                f"expected no more right guesses than guesses, nor more guesses than records; got {counts}"
            )
        if self.tried < 1:
            raise ValueError(f"expected at least one number of guesses tried, got {self.tried}")

    def __str__(self) -> str:
        how = "fixed beforehand" if self.tried == 1 else f"best of {self.tried} numbers of guesses, corrected for"
        return f"{self.right} of {self.made} guesses right, on {self.audited} records; {how}"


@dataclass(frozen=True)
class Rates:
    """At one threshold, `hits` of the `members` and `alarms` of the `others` (non-members) were called members.

    Raises ValueError where a count is above its total, or there is no member or no other.
    """

    members: int
    hits: int
    others: int
    alarms: int

    def __post_init__(self) -> None:
        _whole(self)
        for total, part, what in ((self.members, self.hits, "members"), (self.others, self.alarms, "non-members")):
            if total < 1 or not 0 <= part <= total:
                raise ValueError(f"expected 1 or more {what} and no more claims among them, got {part} of {total}")

    def __str__(self) -> str:
        return f"{self.hits} of {self.members} members and {self.alarms} of {self.others} non-members called members"


def _whole(counts: Guesses | Rates) -> None:
    for name, value in vars(counts).items():
        try:
            object.__setattr__(counts, name, index(value))  # a plain int, of numpy's too
        except TypeError:
            raise ValueError(f"expected a whole number for {name}, got {value!r}") from None


@dataclass(frozen=True)
class Assumptions:
    """What a bound stands on: the adversary (`threat`), what was `observed`, and sentences that must be true."""

    threat: str
    observed: Guesses | Rates
    needs: tuple[str, ...]


@dataclass(frozen=True)
class Bound:
    """With `confidence`, whatever is (epsilon', delta)-private has epsilon' >= `epsilon`, if the assumptions hold."""

    epsilon: float
    delta: float
    confidence: float
    method: str
    assumptions: Assumptions

    def above(self, claimed: float) -> bool:
        """Whether the bound refutes a claim of (claimed, delta)-privacy, or of a smaller delta.

        Raises ValueError unless the claimed epsilon is a finite number of 0 or more.
        """
        if not (isfinite(claimed) and claimed >= 0):
            raise ValueError(f"expected a claimed epsilon that is finite and 0 or more, got {claimed}")
        return self.epsilon > claimed

    def beside(self, claimed: float) -> str:
        """What the bound says of a claimed epsilon, one sentence."""
        if self.above(claimed):
            says, so = (
                "above",
                f": with {self.confidence:.4g} confidence the claim, or one of the assumptions, is wrong",
            )
        else:
            says, so = "not above", ", which neither refutes nor confirms the claim"
        return f"The lower bound {self.epsilon:.4g} is {says} the claimed epsilon {claimed:.4g}{so}."


def check(delta: float, confidence: float) -> None:
    """Raise ValueError unless delta is in [0, 1) and the confidence in (0, 1)."""
    if not 0 <= delta < 1:
        raise ValueError(f"expected a delta of at least 0 and below 1, got {delta}")
    if not 0 < confidence < 1:
        raise ValueError(f"expected a confidence between 0 and 1, such as 0.95, got {confidence}")


def greatest(refuted: Callable[[float], bool]) -> float:
    """The greatest value of 0 or more that is refuted, by bisection from below; 0 where 0 is not."""
    if not refuted(0.0):
        return 0.0
    low, high = 0.0, 1.0
    while refuted(high):
        low, high = high, 2 * high
    while high - low > TOLERANCE * max(1.0, high):
        middle = (low + high) / 2
        low, high = (middle, high) if refuted(middle) else (low, middle)
    return low
