"""Records name the code that made them."""

import subprocess
from importlib.metadata import version
from pathlib import Path

import pytest

from benchmarks.training import facts

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def _asked_anew():
    facts.ours.cache_clear()
    yield
    facts.ours.cache_clear()


@pytest.mark.skipif(not (ROOT / ".git").exists(), reason="needs a clone")
def test_a_clone_names_its_commit():
    head = subprocess.run(["git", "rev-parse", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True).stdout
    said = facts.versions()["mia-arena"]
    assert said.startswith(f"{version('mia-arena')} ({head[:12]}")
    assert said.endswith((")", "-dirty)"))


def test_what_is_no_clone_names_its_version_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(facts, "__file__", str(tmp_path / "a" / "b" / "facts.py"))
    assert facts.ours() == version("mia-arena")


def test_without_git_the_version_stands_alone(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert facts.ours() == version("mia-arena")
