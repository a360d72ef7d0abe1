"""How long what is left takes, where pieces of work differ: by what the same piece took before."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterable


class Pace:
    """Pieces of work that are to be done, by name, and what those that are done took."""

    def __init__(self, todo: Iterable[str]) -> None:
        self._todo = Counter(todo)
        self._took: dict[str, list[float]] = defaultdict(list)
        self._last = time.monotonic()

    def done(self, name: str) -> None:
        """Count one piece, which took the time since the last one."""
        now = time.monotonic()
        self._took[name].append(now - self._last)
        self._todo[name] -= 1
        self._last = now

    def left(self) -> float | None:
        """Seconds; a piece of a name that is new takes what pieces took on average. None where none is done."""
        means = {name: sum(of) / len(of) for name, of in self._took.items()}
        if not means:
            return None
        usual = sum(sum(of) for of in self._took.values()) / sum(map(len, self._took.values()))
        return sum(max(many, 0) * means.get(name, usual) for name, many in self._todo.items())
