"""How far a training has come, over all its workers: what they say of it, and what lies in the store."""

from __future__ import annotations

import os
import threading
import time
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
EPOCHS = 20  # one of so many is what asking and saving a model counts as


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


def _under(todo: Sequence[Training]) -> str:
    """The defense of all of them, in words; nothing where they have none, or several."""
    names = {training.defense.name for training in todo}
    return "" if len(names) > 1 or names <= {"none"} else f" under {names.pop()}"


def _words(untrained: int, unasked: int) -> str:
    if not untrained:
        return f"asking {counted(unasked, 'model')}"
    return f"training {counted(untrained, 'model')}" + (f" and asking {unasked}" if unasked else "")


@contextmanager
def watched(todo: Sequence[Training], plan: Plan, store: Store) -> Iterator[Callable[[int], None]]:
    """Say how far it is while the block trains and asks models; yields advance(epochs) for workers in this process.

    Epochs of workers elsewhere are seen when a model and its answers are stored. To ask a trained model and to save it
    counts as one epoch in `EPOCHS`; how long that takes is known when the first is stored.
    """
    untrained = [t for t in todo if not usable(t, plan, store)]
    steps = {t.key: 0 for t in todo} | {t.key: t.recipe.epochs for t in untrained}
    saving = {t.key: 1 + t.recipe.epochs // EPOCHS for t in todo}
    ended, lock, claims, sight = threading.Event(), threading.Lock(), claims_of(store), Sight(len(todo))
    said = seen = saved = shown = 0
    trained, begun = sum(steps.values()), time.monotonic()
    whole = trained + sum(saving.values())

    def far() -> int:
        return max(min(said, trained), seen) + saved

    def left() -> float | None:
        """Nothing is known of saving before the first model is saved; until then, of the training alone."""
        of = whole if saved else trained
        return (time.monotonic() - begun) * (of - far()) / far() if 0 < far() < of else None

    def note() -> str:
        unsaved = "asking and saving them" if said >= trained > 0 and not sight.stored else ""
        return "; ".join(words for words in (unsaved, sight.said()) if words)

    what = _words(len(untrained), len(todo) - len(untrained)) + _under(todo)
    with progress(whole, what, note=note, left=left) as advanced:

        def show() -> None:
            nonlocal shown
            with lock:
                new, shown = far() - shown, max(shown, far())
                advanced(max(new, 0))

        def advance(more: int) -> None:
            nonlocal said
            said += more
            show()

        def look() -> None:
            nonlocal seen, saved
            rest = list(todo)
            while not ended.wait(EVERY):
                with suppress(OSError):
                    rest = [t for t in rest if not complete(t, plan, store)]
                    held = claims.living()
                    mine = [held[t.key] for t in rest if t.key in held]
                    sight.take(len(todo) - len(rest), len(failed(rest, store)), mine)
                seen, saved = (sum(of.values()) - sum(of[t.key] for t in rest) for of in (steps, saving))
                show()

        watcher = threading.Thread(target=look, daemon=True)
        watcher.start()
        try:
            yield advance
        finally:
            ended.set()
            watcher.join()
