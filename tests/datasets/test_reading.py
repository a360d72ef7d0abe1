from pathlib import Path

import numpy as np
import pytest
from sklearn.datasets import load_digits

import datasets
from datasets import digits, load, twins

REAL = Path(__file__).parents[3] / "shared" / "datasets"


def save(folder, name, **arrays):
    np.savez(folder / f"{name}.npz", **arrays)
    return folder


def test_digits_are_bundled():
    pool = load("digits", None)
    assert pool.x.shape == (1797, 8, 8, 1)
    assert pool.x.max() == 16
    assert np.bincount(pool.y).min() >= 170
    with pytest.raises(ValueError, match="read-only"):
        pool.x[0] = 0


def test_digits_are_those_of_scikit_learn_with_and_without_its_package(monkeypatch):
    bunch = load_digits()
    for found in (digits.find_spec("sklearn"), None):
        monkeypatch.setattr(digits, "find_spec", lambda name, found=found: found)
        pool = digits.load()
        assert (pool.x == bunch.images[..., None]).all()
        assert (pool.y == bunch.target).all()
        assert pool.digest == load("digits", None).digest


def test_digest_follows_bytes_and_scaling():
    a = load("digits", None)
    changed = a.x.copy()
    changed[0, 0, 0, 0] ^= 1
    fields = {**{k: v for k, v in vars(a).items() if k != "digest"}, "x": changed}
    assert datasets.Pool(**fields).digest != a.digest
    assert datasets.Pool(**{**fields, "x": a.x.copy()}).digest == a.digest
    assert datasets.Pool(**{**fields, "x": a.x.copy(), "scale": (1.0,)}).digest != a.digest


def test_packed_bits_are_unpacked(tmp_path):
    bits = np.array([[1, 0, 1, 1, 0, 0, 0, 0, 1, 1], [0] * 10], np.uint8)
    save(tmp_path, "location30", packed=np.packbits(bits, axis=1), n_features=10, labels=np.array([0, 29]))
    pool = load("location30", tmp_path)
    np.testing.assert_array_equal(pool.x, bits)
    assert pool.y.tolist() == [0, 29]


def test_mixed_columns_are_standardised_and_made_one_hot(tmp_path):
    arrays = {"numeric": np.array([[1], [3]], np.int32), "categorical": np.array([[7], [2]], np.uint8)}
    save(tmp_path, "adult", labels=np.array([0, 1]), **arrays)
    np.testing.assert_allclose(load("adult", tmp_path).x, [[-1, 0, 1], [1, 1, 0]])


@pytest.mark.parametrize(
    ("arrays", "words"),
    [
        ({}, "labels"),
        ({"labels": np.zeros(3, np.uint8)}, "images, packed, features"),
        ({"labels": np.zeros(3, np.uint8), "features": np.zeros((4, 16), np.uint8)}, "4"),
        ({"labels": np.full(3, 26, np.uint8), "features": np.zeros((3, 16), np.uint8)}, "0 to 25"),
        ({"labels": np.full(3, -1), "features": np.zeros((3, 16), np.uint8)}, "0 to 25"),
        ({"labels": np.zeros(3), "features": np.zeros((3, 16), np.uint8)}, "whole numbers"),
        ({"labels": np.zeros(3, np.uint8), "features": np.zeros((3, 16))}, "uint8"),
        ({"labels": np.zeros(3, np.uint8), "packed": np.zeros((3, 2), np.uint8), "n_features": 99}, "99"),
        ({"labels": np.array([None, 1], object)}, "npz"),
    ],
)
def test_unsound_files_are_named_with_what_is_wrong(tmp_path, arrays, words):
    save(tmp_path, "letter", **arrays)
    with pytest.raises(ValueError) as error:
        load("letter", tmp_path)
    assert "letter.npz" in str(error.value)
    assert words in str(error.value)


@pytest.mark.parametrize("channels", [1, 2, 4])
def test_pictures_of_another_number_of_channels_are_refused(tmp_path, channels):
    save(tmp_path, "cifar10", images=np.zeros((3, 32, 32, channels), np.uint8), labels=np.arange(3))
    with pytest.raises(ValueError, match=r"cifar10\.npz: cifar10: expected 3 values on the last axis"):
        load("cifar10", tmp_path)


@pytest.mark.parametrize("keep", [0, 10, 0.5, 0.99])
def test_truncated_files_are_named(tmp_path, keep):
    save(tmp_path, "letter", labels=np.zeros(300, np.uint8), features=np.zeros((300, 16), np.uint8))
    path = tmp_path / "letter.npz"
    data = path.read_bytes()
    path.write_bytes(data[: int(keep if keep >= 1 else keep * len(data))])
    with pytest.raises(ValueError, match=r"letter\.npz"):
        load("letter", tmp_path)


def test_folders_that_are_none(tmp_path):
    (tmp_path / "file").write_text("")
    for data in (tmp_path / "file", tmp_path / "no" / "such"):
        with pytest.raises(ValueError, match="expected a folder"):
            load("letter", data)
    with pytest.raises(ValueError, match=r"cannot be fetched: put the file there"):
        load("letter", tmp_path)
    with pytest.raises(ValueError, match="--data"):
        load("letter", None)


@pytest.mark.skipif(not REAL.is_dir(), reason="the real data sets are not at hand")
@pytest.mark.parametrize(
    ("name", "shape", "classes"),
    [
        ("location30", (5010, 446), 30),
        ("letter", (20000, 16), 26),
        ("news20", (18846, 6000), 20),
        ("adult", (48842, 6), 2),
    ],
)
def test_real_sets(name, shape, classes):
    pool = load(name, REAL)
    assert len(pool.x) == shape[0]
    assert pool.x.shape[1] >= shape[1]
    assert len(np.unique(pool.y)) == classes


def test_twins_have_the_shapes_and_say_that_they_are_synthetic(monkeypatch):
    monkeypatch.setitem(twins._SHAPES, "purchase100-twin", (5000, 600, 0.24, 0.72))
    pool, again = load("purchase100-twin", None), load("purchase100-twin", None)
    assert pool.x.shape == (5000, 600)
    assert pool.synthetic
    assert pool.digest == again.digest
    assert 0.2 < pool.x.mean() < 0.28
