"""A run whose streams go away while it trains: it goes on, and ends as it would have."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pty = pytest.importorskip("pty", reason="terminals of POSIX")
ROOT = Path(__file__).parents[2]
SIZES = ["--attacks", "loss", "--references", "2", "--trials", "2", "--epochs", "2", "--device", "cpu"]
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(ROOT)}


def start(home, **streams):
    words = [sys.executable, "-m", "benchmarks.run", *SIZES, "--store", home / "store", "--output", home / "out"]
    return subprocess.Popen(words, cwd=ROOT, env=ENVIRONMENT, start_new_session=True, **streams)


def ended_well(process, home):
    assert process.wait(100) == 0
    assert (home / "out" / "leaderboard.md").stat().st_size > 1000


def test_a_reader_that_leaves_after_the_first_words(tmp_path):
    reading, writing = os.pipe()
    process = start(tmp_path, stdout=writing, stderr=writing)
    os.close(writing)
    os.read(reading, 1)  # what comes first comes when all is trained, or with the bar
    os.close(reading)
    ended_well(process, tmp_path)


@pytest.mark.parametrize("also", ["stdout", "stderr"])
def test_a_full_disk_under_the_log(tmp_path, also):
    with open("/dev/full", "wb") as full:
        streams = {"stdout": full, "stderr": full} if also == "stdout" else {"stderr": full, "stdout": None}
        ended_well(start(tmp_path, **streams), tmp_path)


def test_a_terminal_that_is_closed_while_its_bar_is_drawn(tmp_path):
    ours, theirs = pty.openpty()
    process = start(tmp_path, stdout=subprocess.DEVNULL, stderr=theirs)
    os.close(theirs)
    assert os.read(ours, 8)  # of the bar
    os.close(ours)
    ended_well(process, tmp_path)


def test_no_streams_at_all(tmp_path):
    words = " ".join(map(str, [sys.executable, "-m", "benchmarks.run", *SIZES, "--store", tmp_path / "store"]))
    command = f"{words} --output {tmp_path / 'out'} <&- >&- 2>&-"
    process = subprocess.Popen(["sh", "-c", command], cwd=ROOT, env=ENVIRONMENT)
    ended_well(process, tmp_path)
