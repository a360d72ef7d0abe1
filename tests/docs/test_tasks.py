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
COMMAND = {PYTHON: shlex.quote(sys.executable), ARENA: f"{shlex.quote(sys.executable)} -m mia_arena"}
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


@pytest.mark.slow
def test_they_are_done_on_the_first_try(tmp_path):
    """In an empty folder, one after the other, as somebody does who reads the page; some minutes."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}."}
    for task, commands in TASKS.items():
        for line in commands:
            word, _, rest = line.partition(" ")
            line = f"{COMMAND.get(word, word)} {rest}"
            done = subprocess.run(["bash", "-c", line], cwd=tmp_path, env=environment, capture_output=True, text=True)
            assert done.returncode == 0, (task, done.stderr)
            if task.startswith(("2", "3", "10")):
                assert done.stdout.count("\n") > 3
        for place in LEAVES.get(task.split()[0], []):
            assert list(tmp_path.glob(place)), (task, place)
