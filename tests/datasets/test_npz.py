"""Whatever lies in a file is read, or refused in one sentence that names it, before memory is asked for."""

import io
import pickle
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from datasets import load, npz, read_own
from datasets.npz import read_npy, read_npz


def header(shape, descr="|u1", extra=b""):
    """The bytes of an .npy file whose header says this, whatever follows."""
    text = f"{{'descr': {descr!r}, 'fortran_order': False, 'shape': {shape}, }}".encode() + extra
    text += b" " * (-(len(text) + 11) % 64) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def archive(path, members, method=zipfile.ZIP_STORED):
    with zipfile.ZipFile(path, "w", method) as file:
        for name, data in members.items():
            file.writestr(f"{name}.npy", data)
    return path


def test_arrays_of_all_kinds_come_back(tmp_path):
    arrays = {
        "a": np.arange(24, dtype=np.uint8).reshape(2, 3, 4),
        "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
        "empty": np.zeros((0, 5), np.int32),
        "scalar": np.array(7),
        "flags": np.array([True, False]),
        "text": np.array(["x", "yy"]),
        "big-endian": np.arange(3, dtype=">i4"),
    }
    for save in (np.savez, np.savez_compressed):
        save(tmp_path / "a.npz", **arrays)
        found = read_npz(tmp_path / "a.npz")
        assert set(found) == set(arrays)
        for name, array in arrays.items():
            np.testing.assert_array_equal(found[name], array)
    np.save(tmp_path / "a.npy", arrays["a"])
    np.testing.assert_array_equal(read_npy(tmp_path / "a.npy"), arrays["a"])


HOSTILE = {
    "huge": header((10**12, 10**6)) + b"x" * 99,
    "beyond integers": header((10**400,)) + b"x" * 99,
    "negative": header((-5,)) + b"x" * 99,
    "two negative": header((-5, -5)) + b"x" * 99,
    "objects": header((1,), "|O") + pickle.dumps([1]),
    "short": header((100,)) + b"x" * 99,
    "long": header((98,)) + b"x" * 99,
    "larger than its file": header((10**6, 10**6)) + b"x" * 99,
    "no dtype": header((1,), "nonsense"),
    "no width": header((3,), "|V0"),
    "no tuple": header("'x'"),
    "nested": header("(" * 3000 + ")" * 3000),
    "not a number": header("(1.5,)"),
    "code": header("(__import__('os').system('false'),)"),
    "extra": header((1,), extra=b"nonsense") + b"x",
    "version": b"\x93NUMPY\x09\x00" + header((1,))[8:] + b"x",
    "no magic": b"NUMPY" * 40,
    "nothing": b"",
}


MISFITS = {"huge", "beyond integers", "negative", "two negative", "no width", "larger than its file"}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_members_are_refused_in_one_sentence(tmp_path, name):
    path = archive(tmp_path / "letter.npz", {"labels": HOSTILE[name]})
    with pytest.raises(ValueError, match=r"letter\.npz: cannot be read as \.npz") as error:
        read_npz(path)
    assert "\n" not in str(error.value)
    assert ("does not fit into" in str(error.value)) == (name in MISFITS)
    if name != "long":  # of an .npy file nobody reads the end
        (tmp_path / "x.npy").write_bytes(HOSTILE[name])
        with pytest.raises(ValueError, match=r"x\.npy: cannot be read as \.npy"):
            read_npy(tmp_path / "x.npy")


