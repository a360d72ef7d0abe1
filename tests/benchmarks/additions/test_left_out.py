"""What breaks is left out and named, the rest is published, and the exit code says so."""

import pytest
from projects import FILES

ATTACKS = """
import numpy as np

class Breaks:
    def score(self, evidence, rehearsal, rng):
        return evidence.no_such_thing

class Lies:
    def score(self, evidence, rehearsal, rng):
        return np.full(len(evidence.labels), np.nan)

class Leaves:
    def score(self, evidence, rehearsal, rng):
        raise SystemExit(0)

class Wants:
    needs = "shadow"
    def score(self, evidence, rehearsal, rng):
        return np.zeros(len(evidence.labels))
"""
DEFENSES = """
class Raises:
    def loss(self, logits, batch):
        return logits.no_such_thing

class Nan:
    def loss(self, logits, batch):
        return logits.sum((1, 2)) * float("nan")

class Leaves:
    def train(self, task, rngs):
        raise SystemExit(0)

class Silent:
    def release(self, context, logits):
        return None
"""


def board(folder):
    """The (attack, defense) that have records, as files name them."""
    return {tuple(path.stem.split("--")[2:]) for path in (folder / "records").glob("*.json")}


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Breaks", "AttributeError: 'Evidence' object has no attribute 'no_such_thing' (broken.py:6)"),
        ("Lies", "expected finite scores, got 598 of 598 that are NaN or infinite"),
        ("Leaves", "SystemExit: 0 (broken.py:14)"),
    ],
)
def test_an_attack_that_breaks_costs_its_own_records_alone(name, reason, project, run, capsys):
    project.add("broken.py", ATTACKS)
    code, folder = run("--attacks", "loss", f"broken:{name}", "gap", "--defenses", "l2")
    assert code == 1
    assert board(folder) == {(d, a) for a in ("loss", "gap") for d in ("none", "l2")}
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("left out: ")]
    assert said == [f"left out: broken:{name} against {d}: {reason}" for d in ("none", "l2")]


def test_an_attack_that_needs_what_the_protocol_lacks_is_named_and_nothing_failed(project, run, capsys):
    project.add("broken.py", ATTACKS)
    code, folder = run("--attacks", "broken:Wants", "loss")
    assert code == 0
    assert board(folder) == {("none", "loss")}
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("left out: ")]
    assert said == ["left out: broken:Wants needs models that saw the record; six-split has none"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("Raises", "AttributeError: 'Tensor' object has no attribute 'no_such_thing' (broken.py:4)"),
        ("Nan", "loss"),
        ("Leaves", "SystemExit: 0 (broken.py:12)"),
        ("Silent", "released logits"),
    ],
)
def test_a_defense_that_breaks_or_diverges_costs_its_own_records_alone(name, reason, project, run, capsys):
    project.add("broken.py", DEFENSES)
    code, folder = run("--attacks", "loss", "gap", "--defenses", f"broken:{name}", "l2")
    assert code == 1
    assert board(folder) == {(d, a) for a in ("loss", "gap") for d in ("none", "l2")}
    text = capsys.readouterr().err
    said = [line for line in text.splitlines() if line.startswith("failed: ")]
    assert all(f" under broken:{name}: " in line and reason in line for line in said), said
    assert sum(int(line.split()[1]) for line in said) == 4
    assert f"no trial of broken:{name} is complete; it has no records" in text


def test_one_that_fails_beside_what_is_shown_leaves_that_alone(project, run, capsys):
    project.add("broken.py", ATTACKS).add("excess.py", FILES["excess.py"], attacks={"excess": "excess:Excess"})
    code, folder = run("--attacks", "broken:Breaks", "excess")
    assert code == 1
    assert board(folder) == {("none", "excess")}


@pytest.mark.parametrize("words", [["--attacks", "broken:Breaks"], ["--attacks", "broken:Wants"]])
def test_nothing_to_publish_is_one_sentence(words, project, run, capsys):
    project.add("broken.py", ATTACKS)
    code, folder = run(*words)
    assert code == 2
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert len(said) == 1
    assert not (folder / "leaderboard.md").exists()


LEAVING = {
    "networks": ("class Net:\n    def build(self, shape, classes):\n        raise SystemExit(0)\n", "Net"),
    "datasets": ("def data():\n    raise SystemExit(0)\n", "data"),
    "protocols": ("    def split(self, *_):\n        raise SystemExit(0)\n", "Split"),
}
PROTOCOL = """
from dataclasses import dataclass, replace
from typing import ClassVar

@dataclass(frozen=True)
class Split:
    name: ClassVar[str] = "mine"
    gives: ClassVar[frozenset] = frozenset()
    part: int = 60
    def resized(self, part):
        return replace(self, part=part)
"""
SUITE = """
data = "{datasets}"
network = "{networks}"
protocol = "{protocols}"
references = 2
trials = 1
[recipe]
epochs = 1
batch = 32
optimizer = "adam"
learning_rate = 0.001
"""
USUAL = {"networks": "mlp(hidden=(8,))", "datasets": "digits", "protocols": "six-split(part=60)"}


def mine(project, kind, text, name):
    """A project with one plugin `mine`, and a suite that uses it."""
    head = "from dataclasses import dataclass\n\n@dataclass(frozen=True)\n" if kind == "networks" else ""
    project.add("leaving.py", (PROTOCOL if kind == "protocols" else head) + text, **{kind: {"mine": f"leaving:{name}"}})
    suite = project.home / "own.toml"
    suite.write_text(SUITE.format(**{**USUAL, kind: "mine"}), encoding="utf-8")
    return "--suite", str(suite), "--attacks", "loss"


@pytest.mark.parametrize("kind", LEAVING)
def test_no_plugin_ends_a_run_as_if_all_were_well(kind, project, run, tmp_path, capsys):
    code, folder = run(*mine(project, kind, *LEAVING[kind]), store=tmp_path / "store", tiny=("--device", "cpu"))
    said = [line for line in capsys.readouterr().err.splitlines() if line.startswith("error: ")]
    assert (code, len(said)) == (2, 1)
    assert not (folder / "leaderboard.md").exists()


@pytest.mark.parametrize(
    ("body", "reason"),
    [
        ("raise KeyError('x')", "protocol mine: KeyError: 'x'"),
        ("return None", "protocol mine: expected split to return a Split, got NoneType"),
        ("return 1 / 0", "protocol mine: ZeroDivisionError: division by zero"),
    ],
)
def test_a_protocol_that_breaks_is_one_sentence(body, reason, project, run, tmp_path, capsys):
    words = mine(project, "protocols", f"    def split(self, *_):\n        {body}\n", "Split")
    code, _ = run(*words, tiny=("--dry-run",))
    assert (code, capsys.readouterr().err) == (2, f"error: {reason}\n")
