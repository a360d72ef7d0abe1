"""Code of others that never ends: it is named, and the rest goes on."""

import signal
import threading
import time
from dataclasses import dataclass

import numpy as np
import pytest
from torch import nn

from benchmarks.training import jobs, runner
from benchmarks.training.executors import Here, Worker
from benchmarks.training.executors.limits import Overdue, within
from benchmarks.training.pulling import Pull, failed, pull
from benchmarks.training.request import Request
from benchmarks.training.store import Store
from defenses import NoDefense
from models import Recipe, Task, fit


def endless():
    while True:
        pass


@pytest.mark.posix("SIGALRM")
def test_what_takes_too_long_is_ended_and_what_does_not_is_left_alone():
    before = signal.getsignal(signal.SIGALRM)
    with within(60), within(None):
        pass
    with pytest.raises(Overdue, match=r"^no end after 0\.05 s, which is --timeout$"), within(0.05):
        endless()
    assert signal.getsignal(signal.SIGALRM) == before
    assert signal.getitimer(signal.ITIMER_REAL) == (0.0, 0.0)


NONE = NoDefense()


class Slow(nn.Module):
    """A network that never answers, once it is `slow`."""

    def __init__(self):
        super().__init__()
        self.last, self.slow = nn.Linear(4, 2), False

    def forward(self, x):
        return endless() if self.slow else self.last(x)


@dataclass(frozen=True)
class Slowly:
    version = 1
    slow: bool = True

    def build(self, shape, classes):
        made = Slow()
        made.slow = self.slow
        return made


class Hooked(NoDefense):
    def targets(self, batch):
        return endless()


def trained(network=Slowly(False), defense=NONE):
    x, y, rows = np.zeros((8, 4), np.float32), np.zeros(8, int), (np.arange(8),)
    return fit(Task(x, y, 2, (1.0,), (0.0,), rows, (0,), network, Recipe(1, 8, 0.1), defense))[0]


@pytest.mark.parametrize(
    "work", [lambda: trained(Slowly()), lambda: trained(defense=Hooked())], ids=["network", "defense"]
)
def test_nothing_that_is_trained_takes_the_end_for_an_error_of_its_own(work):
    with pytest.raises(Overdue), within(0.5):
        work()


def test_nothing_that_is_asked_takes_the_end_for_an_error_of_its_own():
    model = trained()
    model.stack.program.slow = True
    with pytest.raises(Overdue), within(0.1):
        model.predict(np.zeros((1, 4), np.float32))


def test_in_other_threads_nothing_is_limited():
    slept = []

    def sleep():
        with within(0.01):
            time.sleep(0.05)
            slept.append(True)

    thread = threading.Thread(target=sleep)
    thread.start()
    thread.join()
    assert slept


REQUEST = Request("digits", (), references=2, trials=1, epochs=1)


@pytest.mark.posix("a call that sleeps is ended by a signal alone")
def test_a_defense_that_hangs_has_failed(monkeypatch, tmp_path):
    plan = jobs.plan_of(REQUEST)
    monkeypatch.setattr(jobs, "train", lambda job, worker: time.sleep(60))
    begun = time.monotonic()
    pull(Pull(REQUEST, tmp_path, tuple(plan.by_key), timeout=0.05), Worker("cpu"))
    assert time.monotonic() - begun < 50
    said = failed(plan.by_key.values(), Store(tmp_path))
    assert {f.reason for f in said} == {"no end after 0.05 s, which is --timeout"}
    assert len(said) == len(plan.by_key)
    assert list((tmp_path / "claims").iterdir()) == []


@pytest.mark.posix("a call that sleeps is ended by a signal alone")
def test_what_was_done_before_it_hung_has_not_failed(monkeypatch, tmp_path):
    plan, real = REQUEST.plan(), jobs._ask
    (first, *rest) = plan.by_key.values()

    def ask(plan, store, good, asked, device):
        real(plan, store, [pair for pair in good if pair[0] is first], asked, device)
        time.sleep(60)

    monkeypatch.setattr(jobs, "_ask", ask)
    said = runner.train(plan, REQUEST, Store(tmp_path), Here(), timeout=10)
    assert [f.model for f in said] == [t.model for t in rest]
