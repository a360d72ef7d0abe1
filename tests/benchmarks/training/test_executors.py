"""Executors: how jobs run never changes what comes out."""

import os
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from multiprocessing import active_children
from pathlib import Path

import pytest
import torch

from benchmarks.training.executors import Here
from benchmarks.training.executors.processes import Processes

ROOT = Path(__file__).parents[3]


@dataclass(frozen=True)
class Square:
    number: int
    steps: int = 2


def squared(job, worker):
    worker.advance(job.steps)
    if job.number < 0:
        raise ValueError("no root")
    return job.number**2, worker.device, os.getpid()


JOBS = [Square(n) for n in range(6)]


@pytest.mark.parametrize("places", [Here(), Processes(("cpu", "cpu"))])
def test_every_job_is_done_once_and_its_steps_are_told(places):
    told = []
    results = list(places.map(squared, JOBS, told.append))
    assert sorted(r[0] for r in results) == [0, 1, 4, 9, 16, 25]
    assert {r[1] for r in results} == {"cpu"}
    assert sum(told) == 12


def test_processes_are_others_and_no_more_than_jobs():
    results = list(Processes(("cpu",) * 3).map(squared, JOBS[:2]))
    assert os.getpid() not in {r[2] for r in results}
    assert list(Processes(("cpu",) * 3).map(squared, [])) == []


@pytest.mark.parametrize("places", [Here(), Processes(("cpu", "cpu"))])
def test_an_error_in_a_job_comes_through(places):
    with pytest.raises(ValueError, match="no root"):
        list(places.map(squared, [Square(-1), Square(1)]))


def shared(job, worker):
    return worker.device, worker.sharing


@pytest.mark.parametrize(("devices", "sharing"), [(("cuda:0", "cuda:0"), 2), (("cuda:0", "cuda:1"), 1)])
def test_a_process_knows_how_many_share_its_device(devices, sharing):
    assert {of for _, of in Processes(devices).map(shared, [1, 2])} == {sharing}


def threads(job, worker):
    return torch.get_num_threads()


@pytest.mark.parametrize(("allowed", "cores"), [("1", 1), ("", os.cpu_count()), ("many", os.cpu_count())])
def test_workers_share_the_cores_or_what_threads_are_allowed(monkeypatch, allowed, cores):
    monkeypatch.setenv("OMP_NUM_THREADS", allowed)
    assert list(Processes(("cpu",)).map(threads, [1])) == [cores]


@pytest.mark.posix("os.kill sends SIGKILL")
def test_processes_stay_for_the_next_jobs_and_a_dead_one_is_replaced(capsys):
    places = Processes(("cpu",))
    first, again = ([pid for *_, pid in places.map(squared, JOBS[:2])] for _ in range(2))
    assert len({*first, *again}) == 1
    os.kill(first[0], signal.SIGKILL)
    (square, _, pid) = next(iter(places.map(squared, JOBS[2:3])))
    assert (square, pid == first[0]) == (4, False)
    assert capsys.readouterr().err.count("a worker process was killed") <= 1  # none where it was seen to be gone


def test_processes_end_with_their_object():
    places = Processes(("cpu",))
    pid = next(iter(places.map(squared, JOBS[:1])))[2]
    del places
    deadline = time.monotonic() + 20
    while time.monotonic() < deadline and any(process.pid == pid for process in active_children()):
        time.sleep(0.01)
    assert pid not in [process.pid for process in active_children()]


@dataclass(frozen=True)
class Deadly:
    """What a job says of itself where no process survives it."""

    def lost(self, words):
        return f"it {words}"


def die(job, worker):
    os._exit(0)


def test_a_job_that_no_process_survives_says_so_itself_or_stops_all(capsys):
    assert list(Processes(("cpu",)).map(die, [Deadly()])) == ["it ended 3 times the process in which it was at work"]
    with pytest.raises(OSError, match="killed 3 times at the same work; is there too little memory, or does a plugin"):
        list(Processes(("cpu",)).map(die, [1]))


def masked(job, worker):
    return signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])


@pytest.mark.posix("signal masks")
def test_no_process_hears_ctrl_c_not_even_the_first():
    """In a process of its own, where Python's own tracker of resources has not started yet."""
    code = "if __name__ == '__main__':\n    from tests.benchmarks.training.test_executors import *\n" \
        "    print(set(Processes(('cpu', 'cpu')).map(masked, [1, 2, 3, 4])), masked(0, None))"  # fmt: skip
    said = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert said.stdout.split("\n")[0] == "{True} False"
