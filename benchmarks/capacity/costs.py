"""What a worker asks of the store's file system, as the tests count it on the real loop with Python 3.11."""

from __future__ import annotations

from typing import NamedTuple

PAGE = 1000  # names that one answer to a listing holds; rough


class Cost(NamedTuple):
    """File operations: looks (stat, open), listings, and changes (mkdir, create, rename, unlink, lock, fsync)."""

    looks: float = 0
    lists: float = 0
    changes: float = 0

    def __add__(self, other: tuple[float, ...]) -> Cost:  # type: ignore[override]
        return Cost(*(a + b for a, b in zip(self, other, strict=True)))

    def times(self, count: float) -> Cost:
        """The same so many times."""
        return Cost(*(count * part for part in self))


JOIN = Cost(1)  # a worker sees the command's sign of life
BEGIN = Cost(2, 1, 4)  # a worker's sign of life, with its first claim
RENEW = Cost(0, 0, 1)  # every RENEWAL seconds
END = Cost(0, 0, 2)
LOOK = Cost(2)  # at a model of the list: is it stored, or has it failed?
TAKE = Cost(8, 2, 5)  # a claim, a second look, and one whether its weights are there
LOST = {True: Cost(3, 1, 1), False: Cost(2, 1, 0)}  # a claim that another one has: on the same machine, elsewhere
INHERIT = Cost(0, -1, 2)  # besides both: a claim whose worker is gone is removed, and not looked up again
RELEASE = Cost(0, 0, 2)
MODEL = Cost(10, 1, 10)  # a model is stored
QUESTION = Cost(13, 1, 12)  # a model's answer to a query set is stored


def watch(missing: int, here: int, elsewhere: int) -> Cost:
    """A look of the command at models that are not stored, some of them claimed by workers here or elsewhere."""
    claimed = LOST[True].times(here) + LOST[False].times(elsewhere) + Cost(here + elsewhere)
    return Cost(3 * missing, 1) + claimed
