"""Commands that are shown to be copied: they start here as they stand."""

import os
import sys

import pytest

from benchmarks.naming.program import program


@pytest.fixture
def environment(tmp_path, monkeypatch):
    """An environment in the working folder, not activated, of a Python and the command."""
    scripts = tmp_path / ".venv" / "bin"
    scripts.mkdir(parents=True)
    for name in ("python", "mia-arena", "mia-arena.exe"):
        (scripts / name).write_text("#!/bin/sh\n", "utf-8")
        (scripts / name).chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(scripts / "python"))
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    monkeypatch.chdir(tmp_path)
    return scripts


def test_it_is_named_by_its_place_below_the_working_folder(environment):
    assert program().removesuffix(".exe") == os.path.join(".venv", "bin", "mia-arena")


def test_from_another_folder_it_is_named_by_its_whole_place(environment, tmp_path, monkeypatch):
    (tmp_path / "a folder").mkdir()
    monkeypatch.chdir(tmp_path / "a folder")
    assert str(environment / "mia-arena") in program()


def test_where_the_environment_is_activated_its_name_is_enough(environment, monkeypatch):
    monkeypatch.setenv("PATH", str(environment))
    assert program() == "mia-arena"


@pytest.mark.posix("links of pipx and uv")
def test_a_link_to_it_on_the_path_is_it_and_another_one_is_not(environment, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path / "elsewhere"))
    (tmp_path / "elsewhere").mkdir()
    link = tmp_path / "elsewhere" / "mia-arena"
    link.write_text("#!/bin/sh\n", "utf-8")
    link.chmod(0o755)
    assert program() == ".venv/bin/mia-arena"
    link.unlink()
    link.symlink_to(environment / "mia-arena")
    assert program() == "mia-arena"


def test_without_the_command_python_starts_it(environment):
    for path in environment.glob("mia-arena*"):
        path.unlink()
    assert program() == f"{os.path.join('.venv', 'bin', 'python')} -m mia_arena"
