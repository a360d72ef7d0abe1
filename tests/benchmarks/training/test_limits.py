"""Code of others that never ends: it is named, and the rest goes on."""

import signal
import threading
import time

import pytest

from benchmarks.training import jobs
from benchmarks.training.executors import Worker
from benchmarks.training.executors.limits import Overdue, within
from benchmarks.training.pulling import Pull, failed, pull
from benchmarks.training.request import Request
from benchmarks.training.store import Store


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
