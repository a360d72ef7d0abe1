"""Claims: one worker has a model, until it gives it back, dies, or shows no sign of life; clocks do not matter."""

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from benchmarks.training import claims as module
from benchmarks.training.claims import Claims

ROOT = Path(__file__).parents[3]
HOLD = """
import sys, time
from pathlib import Path
from benchmarks.training.claims import Claims
with Claims(Path(sys.argv[1])) as claims:
    print(claims.take("a"), flush=True)
    time.sleep(100)
"""


def holder(home):
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(home)], cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "True\n"
    return process


@pytest.fixture
def elsewhere(monkeypatch):
    """As if every look were from another machine than the one before, so that no lock tells anything."""
    numbers = iter(range(10**6))
    monkeypatch.setattr(module, "machine", lambda: f"machine {next(numbers)}")


@pytest.fixture
def clock(monkeypatch):
    """The looker's own clock, to be set."""
    now = [0.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_one_has_a_claim_and_then_another(tmp_path):
    with Claims(tmp_path) as one, Claims(tmp_path) as two:
        assert one.take("a")
        assert not two.take("a")
        assert two.take("b")
        assert {key: at.worker for key, at in two.living().items()} == {"a": one.worker, "b": two.worker}
        assert f"process {os.getpid()}" in two.living()["a"].place
        two.release(["a"])  # not its own: nothing happens
        assert one.holder("a") == one.worker
        one.release(["a"])
        assert two.take("a")
    assert list(tmp_path.iterdir()) == []


def test_of_many_that_want_all_each_is_had_by_one(tmp_path):
    keys, got, all_there = [f"{n:03d}" for n in range(60)], [[] for _ in range(8)], threading.Barrier(8)

    def want(mine):
        with Claims(tmp_path) as claims:
            all_there.wait()
            mine += [key for key in keys if claims.take(key)]
            all_there.wait()

    threads = [threading.Thread(target=want, args=(mine,)) for mine in got]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(key for mine in got for key in mine) == keys
    assert list(tmp_path.iterdir()) == []


@pytest.mark.posix("SIGKILL ends a process whose locks are gone with it")
def test_a_killed_workers_claim_is_taken_over_at_once_and_nothing_is_left(tmp_path):
    process = holder(tmp_path)
    with Claims(tmp_path) as mine:
        assert not mine.take("a")
        mine.clear()
        assert mine.holder("a")
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert mine.take("a")
        mine.clear()
        assert mine.holder("a") == mine.worker
    assert list(tmp_path.iterdir()) == []


def test_what_a_living_worker_has_stays_with_it(tmp_path):
    with Claims(tmp_path) as worker:
        assert worker.take("a")
        Claims(tmp_path).clear()
        assert worker.holder("a") == worker.worker


@pytest.mark.posix("SIGKILL ends a process whose locks are gone with it")
def test_what_a_killed_worker_left_is_cleared(tmp_path):
    process = holder(tmp_path)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert len(list(tmp_path.iterdir())) == 2
    Claims(tmp_path).clear()
    assert list(tmp_path.iterdir()) == []


def test_on_another_machine_a_claim_expires_when_nothing_changes(tmp_path, elsewhere, clock):
    with Claims(tmp_path) as one, Claims(tmp_path) as two:
        assert one.take("a")
        assert not two.take("a")
        clock[0] += module.EXPIRY - 1
        assert not two.take("a")
        os.utime(tmp_path / f"worker-{one.worker}")  # it lives
        clock[0] += 2
        assert not two.take("a")
        clock[0] += module.EXPIRY
        assert two.take("a")
        one.release(["a"])  # late: it stays with the other
        assert one.holder("a") == two.worker


@pytest.mark.parametrize("year", [0, 4e9])
def test_a_wrong_clock_does_not_matter(year, tmp_path, elsewhere, clock):
    """A worker whose times are of 1970, or of 2096, lives as long as they change."""
    with Claims(tmp_path) as one, Claims(tmp_path) as two:
        assert one.take("a")
        for second in range(10):
            os.utime(tmp_path / f"worker-{one.worker}", (year, year - second))
            clock[0] += module.EXPIRY - 1
            assert not two.take("a")
        clock[0] += module.EXPIRY
        assert two.take("a")


def test_a_worker_taken_for_dead_goes_on_under_another_name(tmp_path):
    with Claims(tmp_path) as one, Claims(tmp_path) as two:
        assert one.take("a")
        (tmp_path / f"worker-{one.worker}").unlink()
        assert two.take("a")
        assert not one.take("a")
        assert one.take("b")
        assert not two.take("b")
    assert list(tmp_path.iterdir()) == []


def test_signs_are_renewed(tmp_path, monkeypatch):
    monkeypatch.setattr(module, "RENEWAL", 0.01)
    with Claims(tmp_path) as one:
        assert one.take("a")
        sign = tmp_path / f"worker-{one.worker}"
        os.utime(sign, (0, 0))
        deadline = module.time.monotonic() + 20
        while sign.stat().st_mtime == 0 and module.time.monotonic() < deadline:
            pass
        assert sign.stat().st_mtime > 0


def test_a_place_that_cannot_be_written_is_said(tmp_path):
    (tmp_path / "claims").write_text("a file")
    with pytest.raises(OSError), Claims(tmp_path / "claims") as claims:
        claims.take("a")
