"""What two workers gain beside one, side by side: `pytest -m slow -s tests/speed/test_worker_speed.py`, on a machine
that does nothing else. MIA_DATA: a folder of data sets. The ratios are what is wanted; no time is asserted.

The workers stand before the work is timed, as those of a cluster do; how long they took to start is told beside it.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
SCRIPT = Path(__file__).with_name("timed_work.py")
DATA = os.environ.get("MIA_DATA", "")
pytestmark = [pytest.mark.slow, pytest.mark.skipif((os.cpu_count() or 1) < 2, reason="one core gains nothing")]
located = pytest.mark.skipif(not DATA, reason="MIA_DATA names no folder of data sets")


def seconds(home, on, workers, what):
    """(start, work) of a new process whose workers have one thread each; it does all the work, or fails."""
    one = {"OMP_NUM_THREADS": "1", "MKL_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)}
    words = [home / f"{on}{workers}", on, workers, what, *([DATA] if DATA else [])]
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    done = subprocess.run(command, cwd=ROOT, env={**os.environ, **one}, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return [float(line) for line in done.stdout.splitlines()[-2:]]


def gained(benchmark, one, two):
    """Note how many times as fast the second is as the first."""
    (begun, alone), (all_begun, both) = seconds(*one), benchmark.pedantic(seconds, two, rounds=1)
    cold = (begun + alone) / (all_begun + both)
    benchmark.extra_info.update(alone=alone, both=both, gain=alone / both, started=all_begun, cold=cold)
    print(f"{alone:.2f} s and {both:.2f} s: {alone / both:.2f} times as fast")
    print(f"with the start of the workers, {begun:.2f} s and {all_begun:.2f} s: {cold:.2f} times")


@pytest.mark.parametrize("what", ["digits", pytest.param("location30", marks=located)])
@pytest.mark.parametrize("on", ["processes", "ray"])
def test_two_workers_beside_one(benchmark, on, what, tmp_path):
    if on == "ray":
        pytest.importorskip("ray")
    gained(benchmark, (tmp_path, on, 1, what), (tmp_path, on, 2, what))


def test_attacks_in_two_processes_beside_one(benchmark, tmp_path):
    gained(benchmark, (tmp_path, "here", 1, "attacks"), (tmp_path, "processes", 2, "attacks"))
