"""A plugin in the working folder is found by the console command as by ``python -m``, and takes nobody's place."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from benchmarks.naming.working_folder import WorkingFolder, found_here

ROOT = Path(__file__).parents[3]
CONSOLE = "import sys\nfrom mia_arena.__main__ import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
ATTACK = "class Margin:\n    def score(self, evidence, rehearsal, rng):\n        return evidence.target[:, 0].max(-1)\n"


@pytest.mark.parametrize("workers", [[], ["--on", "processes", "--workers", "2"]])
def test_the_console_command_plays_an_attack_of_the_working_folder(workers, tmp_path):
    (tmp_path / "scripts").mkdir()
    (tmp_path / "scripts" / "console.py").write_text(CONSOLE, "utf-8")
    here = tmp_path / "mine"
    here.mkdir()
    (here / "my_attack.py").write_text(ATTACK, "utf-8")
    words = ["--attacks", "my_attack:Margin", "--references", "1", "--trials", "1", "--epochs", "1", "--device", "cpu"]
    done = subprocess.run(
        [sys.executable, tmp_path / "scripts" / "console.py", "run", *words, *workers],
        cwd=here,
        env={**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": ""},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert list(here.glob("output/digits/records/*my_attack_Margin*.json"))


def test_a_folder_without_code_is_no_module(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "ray_or_so").mkdir()
    (tmp_path / "code").mkdir()
    (tmp_path / "code" / "__init__.py").write_text("", "utf-8")
    find = WorkingFolder().find_spec
    assert find("ray_or_so") is None
    assert find("nowhere") is None
    assert find("code").origin == str(tmp_path / "code" / "__init__.py")
    assert find("code.inner", [str(tmp_path / "code")]) is None


def test_it_is_asked_last_and_once(monkeypatch):
    others = [
        finder for finder in sys.meta_path if not isinstance(finder, WorkingFolder)
    ]  # a command may have run here
    monkeypatch.setattr(sys, "meta_path", others)
    before = [*sys.meta_path]
    found_here()
    found_here()
    assert sys.meta_path[:-1] == before
    assert isinstance(sys.meta_path[-1], WorkingFolder)
