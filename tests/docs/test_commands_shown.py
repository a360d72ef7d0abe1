"""Every command that a page shows is one that there is, with options that it has; nothing is run."""

import re
import shlex
from importlib import import_module
from pathlib import Path

import click
import pytest

from benchmarks.__main__ import COMMANDS

ROOT = Path(__file__).parents[2]
PAGES = [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *sorted((ROOT / "docs").rglob("*.md"))]


def shown(page):
    """What follows the command's name in the lines of a page's shell blocks, and in what stands in backquotes."""
    fence = re.compile(r"^```(\w*)\n(.*?)^```", re.DOTALL | re.MULTILINE)
    text = page.read_text("utf-8")
    blocks = [block for language, block in fence.findall(text) if language in ("", "sh", "powershell")]
    lines = [line for block in blocks for line in block.replace("\\\n", " ").splitlines()]
    lines += [" ".join(words.split()) for words in re.findall(r"`([^`]+)`", fence.sub("", text))]
    found = [re.match(r"(?:\.venv/bin/)?mia-arena ([a-z-].*)", line) for line in lines]
    return [match[1] for match in found if match]


COMMANDS_SHOWN = [(page.stem, words) for page in PAGES for words in shown(page)]


def test_they_are_found():
    assert len(COMMANDS_SHOWN) > 40
    assert ("report", "report results/boards --output page --pictures all") in COMMANDS_SHOWN


@pytest.mark.parametrize(("page", "line"), COMMANDS_SHOWN)
def test_it_can_be_read(page, line):
    words = shlex.split(line, comments=True)
    if words[0].startswith("--"):
        assert words[0] in ("--help", "--version")
        return
    command = import_module(COMMANDS[words[0]][0]).command
    with command.make_context(words[0], words[1:]) as context:
        if isinstance(command, click.Group):
            name, inner, rest = command.resolve_command(context, words[1:])
            inner.make_context(name, rest, parent=context)
