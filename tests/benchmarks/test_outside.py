"""Plugins of a separate package, installed by pip, run from the command line."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

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

    def release(self, context, logits):
        return (logits == logits.max(-1, keepdims=True)).astype(np.float32)

class Nearest:
    """Nearest class mean, sharpened until the training records are as likely as can be; no network at all."""

    version = 3

    def train(self, task, rngs):
        return [Means(task.x[rows], task.y[rows], task.classes) for rows in task.rows]

class Means:
    def __init__(self, x, y, classes):
        x = x.reshape(len(x), -1)
        self.means = np.stack([x[y == c].mean(0) for c in range(classes)])
        self.sharpness = 1.0
        likely = {s: self.mean_log(x, y, s) for s in (0.01, 0.1, 1.0)}
        self.sharpness = max(likely, key=likely.get)
        self.facts = {"sharpness": self.sharpness}

    def predict(self, x):
        x = x.reshape(len(x), -1)
        return -self.sharpness * ((x[:, None] - self.means) ** 2).sum(-1)

    def mean_log(self, x, y, sharpness):
        logits = self.predict(x) * sharpness
        logits = logits - logits.max(-1, keepdims=True)
        return float((logits - np.log(np.exp(logits).sum(-1, keepdims=True)))[np.arange(len(y)), y].mean())

class Raising:
    def loss(self, logits, batch):
        return logits.cross_entropy(batch)

'''
OWN = "flat = outside:Flat\nnearest = outside:Nearest\nraising = outside:Raising"
GOOD = {"attacks": "margin = outside:Margin", "defenses": OWN}
SIZES = ["--references", 2, "--trials", 1, "--epochs", 1, "--device", "cpu"]


def installed(home, points, module=MODULE):
    """The environment in which a package with these entry points is installed."""
    wheel = home / "outside-1.0-py3-none-any.whl"
    with zipfile.ZipFile(wheel, "w") as file:
        file.writestr("outside.py", module)
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
    places = ["--store", tmp_path / "store", "--output", tmp_path / "out"]
    done = run(environment, "--attacks", "margin", "loss", "--defenses", "flat", *SIZES, *places)
    assert done.returncode == 0, done.stderr
    records = [json.loads(p.read_text()) for p in (tmp_path / "out" / "records").glob("*.json")]
    found = {(r["attack"]["name"], r["defense"]["name"]): r["metrics"]["auc"]["mean"] for r in records}
    assert set(found) == {(a, d) for a in ("margin", "loss") for d in ("none", "flat")}
    assert found["margin", "flat"] == 0.5  # one-hot outputs all have the same margin
    assert found["margin", "none"] != 0.5


def test_a_defense_with_its_own_training_and_predictor_meets_on_a_board(tmp_path):
    environment = installed(tmp_path, GOOD)
    places = ["--store", tmp_path / "store", "--output", tmp_path / "out"]
    done = run(environment, "--attacks", "loss", "--defenses", "nearest", *SIZES, *places)
    assert done.returncode == 0, done.stderr
    records = [json.loads(p.read_text()) for p in (tmp_path / "out" / "records").glob("*.json")]
    assert {r["defense"]["name"] for r in records} == {"none", "nearest"}
    entries = list((tmp_path / "store" / "models").iterdir())
    specs = {e: json.loads((e / "spec.json").read_text())["defense"] for e in entries}
    own = [e for e, defense in specs.items() if defense["name"] == "nearest"]
    assert len(own) == 4  # target, shadow, two references
    for entry in own:
        assert specs[entry] == {"name": "nearest", "type": "outside:Nearest", "version": 3}
        assert json.loads((entry / "facts.json").read_text())["facts"]["defense"]["sharpness"] in (0.01, 0.1, 1.0)


def test_a_hook_that_raises_is_answered_in_a_sentence_with_its_place(tmp_path):
    environment = installed(tmp_path, GOOD)
    places = ["--store", tmp_path / "store", "--output", tmp_path / "out"]
    done = run(environment, "--attacks", "loss", "--defenses", "raising", *SIZES, *places)
    assert done.returncode == 1
    line = 1 + MODULE.splitlines().index("        return logits.cross_entropy(batch)")
    words = "AttributeError: 'Tensor' object has no attribute 'cross_entropy'"
    said = [text for text in done.stderr.splitlines() if text.startswith("failed: ")]
    assert said == [f"failed: 4 models under raising: {words} (outside.py:{line})"]
    assert "no trial of raising is complete; it has no records" in done.stderr
    records = [json.loads(p.read_text()) for p in (tmp_path / "out" / "records").glob("*.json")]
    assert {r["defense"]["name"] for r in records} == {"none"}
