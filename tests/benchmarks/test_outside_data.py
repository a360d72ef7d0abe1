"""Data sets that other packages bring, as a suite names them."""

import sys
from dataclasses import replace

import numpy as np
import pytest

from benchmarks.training.suites import find

MODULE = '''
import numpy as np

def blobs():
    """Two blobs of points: made up.

    And more words.
    """
    rng = np.random.default_rng(0)
    y = np.arange(100) % 2
    return rng.normal(size=(100, 3)) + y[:, None], y

def in_folder(folder):
    return np.load(folder / "x.npy"), np.arange(100) % 2

def fails():
    raise KeyError("no such thing")

def leaves():
    raise SystemExit(0)

def nothing():
    return None

def crooked():
    return np.zeros((3, 2)), np.zeros(4)
'''


def pool(name, folder):
    return replace(find("digits"), word="mine.toml", dataset=name).pool(folder)


@pytest.fixture
def outside(tmp_path, monkeypatch):
    """A package installed that brings data sets."""
    (tmp_path / "outside_data.py").write_text(MODULE)
    info = tmp_path / "outside_data-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: outside-data\nVersion: 1.0\n")
    names = ("blobs", "in_folder", "fails", "leaves", "nothing", "crooked")
    points = "\n".join([*(f"{n} = outside_data:{n}" for n in names), "digits = outside_data:blobs", "gone = gone:x"])
    (info / "entry_points.txt").write_text(f"[mia_arena.datasets]\n{points}\n")
    monkeypatch.syspath_prepend(tmp_path)
    yield tmp_path
    sys.modules.pop("outside_data", None)


def test_a_callable_of_an_outsider_is_a_data_set(outside):
    made = pool("blobs", None)
    assert (made.name, made.classes, made.x.shape) == ("blobs", 2, (100, 3))
    assert (made.source, made.licence) == ("Two blobs of points: made up.", "not stated")
    np.save(outside / "x.npy", np.arange(300.0).reshape(100, 3))
    assert pool("in_folder", outside).source == "source not stated"


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("fails", "data fails: KeyError: 'no such thing'"),
        ("leaves", "data leaves: SystemExit: 0"),
        ("nothing", "expected a Pool or arrays (x, y), got NoneType"),
        ("crooked", "crooked: expected x (N, ...) and y (N,)"),
        ("gone", "gone:x of the package outside-data cannot be used: ModuleNotFoundError"),
        ("digits", "two plugins are named 'digits': datasets.digits:load and outside_data:blobs of the package"),
        ("bloobs", "unknown data set 'bloobs'; did you mean blobs?"),
        ("qqq", "there are adult, blobs, cifar10"),
    ],
)
def test_what_cannot_be_used_is_one_sentence(outside, name, words):
    with pytest.raises(ValueError) as error:
        pool(name, None)
    assert words in str(error.value)


def test_a_built_in_suite_has_the_built_in_data(outside):
    assert find("digits").pool(None).source.startswith("UCI optical recognition")
    assert "outside_data" not in sys.modules
