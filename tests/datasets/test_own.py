"""Data of one's own: every format gives the same records, and what is not understood is refused."""

import sys

import numpy as np
import pytest

from datasets import read_own
from datasets.arrays import pool_of

pandas = pytest.importorskip("pandas")
X = np.array([[20.5, 0, 7], [30.5, 1, 7], [40.5, 0, 300], [50.5, 1, 7], [60.5, 0, 7], [70.5, 1, 7]])
Y = np.array([0, 1, 0, 1, 0, 1])


def written(folder, suffix):
    path = folder / f"mine{suffix}"
    frame = pandas.DataFrame({"age": X[:, 0], "sick": X[:, 1].astype(int), "code": X[:, 2].astype(int), "label": Y})
    {
        ".npz": lambda: np.savez(path, x=X, y=Y),
        ".npy": lambda: np.save(path, np.column_stack([X, Y])),
        ".csv": lambda: frame.to_csv(path, index=False),
        ".parquet": lambda: frame.to_parquet(path),
    }[suffix]()
    return path


@pytest.mark.parametrize("suffix", [".npz", ".npy", ".csv", ".parquet"])
def test_every_format_gives_the_same_records(tmp_path, suffix):
    pool = read_own(written(tmp_path, suffix), "my clinic", "not to be shared", synthetic=True)
    np.testing.assert_array_equal(pool.x, X.astype(np.float32))
    np.testing.assert_array_equal(pool.y, Y)
    assert (pool.name, pool.classes, pool.source, pool.licence) == (f"mine{suffix}", 2, "my clinic", "not to be shared")
    assert pool.synthetic
    inputs = pool.x * np.array(pool.scale) + np.array(pool.shift)
    np.testing.assert_allclose(inputs[:, [0, 2]].mean(0), 0, atol=1e-4)
    np.testing.assert_allclose(inputs[:, [0, 2]].std(0), 1, atol=1e-4)
    np.testing.assert_array_equal(inputs[:, 1], X[:, 1])  # 0 and 1 stay


def test_the_class_is_the_column_label_or_else_the_last(tmp_path):
    (tmp_path / "a.csv").write_text("label,a,b\nx,1,5\ny,2,6\nx,3,5\ny,4,5\n")
    (tmp_path / "b.csv").write_text("\ufeffa, b ,kind\r\n1,5,x\r\n2,6,y\r\n\r\n3,5,x\r\n4,5,y\r\n", encoding="utf-8")
    for name in ("a.csv", "b.csv"):
        pool = read_own(tmp_path / name, "me", "mine")
        assert pool.x.tolist() == [[1, 5], [2, 6], [3, 5], [4, 5]]
        assert pool.x.dtype == np.uint8
        assert pool.y.tolist() == [0, 1, 0, 1]


@pytest.mark.parametrize(
    ("x", "kind", "scale"),
    [
        (np.arange(0, 12).reshape(6, 2) * 20, np.uint8, 2),
        (np.arange(0, 12).reshape(6, 2) * 30, np.float32, 2),
        (np.arange(0, 12).reshape(6, 2) - 1, np.float32, 2),
        (np.arange(0, 12).reshape(6, 2) > 4, np.uint8, 1),
        (np.arange(0, 12).reshape(6, 2) / 11, np.float32, 1),
        (np.arange(0, 96, dtype=np.uint8).reshape(6, 2, 2, 4), np.uint8, 1),
    ],
)
def test_bytes_stay_bytes_and_ranges_are_scaled(x, kind, scale):
    pool = pool_of("a", x, Y, "me", "mine")
    assert pool.x.dtype == kind
    assert len(pool.scale) == scale
    np.testing.assert_array_equal(pool.x, x.astype(kind))
    assert x.ndim == 2 or pool.scale == (1 / 255,)


def test_classes_are_the_distinct_values_in_order():
    assert pool_of("a", X, np.array([7, -3, 20, -3, 7, 20]), "", "").y.tolist() == [1, 0, 2, 0, 1, 2]
    with pytest.raises(ValueError, match="at least 2 records a class, got 1 of the class 20"):
        pool_of("a", X, np.array([7, -3, 7, -3, 7, 20]), "", "")
    assert pool_of("a", X, ["b", "a"] * 3, "", "").y.tolist() == [1, 0] * 3
    assert pool_of("a", X, [True, False] * 3, "", "").classes == 2


def test_words_that_python_alone_reads_as_numbers_are_words(tmp_path):
    (tmp_path / "mine.csv").write_text("a,label\n1,2_1\n2,21\n3,3\n4,2_1\n5,21\n6,3\n")
    assert read_own(tmp_path / "mine.csv", "me", "mine", False).classes == 3


