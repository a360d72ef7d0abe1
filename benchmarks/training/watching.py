"""How far a training has come, over all its workers: what they say of it, and what lies in the store."""

from __future__ import annotations

import os
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

from benchmarks.naming.progress import progress
from benchmarks.naming.wording import counted
from benchmarks.training.claims import At
from benchmarks.training.plan import Plan, Training
from benchmarks.training.pulling import claims_of, failed
from benchmarks.training.standing import complete, usable
from benchmarks.training.store import Store

EVERY = 1.0  # seconds between two looks into the store
SHOWN = 4  # workers that a line names


@dataclass
class Sight:
    """What a look into the store showed of the `whole` models."""

    whole: int
    stored: int = 0
    failed: int = 0
    at: Counter[str] = field(default_factory=Counter)  # models by the place of their worker

    def take(self, stored: int, lost: int, claims: Sequence[At]) -> None:
        """Note how many models are stored and lost, and who has others; this very process need not be told."""
        self.stored, self.failed = stored, lost
        self.at = Counter(at.place for at in claims if not at.place.endswith(f"process {os.getpid()}"))

    def said(self) -> str:
        """It in words; nothing where only this process works."""
        if not self.at:
            return ""
        words = [f"{self.stored} of {self.whole} stored"]
        words += [f"{self.failed} failed"] if self.failed else []
        words += [f"{counted(many, 'model')} at {place}" for place, many in sorted(self.at.items())[:SHOWN]]
        words += [f"{len(self.at) - SHOWN} more workers"] if len(self.at) > SHOWN else []
        return "; ".join(words)


@contextmanager
def watched(todo: Sequence[Training], what: str, plan: Plan, store: Store) -> Iterator[Callable[[int], None]]:
    """Show a bar while the block is "training" or "asking"; yields advance(steps) for workers in this process.

    Steps of workers elsewhere are seen when a model is stored.
    """
    unit, stored = ("epoch", usable) if what == "training" else ("model", complete)
    steps = {t.key: t.recipe.epochs if unit == "epoch" else 1 for t in todo}
    ended, lock, claims, sight = threading.Event(), threading.Lock(), claims_of(store), Sight(len(todo))
    said = seen = shown = 0
    with progress(sum(steps.values()), f"{what} {counted(len(todo), 'model')}", unit, sight.said) as bar:

        def show() -> None:
            nonlocal shown
            with lock:
                new, shown = max(said, seen) - shown, max(shown, said, seen)
                bar(max(new, 0))

        def advance(more: int) -> None:
            nonlocal said
            said += more
            show()

        def look() -> None:
            nonlocal seen
            left = list(todo)
            while not ended.wait(EVERY):
                with suppress(OSError):
                    left = [t for t in left if not stored(t, plan, store)]
                    held = claims.living()
                    mine = [held[t.key] for t in left if t.key in held]
                    sight.take(len(todo) - len(left), len(failed(left, store)), mine)
                seen = sum(steps.values()) - sum(steps[t.key] for t in left)
                show()

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield advance
        finally:
            ended.set()
            watcher.join()
