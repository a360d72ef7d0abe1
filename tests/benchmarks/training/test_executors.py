"""Executors: how jobs run never changes what comes out."""

import os
from dataclasses import dataclass

import pytest

from benchmarks.training.executors import Here
from benchmarks.training.executors.processes import Processes


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
