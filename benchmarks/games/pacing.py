"""How long what is left takes, where pieces of work differ: by what the same piece took before."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable


class Pace:
    """Pieces of work that are to be done, by name, and what those that are done took.

    apart: the names whose time says nothing of that of other pieces.
    """

    def __init__(self, todo: Iterable[str], apart: Collection[str] = ()) -> None:
        self._todo = Counter(todo)
        self._apart = frozenset(apart)
        self._took: dict[str, list[float]] = defaultdict(list)
        self._last = time.monotonic()

    def done(self, name: str) -> None:
        """Count one piece, which took the time since the last one."""
        now = time.monotonic()
        self._took[name].append(now - self._last)
        self._todo[name] -= 1
        self._last = now

    def left(self) -> float | None:
        """Seconds; a piece of a name that is new takes what pieces took on average, and where that is not known either,
        nothing is said: None.
        """
        means = {name: sum(of) / len(of) for name, of in self._took.items()}
        alike = [seconds for name, of in self._took.items() if name not in self._apart for seconds in of]
        usual = sum(alike) / len(alike) if alike else None
        left = 0.0
        for name, many in ((name, many) for name, many in self._todo.items() if many > 0):
            each = means.get(name, usual)
            if each is None:
                return None
            left += many * each
        return left
