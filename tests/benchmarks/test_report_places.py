"""A report has the same bytes wherever it was drawn."""

import importlib.util
import subprocess
import sys

import pytest
from invented import record

from benchmarks.report.__main__ import main, read
from benchmarks.report.writing import Asked, write
from benchmarks.results import writing
from benchmarks.training.executors.on_slurm import Slurm
from benchmarks.training.executors.places import place
from benchmarks.training.executors.processes import Processes

needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
needs_submitit = pytest.mark.skipif(importlib.util.find_spec("submitit") is None, reason="submitit is not installed")
PICTURES = ("trade-off", "roc")
PLACES = ["processes", pytest.param("ray", marks=needs_ray), pytest.param("slurm", marks=needs_submitit)]


@pytest.fixture(scope="module")
def records(tmp_path_factory):
    home = tmp_path_factory.mktemp("records")
    for attack in ("gap", "loss"):
        writing.write(record(attack=attack), [], home)
    return home


def files_of(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def here(records, tmp_path_factory):
    output = tmp_path_factory.mktemp("here")
    assert main([str(records), "--output", str(output), "--pictures", *PICTURES, "--on", "here"]) == 0
    return files_of(output)


def test_what_this_process_drew_before_changes_nothing(records, here, tmp_path):
    import matplotlib

    with matplotlib.rc_context(
        {"lines.linewidth": 9, "xtick.major.width": 5, "grid.linestyle": ":", "axes.titlesize": 3}
    ):
        arguments = [str(records), "--output", str(tmp_path / "out"), "--pictures", *PICTURES, "--on", "here"]
        assert main(arguments) == 0
    assert files_of(tmp_path / "out") == here


@pytest.mark.parametrize("where", PLACES)
def test_every_place_draws_the_same_bytes(where, records, here, tmp_path, request):
    output = tmp_path / "out"
    if where == "processes":
        arguments = [str(records), "--output", str(output), "--on", "processes", "--workers", "2"]
        assert main([*arguments, "--pictures", *PICTURES]) == 0
    elif where == "ray":
        request.getfixturevalue("cluster")
        write(read(records), output, place("ray", "cpu", 2, output), Asked(PICTURES))
    else:
        write(read(records), output, Slurm(output / "slurm", 2, cluster="local"), Asked(PICTURES))
    assert files_of(output) == here
    assert sum(path.suffix == ".png" for path in here) == 2


def test_pictures_that_cannot_be_drawn_elsewhere_leave_nothing(records, tmp_path, monkeypatch, capsys):
    output = tmp_path / "out"
    assert main([str(records), "--output", str(output), "--on", "proceses"]) == 2
    assert "--on: unknown 'proceses'; did you mean processes" in capsys.readouterr().err
    assert not output.exists()
    monkeypatch.setattr(Processes, "map", lambda *_: (_ for _ in ()).throw(OSError("a worker process was killed")))
    assert main([str(records), "--output", str(output), "--workers", "2", "--pictures", "cost"]) == 2
    assert "a worker process was killed" in capsys.readouterr().err
    assert files_of(output) == {}


def test_a_report_that_is_drawn_here_needs_no_torch():
    said = "from benchmarks.report import writing; from benchmarks.training.executors.places import place; import sys"
    then = "place('auto', 'cpu', None, None); assert not {'torch', 'matplotlib'} & {*sys.modules}"
    subprocess.run([sys.executable, "-c", f"{said}; {then}"], check=True)
