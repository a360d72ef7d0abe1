"""Seconds that workers take: ``python timed_work.py HOME ON WORKERS digits|location30|attacks [DATA]``.

Two numbers: until they stand (a few models of one epoch), and for the work that is named.
"""

import sys
import time
from pathlib import Path

from benchmarks.games.ahead import play_ahead
from benchmarks.games.from_store import lacking_in
from benchmarks.naming.registry import ATTACKS, choose
from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.executors.places import place
from benchmarks.training.request import Request
from benchmarks.training.store import Store


def training(home, executor, what, data):
    """60 models of digits, or 12 of location30."""
    sizes = {"references": 56, "trials": 4} if what == "digits" else {"references": 8, "trials": 4, "data": data}
    request = Request(what, **sizes)
    plan = request.plan()
    begun = time.perf_counter()
    assert runner.train(plan, request, Store(home), executor) == []
    return time.perf_counter() - begun


def standing(home, executor, workers):
    """A model a worker, of one epoch: each has started, and loaded what it needs."""
    request = Request("digits", references=1, trials=workers, epochs=1)
    plan = request.plan()
    begun = time.perf_counter()
    assert runner.train(plan, request, Store(home / "first"), executor) == []
    return time.perf_counter() - begun


def attacking(home, executor):
    """All attacks that can play the 8 games of digits."""
    request = Request("digits", references=8, trials=8, epochs=2)
    able = [attack for attack in choose(ATTACKS, ["all"]) if not lacking_in(request.plan(), attack.value)]
    queries = tuple(sorted({query for attack in able for query in attack.value.queries}))
    request = Request("digits", references=8, trials=8, epochs=2, queries=queries, population=True)
    plan, store = request.plan(), Store(home)
    assert runner.train(plan, request, store, Here()) == []
    begun = time.perf_counter()
    assert play_ahead(plan, request, able, store, executor) == {}
    return time.perf_counter() - begun


if __name__ == "__main__":
    home, on, workers, what = Path(sys.argv[1]), sys.argv[2], int(sys.argv[3]), sys.argv[4]
    executor = place(on, "cpu", workers, home)
    print(standing(home, executor, workers))
    print(attacking(home, executor) if what == "attacks" else training(home, executor, what, Path(sys.argv[-1])))