def test_memory_is_not_asked_for_on_a_headers_word(tmp_path):
    path = archive(tmp_path / "letter.npz", {"labels": HOSTILE["huge"]})
    bomb = bytearray(archive(tmp_path / "b.npz", {"labels": header((99,)) + b"x" * 99}).read_bytes())
    place = bomb.index(b"PK\x01\x02") + 24  # the size that the directory says
    bomb[place : place + 4] = (2**31).to_bytes(4, "little")
    (tmp_path / "b.npz").write_bytes(bomb)
    tracemalloc.start()
    for file in (path, tmp_path / "b.npz"):
        with pytest.raises(ValueError, match="cannot be read"):
            read_npz(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 5e6


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_every_method_of_zip_is_read(tmp_path, method):
    buffer = io.BytesIO()
    np.save(buffer, np.arange(50))
    path = archive(tmp_path / "a.npz", {"x": buffer.getvalue()}, method)
    np.testing.assert_array_equal(read_npz(path)["x"], np.arange(50))


def test_a_file_that_must_not_be_read_is_not_called_damaged(tmp_path, monkeypatch):
    def closed(_path):
        raise PermissionError(13, "Permission denied", "x")

    (tmp_path / "mine.npz").write_bytes(b"PK")
    monkeypatch.setattr(npz, "_members", closed)
    with pytest.raises(ValueError, match=r"mine\.npz: cannot be read: Permission denied$"):
        read_npz(tmp_path / "mine.npz")


def test_places_that_are_no_files(tmp_path):
    (tmp_path / "letter.npz").mkdir()
    with pytest.raises(ValueError, match=r"letter\.npz: expected \.npz, got no regular file"):
        load("letter", tmp_path)
    with pytest.raises(ValueError, match="got nothing there"):
        read_npz(tmp_path / "none.npz")


def sound(folder):
    """Sound files of a known set and of one's own, in every kind of array and of compression."""
    rng = np.random.default_rng(0)
    labels = np.arange(90) % 30
    pandas = pytest.importorskip("pandas")
    archives = {
        "location30.npz": {"packed": rng.integers(0, 256, (90, 2), np.uint8), "n_features": 13, "labels": labels},
        "letter.npz": {"features": rng.integers(0, 9, (90, 16), np.uint8), "labels": labels % 26},
        "adult.npz": {
            "numeric": rng.integers(0, 99, (90, 2)),
            "categorical": rng.integers(0, 3, (90, 2), np.uint8),
            "labels": labels % 2,
        },
        "mnist.npz": {"images": rng.integers(0, 9, (90, 4, 4, 1), np.uint8), "labels": (labels % 10).astype(np.uint8)},
        "own.npz": {"x": rng.normal(size=(90, 3)), "y": labels},
    }
    for i, (name, arrays) in enumerate(archives.items()):
        buffers = {}
        for key, array in arrays.items():
            np.save(buffer := io.BytesIO(), array)
            buffers[key] = buffer.getvalue()
        archive(folder / name, buffers, (0, 8, 12, 14, 8)[i])
    table = np.column_stack([rng.normal(size=(90, 3)), labels])
    np.save(folder / "own.npy", table)
    frame = pandas.DataFrame(table, columns=["a", "b", "c", "label"])
    frame.to_csv(folder / "own.csv", index=False)
    frame.to_parquet(folder / "own.parquet")
    return sorted(folder.iterdir())


def corrupted(data, rng):
    """`data` with a few bytes changed, dropped, repeated or exchanged."""
    data = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        a, b = sorted(rng.integers(0, len(data), 2).tolist())
        kind = rng.integers(6)
        if kind == 0:
            data[a] = int(rng.integers(256))
        elif kind == 1:
            data[a] ^= 1 << int(rng.integers(8))
        elif kind == 2:
            del data[a : min(b, a + 40)]
        elif kind == 3:
            data[a:a] = data[a : min(b, a + 40)]
        elif kind == 4:
            data = data[: max(a, 1)]
        else:
            data[a : a + 8] = [0, 2**31, 2**63 - 1, 2**64 - 1][rng.integers(4)].to_bytes(8, "little")
        if not data:
            break
    return bytes(data)


def fuzz(folder, count):
    """Read `count` corruptions; returns how many were refused. Everything else than ValueError escapes."""
    files, rng, refused = [(p, p.read_bytes()) for p in sound(folder)], np.random.default_rng(1), []
    place = folder / "spoilt"
    place.mkdir()
    for i in range(count):
        path, data = files[i % len(files)]
        spoilt = place / path.name
        spoilt.write_bytes(corrupted(data, rng))
        try:
            pool = read_own(spoilt, "me", "mine") if path.stem == "own" else load(path.stem, place)
        except ValueError as error:
            refused.append(str(error))
            continue
        assert len(pool.x) == len(pool.y)
        assert pool.x.dtype == np.uint8 or np.isfinite(pool.x).all()
        assert path.stem == "own" or pool.source.endswith("as found, not verified")
    wrong = [s for s in refused if f"{place}/" not in s or not s.isprintable()]
    assert not wrong
    return len(refused)


def test_sound_files_are_read(tmp_path):
    for path in sound(tmp_path):
        pool = read_own(path, "me", "mine") if path.stem == "own" else load(path.stem, tmp_path)
        assert len(pool.y) == 90


def test_two_hundred_corruptions_are_refused_or_read(tmp_path):
    assert fuzz(tmp_path, 200) > 120


@pytest.mark.slow
def test_two_thousand_corruptions_are_refused_or_read(tmp_path):
    assert fuzz(tmp_path, 2000) > 1200


def test_nothing_is_read_by_pickle():
    package = Path(__file__).parents[2] / "datasets"
    text = "".join(p.read_text(encoding="utf-8") for p in package.glob("*.py"))
    assert "import pickle" not in text
    assert "np.load(" not in text


def test_arrays_of_one_name_are_refused(tmp_path):
    path = archive(tmp_path / "letter.npz", {"labels": header((1,)) + b"x"})
    with zipfile.ZipFile(path, "a") as file:
        file.writestr("labels", header((1,)) + b"y")
    with pytest.raises(ValueError, match=r"letter\.npz: cannot be read as \.npz \(two arrays are named 'labels'\)"):
        read_npz(path)
