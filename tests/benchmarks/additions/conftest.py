"""A scratch project, and runs beside it."""

import sys

import pytest
from projects import TINY, Project

from benchmarks.run import main
from benchmarks.statistics import adopting


@pytest.fixture
def project(tmp_path, monkeypatch):
    """An importable, empty project; nothing of it is left afterwards."""
    home = tmp_path / "project"
    monkeypatch.syspath_prepend(home)
    before = set(sys.modules)
    adopting.forget()
    yield Project(home)
    adopting.forget()
    for name in set(sys.modules) - before:
        if str(home) in str(getattr(sys.modules[name], "__file__", "")):
            del sys.modules[name]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    """One store for all the tests of a file, so that digits' models are trained once."""
    return tmp_path_factory.mktemp("store")


@pytest.fixture
def run(store, tmp_path):
    """The run command on a tiny digits; returns its exit code and the output folder."""

    def go(*words, output="out", store=store, tiny=TINY):
        folder = tmp_path / output
        return main([*words, *tiny, "--store", str(store), "--output", str(folder)]), folder

    return go
