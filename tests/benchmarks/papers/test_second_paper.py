"""The paper of another package that docs/adding.md shows: a table and a claim about the loss attack, start to end."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
TEXT = (ROOT / "docs" / "adding.md").read_text(encoding="utf-8")
MODULE = TEXT.partition("# my_paper.py\n")[2].partition("```")[0]
SIZES = ["--change", "digits:epochs=2", "digits:references=2", "digits:trials=2"]


@pytest.fixture(scope="module")
def environment(tmp_path_factory):
    """That of a Python in which the package is installed."""
    site = tmp_path_factory.mktemp("site")
    (site / "my_paper.py").write_text(MODULE)
    (site / "broken_paper.py").write_text("PAPER = 1 / 0")
    info = site / "my_paper-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: my-paper\nVersion: 1.0\n")
    points = ["my-paper = my_paper:PAPER", "broken = broken_paper:PAPER", "wrong = my_paper:measure"]
    (info / "entry_points.txt").write_text("[mia_arena.papers]\n" + "\n".join(points) + "\n")
    return {**os.environ, "PYTHONPATH": os.pathsep.join([str(ROOT), str(site)])}


def reproduce(environment, folder, *words):
    command = [sys.executable, "-m", "benchmarks.reproduce", *words, "--device", "cpu"]
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True)


@pytest.fixture(scope="module")
def done(environment, tmp_path_factory):
    folder = tmp_path_factory.mktemp("scratch")
    return folder, reproduce(environment, folder, "my-paper", *SIZES)


def test_it_is_trained_measured_and_published(done):
    folder, said = done
    assert said.returncode == 0, said.stderr
    assert "### Table 1: AUC of the loss" in said.stdout
    assert "Digits: epochs 2 instead of" in said.stdout
    assert "It leaks. (Table 1)" in said.stdout
    assert sorted(p.name for p in (folder / "output" / "my-paper").rglob("*") if p.is_file()) == [
        "digits.json",
        "table1.md",
    ]


def test_numbers_of_another_seed_are_refused_before_anything_is_trained(done, environment):
    folder, _ = done
    before = sorted((folder / "store").rglob("*"))
    said = reproduce(environment, folder, "my-paper", *SIZES, "--seed", "1")
    assert said.returncode == 2
    assert "error: --output: digits was measured with seed 0, and this run has seed 1; choose another" in said.stderr
    assert sorted((folder / "store").rglob("*")) == before


def test_numbers_that_somebody_edited_are_refused(done, environment):
    folder, _ = done
    path = folder / "output" / "my-paper" / "numbers" / "digits.json"
    text = path.read_text()
    path.write_text(text.replace('"mean": 0.', '"mean": 0.0'))
    said = reproduce(environment, folder, "my-paper", *SIZES)
    path.write_text(text)
    assert said.returncode == 2
    assert "not as they were written (the sha256 differs); delete it and measure again" in said.stderr


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("my-papr", "unknown paper 'my-papr'; did you mean my-paper?"),
        ("broken", "cannot be used: ZeroDivisionError"),
        ("wrong", "expected a Paper"),
    ],
)
def test_a_paper_that_cannot_be_had_is_one_sentence(environment, tmp_path, name, said):
    found = reproduce(environment, tmp_path, name)
    assert found.returncode == 2
    last = found.stderr.splitlines()[-1]  # before it, perhaps, that an import is being waited for
    assert last.startswith("error: ")
    assert said in last
    assert "Traceback" not in found.stderr
    assert not list(tmp_path.iterdir())
