"""Workers that are killed at random moments lose nothing, do nothing twice, leave nothing, and change no byte."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.posix("os.fork")

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("killed_workers.py")
DATA = ("spec.json", "weights.safetensors", "logits.npy", "signals.npy")


def kept(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.name in DATA}


def ends_as_undisturbed(home, seed, kills):
    command = [sys.executable, str(SCRIPT), str(home), str(seed), str(kills)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["kills"], said["lost"], said["twice"], said["missing"]) == (kills, [], [], 0)
    expected = kept(home / "undisturbed")
    assert len(expected) == 24 * (2 + 3)  # models: spec and weights; spec, logits and signals
    for number in range(said["rounds"]):
        folder = home / f"round{number}"
        assert kept(folder) == expected
        assert list((folder / "claims").iterdir()) == []
        assert [p for p in folder.rglob("*") if p.name.startswith((".", "worker-"))] == []


def test_some_kills(tmp_path):
    ends_as_undisturbed(tmp_path, 1, 6)


@pytest.mark.slow
def test_a_hundred_kills(tmp_path):
    ends_as_undisturbed(tmp_path, 2, 100)
