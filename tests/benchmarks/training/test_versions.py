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


def test_boards_that_were_made_again_change_no_code(monkeypatch, tmp_path):
    def git(*words):
        return subprocess.run(["git", "-C", str(tmp_path), *words], check=True, capture_output=True, text=True).stdout

    for name in ("code.py", "results/board.md", "docs/hamp.md"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("as it was")
    git("init", "--quiet")
    git("add", ".")
    git("-c", "user.name=n", "-c", "user.email=e", "commit", "--quiet", "-m", "all")
    head = git("rev-parse", "HEAD")[:12]
    monkeypatch.setattr(facts, "__file__", str(tmp_path / "a" / "b" / "facts.py"))
    (tmp_path / "results" / "board.md").write_text("made again")
    (tmp_path / "docs" / "hamp.md").write_text("made again")
    assert facts.ours() == f"{version('mia-arena')} ({head})"
    facts.ours.cache_clear()
    (tmp_path / "code.py").write_text("changed")
    assert facts.ours() == f"{version('mia-arena')} ({head}-dirty)"


def test_what_is_no_clone_names_its_version_alone(monkeypatch, tmp_path):
    monkeypatch.setattr(facts, "__file__", str(tmp_path / "a" / "b" / "facts.py"))
    assert facts.ours() == version("mia-arena")


def test_without_git_the_version_stands_alone(monkeypatch):
    monkeypatch.setenv("PATH", "")
    assert facts.ours() == version("mia-arena")
