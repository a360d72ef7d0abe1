"""How far a training has come, over all its workers: what they say of it, and what lies in the store."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress

from benchmarks.naming.progress import progress
from benchmarks.naming.wording import counted
from benchmarks.training.plan import Plan, Training
from benchmarks.training.standing import complete, usable
from benchmarks.training.store import Store

EVERY = 1.0  # seconds between two looks into the store


@contextmanager
def watched(todo: Sequence[Training], what: str, plan: Plan, store: Store) -> Iterator[Callable[[int], None]]:
    """Show a bar while the block is "training" or "asking"; yields advance(steps) for workers in this process.

    Steps of workers elsewhere are seen when a model is stored.
    """
    unit, stored = ("epoch", usable) if what == "training" else ("model", complete)
    steps = {t.key: t.recipe.epochs if unit == "epoch" else 1 for t in todo}
    ended, lock = threading.Event(), threading.Lock()
    said = seen = shown = 0
    with progress(sum(steps.values()), f"{what} {counted(len(todo), 'model')}", unit) as bar:

        def show() -> None:
            nonlocal shown
            with lock:
                new, shown = max(said, seen) - shown, max(shown, said, seen)
                if new > 0:
                    bar(new)

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
                seen = sum(steps.values()) - sum(steps[t.key] for t in left)
                show()

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield advance
        finally:
            ended.set()
            watcher.join()
