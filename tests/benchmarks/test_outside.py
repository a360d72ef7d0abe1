"""Plugins of a separate package, installed by pip, run from the command line."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULE = '''
import numpy as np

class Margin:
    """Top logit minus the second."""
    reference = "a test"

    def score(self, evidence, rehearsal, rng):
        top = np.sort(evidence.target[:, 0], axis=-1)
        return (top[:, -1] - top[:, -2]).astype(np.float64)

class Flat:
    """Gives out the same logits for every record of a prediction."""

    def release(self, inputs, logits, predict, rng):
        return (logits == logits.max(-1, keepdims=True)).astype(np.float32)

class NoAttack:
    pass
'''
GOOD = {"attacks": "margin = outside:Margin", "defenses": "flat = outside:Flat"}


def installed(home, points):
    """The environment in which a package with these entry points is installed."""
    wheel = home / "outside-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("outside.py", MODULE)
        info = "outside-1.0.dist-info/"
        file.writestr(info + "METADATA", "Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
        file.writestr(info + "WHEEL", "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
        lines = [f"[mia_arena.{group}]\n{line}\n" for group, line in points.items()]
        file.writestr(info + "entry_points.txt", "".join(lines))
        names = ["outside.py", *(info + n for n in ("METADATA", "WHEEL", "entry_points.txt", "RECORD"))]
        file.writestr(info + "RECORD", "".join(f"{n},,\n" for n in names))
    pip = [
        sys.executable,
        "-m",
        "pip",
        "install",
        "--quiet",
        "--no-index",
        "--no-deps",
        "--target",
        home / "site",
        wheel,
    ]
    subprocess.run(pip, check=True, capture_output=True)
    return {**os.environ, "PYTHONPATH": str(home / "site")}


def run(environment, *arguments):
    command = [sys.executable, "-m", "benchmarks.run", *map(str, arguments)]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)


def test_an_attack_and_a_defense_from_outside_meet_on_a_board(tmp_path):
    environment = installed(tmp_path, GOOD)
    sizes = ["--references", 2, "--trials", 1, "--epochs", 1, "--device", "cpu"]
    places = ["--store", tmp_path / "store", "--output", tmp_path / "out"]
    done = run(environment, "--attacks", "margin", "loss", "--defenses", "flat", *sizes, *places)
    assert done.returncode == 0, done.stderr
    records = [json.loads(p.read_text()) for p in (tmp_path / "out" / "records").glob("*.json")]
    found = {(r["attack"]["name"], r["defense"]["name"]): r["ranking"]["auc"]["mean"] for r in records}
    assert set(found) == {(a, d) for a in ("margin", "loss") for d in ("none", "flat")}
    assert found["margin", "flat"] == 0.5  # one-hot outputs all have the same margin
    assert found["margin", "none"] != 0.5


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ({"attacks": "loss = outside:Margin"}, "two plugins are named 'loss'"),
        ({"attacks": "none-such = outside:Missing"}, "'none-such'"),
        ({"attacks": "no-attack = outside:NoAttack"}, "score"),
        ({"defenses": "no-defense = outside:NoAttack"}, "release"),
    ],
)
def test_a_plugin_that_cannot_be_used_is_named(tmp_path, points, words):
    done = run(installed(tmp_path, points), "--list")
    assert done.returncode == 2
    assert words in done.stderr
    assert done.stderr.count("\n") == 1
