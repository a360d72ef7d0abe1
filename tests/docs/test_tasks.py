"""The ten tasks of docs/tasks.md: each at most three commands, which are read here, and run as they stand (slow)."""

import os
import re
import shlex
import subprocess
import sys
from importlib import import_module
from pathlib import Path

import pytest

from benchmarks.__main__ import COMMANDS

ROOT = Path(__file__).parents[2]
TEXT = (ROOT / "docs" / "tasks.md").read_text("utf-8")
SECTIONS = re.findall(r"^## (\d+)\. (.*?)\n(.*?)(?=^## |\Z)", TEXT, re.DOTALL | re.MULTILINE)
TASKS = {
    f"{number} {title}": re.search(r"```sh\n(.*?)```", text, re.DOTALL)[1].splitlines()
    for number, title, text in SECTIONS
}
ARENA, PYTHON = ".venv/bin/mia-arena", ".venv/bin/python"
CONSOLE = "import sys\nfrom mia_arena.__main__ import main\nif __name__ == '__main__':\n    sys.exit(main())\n"
LEAVES = {  # what must be there afterwards
    "1": ["output/digits/leaderboard.md"],
    "4": ["output/digits/records/digits--adaptive--none--my_attack_Margin-*.json"],
    "5": ["output/l2/records/digits--adaptive--l2*.json"],
    "6": ["output/digits-half/leaderboard.md"],
    "7": ["output/clinic/leaderboard.md"],
    "8": ["output/outputs/report.html", "output/outputs/summary.json"],
    "9": ["report/report.html"],
}


def test_there_are_ten_of_at_most_three_commands():
    assert [number for number, _, _ in SECTIONS] == [str(n) for n in range(1, 11)]
    assert all(1 <= len(commands) <= 3 for commands in TASKS.values())


@pytest.mark.parametrize("task", TASKS)
def test_each_command_is_one_that_there_is(task):
    for line in TASKS[task]:
        words = shlex.split(line)
        assert words[0] in (ARENA, PYTHON, "printf")
        if words[0] == PYTHON:
            compile(words[2], task, "exec")
        elif words[0] == ARENA:
            command = import_module(COMMANDS[words[1]][0]).command
            command.make_context(words[1], words[2:])  # which refuses what it does not know


@pytest.fixture
def folder(tmp_path):
    """A folder that has nothing but the environment: this Python, and the command as an installer starts it, without
    the working folder among the places of packages.
    """
    scripts = tmp_path / ".venv" / "bin"
    scripts.mkdir(parents=True)
    (scripts / "console.py").write_text(CONSOLE, "utf-8")
    python = shlex.quote(sys.executable)
    for path, words in ((PYTHON, ""), (ARENA, f" {shlex.quote(str(scripts / 'console.py'))}")):
        (tmp_path / path).write_text(f'#!/bin/sh\nexec {python}{words} "$@"\n', "utf-8")
        (tmp_path / path).chmod(0o755)
    return tmp_path


@pytest.mark.slow
def test_they_are_done_on_the_first_try(folder):
    """One after the other, each command as it stands, as somebody does who reads the page; some minutes."""
    environment = {**os.environ, "PYTHONPATH": str(ROOT), "PYTHONSAFEPATH": ""}
    for task, commands in TASKS.items():
        for line in commands:
            done = subprocess.run(["bash", "-c", line], cwd=folder, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, (task, done.stderr)
            if task.startswith(("2", "3", "10")):
                assert done.stdout.count("\n") > 3
        for place in LEAVES.get(task.split()[0], []):
            assert list(folder.glob(place)), (task, place)