BAD = [
    (".csv", "", "an empty file"),
    (".csv", "a,b,label\n", "expected a line a record below the header, got none"),
    (".csv", "1,2,0\n3,4,1\n", "expected a header, got the numbers 1, 2, 0"),
    (".csv", "a,label\n1,0\n2\n", "expected 2 values a record, as in the header, got 1 in row 3"),
    (".csv", "a,a,label\n1,2,0\n", "different names, got 'a' twice"),
    (
        ".csv",
        "a;b;label\n1;2;0\n1,5;2;1\n",
        "expected numbers, got '1,5' in row 3: a decimal comma? Save it with decimal",
    ),
    (".csv", "a\tb;label\n1\t0\n", "expected 2 values a record, as in the header, got 1 in row 2"),
    (
        ".csv",
        "job,label\nclerk,0\nnurse,1\n",
        "column 'job': expected numbers, got 'clerk' in row 2; give words numbers first",
    ),
    (".csv", "a,label\n1_000,0\n2,1\n", "column 'a': expected numbers, got '1_000' in row 2; give words"),
    (
        ".csv",
        f"a,label\n{'x' * 1001},0\n2,1\n",
        "column 'a': expected numbers or words, got a text of 1,001 characters",
    ),
    (".parquet", pandas.DataFrame({"a": ["x" * 1001, "y"], "label": [0, 1]}), "column 'a': expected numbers, got 'xxx"),
    (".csv", "a,label\n1,0\n1e300,1\n", "column 'a': expected numbers that float32 holds, got 1e+300 in row 3"),
    (".csv", "job,label\n1,0\n,1\n", "column 'job': expected a value in each record, got nothing in row 3"),
    (".csv", "a,label\n1,x\n2,\n", "column 'label': expected a value in each record, got nothing in row 3"),
    (".csv", "Label,a,age\n1,2,40\n0,3,50\n", "the column 'label' or in the last, got 'Label' elsewhere; rename it"),
    (".csv", "a,class,age\n1,2,40\n0,3,50\n", "the column 'label' or in the last, got 'class' elsewhere; rename it"),
    (".csv", "a,label\n1,0\n nan,1\n", "column 'a': expected finite numbers, got nan in row 3"),
    (".csv", "a,label\n1e39,0\n1,1\n2,0\n3,1\n", "that float32 holds, got 1e+39"),
    (".csv", f"a,label\n{'9' * 400},0\n1,1\n", "expected finite numbers"),
    (".csv", "a,label\n1,0.5\n2,1.5\n3,0.5\n4,1.5\n", "got 0.5; numbers to predict are no classes"),
    (".csv", "a,label\n1,nan\n2,0\n", "expected a class for each record, got nan"),
    (".csv", "a,label\n1,0\n2,1\n3,2\n4,3\n", "at least 2 classes and 2 records a class, got 4 different in 4 records"),
    (".csv", "a,label\n1,5\n2,5\n3,5\n4,5\n", "got 1 different in 4 records"),
    (".csv", "a,label\n1,0\n1,1\n1,0\n1,1\n", "expected records that differ, got 4 equal ones"),
    (".csv", b"a,label\n\xff\xfe,0\n", "expected UTF-8 text, got the byte 0xff in row 2 (Latin-1?): save it as UTF-8"),
    (".csv", 'a,label\n"1,0\n', "cannot be read as comma-separated text (unexpected end of data)"),
    (".npy", np.zeros(6), "got shape (6,); images go into .npz"),
    (".npy", np.zeros((6, 2), complex), "expected numbers, got complex128"),
    (".npz", {"x": X}, "expected an array 'y' beside 'x', found x"),
    (".npz", {"x": X, "y": Y[:3]}, "x of shape (6, 3) and y of shape (3,)"),
    (".npz", {"x": X, "y": Y + 1j}, "expected classes as whole numbers or words, got complex128"),
    (".npz", {"y": Y}, "expected one of images, packed, features"),
    (".parquet", b"PAR1", "cannot be read as .parquet"),
    (".parquet", pandas.DataFrame({"a": [1, None], "label": [0, 1]}), "column 'a': expected a value in each record"),
    (
        ".parquet",
        pandas.DataFrame({"a": ["x", "y"], "label": [0, 1]}),
        "column 'a': expected numbers, got 'x' in record 1",
    ),
    (".parquet", pandas.DataFrame({"a": [[1], [2]], "label": [0, 1]}), "column 'a': expected numbers"),
    (".txt", "a", "expected a file that ends in .npz, .npy, .csv, .parquet"),
]


@pytest.mark.parametrize(("suffix", "content", "words"), BAD, ids=range(len(BAD)))
def test_what_is_not_understood_is_one_sentence(tmp_path, suffix, content, words):
    path = tmp_path / f"mine{suffix}"
    if isinstance(content, pandas.DataFrame):
        content.to_parquet(path)
    elif isinstance(content, np.ndarray):
        np.save(path, content)
    elif isinstance(content, dict):
        np.savez(path, **content)
    else:
        path.write_bytes(content.encode() if isinstance(content, str) else content)
    with pytest.raises(ValueError) as error:
        read_own(path, "me", "mine")
    assert words in str(error.value)
    assert str(error.value).startswith(f"{path}: ")
    assert str(error.value).count(str(path)) == 1
    assert "\n" not in str(error.value)


def test_without_pyarrow_the_way_out_is_named(tmp_path, monkeypatch):
    path = written(tmp_path, ".parquet")
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    with pytest.raises(ValueError, match=r"needs the package pyarrow: pip install pyarrow, or bring the data as \.csv"):
        read_own(path, "me", "mine")


def test_places_that_are_no_files(tmp_path):
    (tmp_path / "a.csv").mkdir()
    for name in ("a.csv", "b.csv"):
        with pytest.raises(ValueError, match=f"{name}: expected a file"):
            read_own(tmp_path / name, "me", "mine")


@pytest.mark.parametrize("shape", [(8, 3, 32, 32), (8, 1, 28, 28)])
def test_images_with_their_channels_first_are_refused(shape):
    x, y = np.random.default_rng(0).integers(0, 255, shape), np.arange(8) % 2
    with pytest.raises(ValueError, match=r"mine: expected images \(N, H, W, channels\), got .*: move the axis"):
        pool_of("mine", x, y, "me", "mine")
    assert pool_of("mine", np.moveaxis(x, 1, -1), y, "me", "mine").x.shape[-1] == shape[1]
