"""Plugins of a separate package, installed by pip, run from the command line."""

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from benchmarks import regression
from benchmarks.naming import plugins
from benchmarks.run import main

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

class Typo(Margin):
    access = "probabilty"
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


BROKEN = {
    "loss = outside:Margin": "two plugins are named 'loss'",
    "gone = outside_gone:Margin": "No module named 'outside_gone'",
    "no-attack = outside:NoAttack": "NoAttack: an attack needs a method score",
    "typo = outside:Typo": "got 'probabilty'",
}


@pytest.fixture
def broken(tmp_path, monkeypatch):
    """A package installed whose plugins cannot be used."""
    (tmp_path / "outside.py").write_text(MODULE)
    info = tmp_path / "outside-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside\nVersion: 1.0\n")
    attacks = "\n".join(BROKEN)
    points = f"[mia_arena.attacks]\n{attacks}\n[mia_arena.defenses]\nno-defense = outside:NoAttack\n"
    (info / "entry_points.txt").write_text(points)
    monkeypatch.syspath_prepend(tmp_path)
    clear()
    yield
    clear()


def clear():
    for classes in (plugins.attack_classes, plugins.defense_classes):
        classes.cache_clear()


def test_broken_plugins_stop_nobody_who_does_not_name_them(broken, tmp_path, capsys):
    dry = ["--dry-run", "--store", str(tmp_path / "store")]
    assert main([*dry, "--attacks", "gap", "--defenses", "l2"]) == 0
    assert capsys.readouterr().err == ""
    for arguments in (["--list"], [*dry, "--attacks", "all", "--defenses", "all"]):
        assert main(arguments) == 0
        said = capsys.readouterr().err.splitlines()
        words = [*BROKEN.values(), "NoAttack: a defense needs one of targets"]
        assert len(said) == len(words)
        for line, word in zip(said, words, strict=True):
            assert line.startswith("warning: ")
            assert word in line
            assert "of the package outside" in line


@pytest.mark.parametrize("point", BROKEN)
def test_a_broken_plugin_stops_who_names_it(broken, point, capsys):
    name = point.split()[0]
    for command in (main, regression.main):
        arguments = ["evaluate", "--output", "unused"] if command is regression.main else ["--dry-run"]
        assert command([*arguments, "--attacks", "gap", name]) == 2
        said = capsys.readouterr().err
        assert said.startswith(f"error: --attacks {name}: ")
        assert BROKEN[point] in said
        assert said.count("\n") == 1
