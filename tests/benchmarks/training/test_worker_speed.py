"""What two workers gain, measured side by side on a machine that does nothing else. MIA_DATA: a folder of data sets."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("timed_work.py")
DATA = os.environ.get("MIA_DATA", "")
pytestmark = [pytest.mark.slow, pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core gains nothing")]
located = pytest.mark.skipif(not DATA, reason="MIA_DATA names no folder of data sets")


def seconds(home, on, workers, what):
    """Of a new process whose workers have one thread each."""
    one = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    words = [home / f"{on}{workers}", on, workers, what, *([DATA] if DATA else [])]
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **one}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return float(done.stdout.splitlines()[-1])


@pytest.mark.parametrize("what", ["digits", pytest.param("location30", marks=located)])
@pytest.mark.parametrize("on", ["processes", "ray"])
def test_two_workers_take_little_more_than_half_the_time(on, what, tmp_path):
    if on == "ray":
        pytest.importorskip("ray")
    alone, both = (seconds(tmp_path, on, workers, what) for workers in (1, 2))
    assert both <= alone / 1.8, (alone, both)


def test_attacks_play_in_parallel(tmp_path):
    serial, parallel = seconds(tmp_path, "here", 1, "attacks"), seconds(tmp_path, "processes", 2, "attacks")
    assert parallel <= serial / 1.7, (serial, parallel)
