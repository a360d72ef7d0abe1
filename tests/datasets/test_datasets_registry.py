"""Data sets by name."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from datasets import Pool, load, registry, twins
from datasets.registry import adopt

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def small_twins(monkeypatch):
    for name in twins._SHAPES:
        monkeypatch.setitem(twins._SHAPES, name, (500, 60, 0.24, 0.72))


@pytest.mark.parametrize("name", registry.BUILTIN)
def test_every_built_in_data_set_gives_a_pool_or_says_what_is_missing(name, tmp_path):
    try:
        pool = load(name, None)
    except ValueError as error:
        assert f"give the folder that holds {name}.npz" in str(error)  # noqa: PT017
        return
    assert isinstance(pool, Pool)
    assert pool.name == name


def test_names_cost_neither_numpy_nor_torch_nor_scikit_learn():
    code = "import sys, datasets.registry as r; print(len(r.BUILTIN), {'numpy', 'torch', 'sklearn'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split(" ", 1)[1] == "set()\n"


@pytest.mark.parametrize(
    ("name", "words"),
    [("lettre", "unknown data set 'lettre'; did you mean letter?"), ("qqq", "there are adult, cifar10")],
)
def test_an_unknown_name_is_answered_with_the_nearest(name, words):
    with pytest.raises(ValueError) as error:
        load(name, None)
    assert words in str(error.value)


def test_a_file_that_must_not_be_read_is_named_with_the_reason():
    def loader():
        raise PermissionError(13, "Permission denied", "/data/mine.npz")

    with pytest.raises(ValueError, match=r"^data mine: /data/mine\.npz: Permission denied$"):
        adopt("mine", loader, None)


def test_the_folder_is_for_who_asks_for_it(tmp_path):
    told = []

    def pool(what):
        told.append(what)
        return np.arange(12.0).reshape(6, 2), np.arange(6) % 2

    for loader, expected in (
        (lambda: pool("nothing"), "nothing"),
        (lambda place: pool(place), tmp_path),
        (lambda seed=0: pool(seed), 0),
        (lambda path=None: pool(path), tmp_path),
        (lambda root="data": pool(root), tmp_path),
        (lambda folder=None: pool(folder), tmp_path),
        (lambda seed=0, folder=None: pool((seed, folder)), (0, tmp_path)),
    ):
        assert adopt("mine", loader, tmp_path).classes == 2
        assert told[-1] == expected
