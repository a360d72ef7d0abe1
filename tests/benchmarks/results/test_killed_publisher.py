"""Killed while it replaces an earlier output, a command leaves the old, the new, or what readers refuse; never both."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.posix("os.fork")

ROOT = Path(__file__).parents[3]


def states(what, home, seeds):
    """How each kill left the folder."""
    script = Path(__file__).with_name("killed_publisher.py")
    path = os.pathsep.join([str(ROOT), str(ROOT / "tests" / "benchmarks")])
    command = [sys.executable, str(script), what, str(home), *map(str, seeds)]
    environment = {**os.environ, "PYTHONPATH": path, "OMP_NUM_THREADS": "1"}
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


@pytest.mark.parametrize("what", ["run", "report", "boards", "paper"])
def test_three_kills(tmp_path, what):
    assert len(states(what, tmp_path, range(3))) == 3


@pytest.mark.slow
@pytest.mark.parametrize(("what", "kills"), [("run", 64), ("report", 32), ("boards", 32), ("paper", 64)])
def test_sixty_four_kills(tmp_path, what, kills):
    found = states(what, tmp_path, range(100, 100 + kills))
    assert len(found) == kills
    assert "unfinished" in found  # else no kill came in the middle
