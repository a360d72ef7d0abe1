"""A large game is streamed: memory stays far below its outputs' size; seconds are printed, never asserted."""

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.posix("the module resource")

ROOT = Path(__file__).parents[3]
SCRIPT = Path(__file__).with_name("large_game.py")
MOST = 4.0  # GB
OUTPUTS = 66 * 22_000 * 100 * 4 / 1e9  # GB of all models' logits


def run(*words):
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    command = [sys.executable, str(SCRIPT), *map(str, words)]
    return subprocess.run(command, env=environment, check=True, stdout=subprocess.PIPE, text=True).stdout


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    home = tmp_path_factory.mktemp("store")
    run("make", home)
    return home


@pytest.mark.slow
@pytest.mark.parametrize("kept", ["yes", "no"])
def test_all_attacks_play_a_large_game_within_four_gigabytes(store, kept, capsys):
    told = json.loads(run("play", store, kept))
    with capsys.disabled():
        print(
            f"\nn = 20,000, C = 100, R = 64, signals stored: {kept}; {told['attacks']} attacks: "
            f"{told['seconds']:.1f} s "
            f"({told['processor']:.1f} s of processors), floor {told['floor']:.3f} s to copy {told['read_gb']:.2f} GB; "
            f"peak {told['peak_gb']:.2f} GB, "
            f"of which {told['added_gb']:.2f} GB by playing\n{told['each']}"
        )
    assert told["left"] == []
    assert told["attacks"] >= 25
    assert min(told["auc"].values()) > 0.5
    assert told["peak_gb"] < MOST
    assert told["added_gb"] < OUTPUTS  # streamed: never all models' logits in memory
