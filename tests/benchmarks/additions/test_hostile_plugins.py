"""A board with hostile plugins beside equals the board without, byte for byte; so does what is stored."""

import os
import shutil
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from conftest import TINY, Project

from benchmarks import engine
from benchmarks import run as command
from benchmarks.naming import loading
from benchmarks.report import plots
from benchmarks.statistics import adopting
from benchmarks.training import jobs
from models.process import Modes

ZOO = (Path(__file__).parent / "hostile_zoo.py").read_text(encoding="utf-8")
ATTACKS = ("loss", "two-stage", "lira-offline", "hostile:Careless")
DEFENSES = ("hamp", "hostile:CarelessDefense")
EVIL_ATTACKS = ("hostile:Attack", "hostile:Learns", "hostile:Raiser")
EVIL_DEFENSES = ("hostile:Hooks", "hostile:Breaks", "hostile:Trains")


def files(folder):
    return {p.relative_to(folder).as_posix(): p.read_bytes() for p in folder.rglob("*") if p.is_file()}


@pytest.fixture(scope="module")
def patch():
    """Nothing that two runs differ in by nature: seconds and commands; nor plots, which take most of a run."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(jobs.time, "perf_counter", lambda: 0.0)
        patch.setattr(engine, "command_of", lambda plan, attacks, data: "a command")
        patch.setattr(plots, "write", lambda records, folder: None)
        yield patch


@pytest.fixture(scope="module")
def points(patch, tmp_path_factory):
    """The zoo where Python finds it, and where its entry points belong."""
    project = Project(tmp_path_factory.mktemp("project"))
    patch.syspath_prepend(project.home)
    project.add("hostile.py", ZOO, metrics={"harm": "hostile:Harmful", "fails": "hostile:Fails"})
    points = project.home / "hostile_py-1.0.dist-info" / "entry_points.txt"
    points.rename(project.home / "points")
    yield points
    sys.modules.pop("hostile", None)


@pytest.fixture
def metrics_installed(points):
    """The zoo's metrics are installed."""

    def look_again():
        adopting.forget()
        loading._outsiders.cache_clear()

    away = points.parents[1] / "points"
    away.rename(points)
    look_again()
    yield
    points.rename(away)
    look_again()


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return tmp_path_factory.mktemp("hostile")


def go(home, name, attacks, defenses, store=""):
    """A run of attacks against defenses; returns its exit code, the board's files and the store's."""
    places = ["--store", str(home / f"{store or name}, store"), "--output", str(home / name)]
    code = command.main(["--attacks", *attacks, "--defenses", *defenses, *TINY, *places])
    return code, files(home / name), files(home / f"{store or name}, store")


@pytest.fixture(scope="module")
def clean(points, home):
    """The files of the board and of the store without hostile plugins."""
    code, board, store = go(home, "clean", ATTACKS, DEFENSES)
    assert code == 0
    return board, store


def surroundings():
    return Modes.now(), os.getcwd(), dict(os.environ), sys.stdout, sys.stderr, np.geterr(), torch.zeros(1).device.type


def mixed(good, evil):
    """One of each in turn."""
    return [name for pair in zip(good, evil, strict=False) for name in pair] + [*good[len(evil) :], *evil[len(good) :]]


ORDERS = {
    "hostile first": (EVIL_ATTACKS + ATTACKS, EVIL_DEFENSES + DEFENSES),
    "hostile last": (ATTACKS + EVIL_ATTACKS, DEFENSES + EVIL_DEFENSES),
    "in turn, the other way round": (mixed(ATTACKS, EVIL_ATTACKS)[::-1], mixed(DEFENSES, EVIL_DEFENSES)[::-1]),
}


@pytest.mark.parametrize("order", ["hostile first", *(pytest.param(o, marks=pytest.mark.slow) for o in [*ORDERS][1:])])
def test_a_board_beside_hostile_plugins_is_the_board_without_them(order, clean, home, metrics_installed, capsys):
    before = surroundings()
    attacks, defenses = ORDERS[order]
    code, board, store = go(home, order, attacks, defenses)
    assert code == 1  # one attack raises
    assert surroundings() == before
    said = capsys.readouterr().err
    assert "warning: metric fails failed: SystemExit: 0; it is left out from here on" in said
    assert "failed: 4 models under hostile:Breaks: a step of training failed: RuntimeError: one of the" in said
    assert said.count("failed: 4 models") == 1
    assert said.count("left out: hostile:Raiser against") == len(defenses)  # none beside them, and Breaks has no games
    assert [name for name, data in clean[1].items() if store.get(name) != data] == []
    evil = [name for name in board if name.startswith("records/") and "hostile" in name]
    assert len(evil) > 2 * 2 * 4


@pytest.mark.parametrize("order", ["hostile first", *(pytest.param(o, marks=pytest.mark.slow) for o in [*ORDERS][1:])])
def test_what_was_stored_beside_hostile_plugins_makes_the_board_without_them(order, clean, home):
    code, again, _ = go(home, f"{order}, later", ATTACKS, DEFENSES, store=order)
    assert code == 0
    assert again == clean[0]


@pytest.mark.parametrize("name", ATTACKS)
def test_an_attack_alone_says_what_it_says_in_company(name, clean, home):
    shutil.rmtree(home / "clean, store" / "outcomes", ignore_errors=True)  # so that it plays again
    code, alone, _ = go(home, f"{name} alone", [name], DEFENSES, store="clean")
    assert code == 0
    records = {file: data for file, data in alone.items() if file.startswith("records/")}
    assert len(records) == 2 * 3
    assert records.items() <= clean[0].items()


SUITE = """
about = "hostile from end to end"
data = "hostile:blobs"
network = "hostile:Network"
protocol = "hostile:Protocol(part=18)"
references = 2
trials = 1

[recipe]
epochs = 1
batch = 6
learning_rate = 0.01
"""


def test_hostile_data_networks_and_protocols_change_nothing_for_those_who_follow(points, home, clean):
    before = surroundings()
    (home / "mine.toml").write_text(SUITE)
    places = ["--store", str(home / "mine, store"), "--device", "cpu", "--attacks", "loss"]
    boards = []
    for name in ("mine", "mine again"):
        code = command.main(["--suite", str(home / "mine.toml"), *places, "--output", str(home / name)])
        assert code == 0
        assert surroundings() == before
        boards.append(files(home / name))
    assert boards[0] == boards[1]  # the data set drew the same again, so that nothing was trained twice
    assert len([*(home / "mine, store" / "models").iterdir()]) == 4
    code, board, store = go(home, "after", ATTACKS, DEFENSES)
    assert (code, board, store) == (0, *clean)
