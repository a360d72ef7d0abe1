"""Files that cannot be audited: each is one printable sentence that names the file, and never a number."""

import gzip
import io
import pickle
import zipfile

import numpy as np
import pandas as pd
import pytest
from audited import LABELS, MEMBER, SHARES, C, N, arrays, flat, header, written

from benchmarks.audit.outputs import Answers, answers_of, read

HEAD = "label,member,prob_0,prob_1\n"
WANTED = "expected true or false, yes or no, 1 or 0, or member or non-member"
GOOD = HEAD + "0,1,0.25,0.75\n1,0,0.5,0.5\n"


def put(array, place, value):
    """`array` with one value changed."""
    made = array.copy()
    made[place] = value
    return made


def member_of_zip(name, data):
    """A .npz in which one array has these bytes, beside sound ones."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for each, array in arrays(**{name: None}).items():
            whole = io.BytesIO()
            np.save(whole, array)
            archive.writestr(f"{each}.npy", whole.getvalue())
        archive.writestr(f"{name}.npy", data)
    return file.getvalue()


def cut(suffix, tmp_path, share):
    data = written(tmp_path / f"whole{suffix}", arrays()).read_bytes()
    return data[: int(len(data) * share)]


OBJECTS = header((6,), "|O") + pickle.dumps([eval] * 6)
BAD = [
    # what kind of file
    (".txt", "a", "expected a file that ends in .npz, .csv, .parquet"),
    (".csv", "", "expected a header and a line a record, got an empty file"),
    (".npz", b"", "cannot be read as .npz (it does not begin as a zip file)"),
    (".parquet", b"", "cannot be read as .parquet"),
    (".csv", HEAD, "expected a line a record below the header, got none"),
    (".csv", "1,0,0.5,0.5\n", "expected a line a record below the header, got none"),
    (".csv", "1,0,0.5,0.5\n0,1,0.5,0.5\n", "expected a header, got the numbers 1, 0, 0.5, 0.5"),
    (".csv", GOOD.replace(",", ";").replace(".", ","), "got '0,25' in row 2: a decimal comma? Save it with decimal po"),
    (".csv", GOOD.replace(",", "\t").replace("0.75", ",75"), "got ',75' in row 2: a decimal comma?"),
    (".csv", GOOD.replace(",", "|"), "expected a column 'label' (or name yours); there are label|member|prob_0|prob_1"),
    (
        ".csv",
        GOOD.replace("label", "naïve").encode("latin-1"),
        "expected UTF-8 text, got the byte 0xef in row 1 (Latin-1?): save it as UTF-8",
    ),
    (".csv", GOOD.encode("utf-16-le"), "expected UTF-8 text, got bytes of 0 in it (UTF-16 or UTF-32?): save it as"),
    (".csv", GOOD.encode("utf-32"), "got bytes of 0 in it (UTF-16 or UTF-32?): save it as UTF-8"),
    (".csv", GOOD.encode("utf-16")[:-1], "expected UTF-16 text, got the byte 0x0a in row 3: save it as UTF-8"),
    (".csv", GOOD + "0,1,0.5", "expected 4 values a record, as in the header, got 3 in row 4"),
    (".csv", GOOD + '"0,1,0.5', "cannot be read as comma-separated text (unexpected end of data): is it cut off, or"),
    (".csv", GOOD.replace("prob_1", "prob_0"), "expected a header of different names, got 'prob_0' twice"),
    (".csv", GOOD.replace("prob_1", "prob_\x1b[31m"), r"names of columns that can be printed, got 'prob_\x1b[31m'"),
    (".npz", member_of_zip("label", OBJECTS), "it holds pickled objects"),
    (".npz", member_of_zip("probabilities", header((10**10,)) + b"x" * 9), "an array that does not fit into"),
    (".npz", member_of_zip("label", header((N,), "<i8") + b"x" * 40), "ends after 40 of 48 bytes"),
    (".npz", OBJECTS, "it does not begin as a zip file"),
    (".csv", b"PK\x03\x04" + b"\0" * 40, "expected text, got a spreadsheet's own file, or a .zip: save or fetch it as"),
    (".csv", gzip.compress(GOOD.encode()), "expected text, got a .gz: save or fetch it as text with commas, UTF-8"),
    (".csv", "<!DOCTYPE html><html>Sign in, please</html>\n", "expected text, got a web page"),
    # which columns
    (".csv", pd.DataFrame(flat(arrays())).to_csv(), "expected a name for each column, got one without: an index?"),
    (".csv", "label,member,prob_1\n0,1,0.5\n1,0,0.5\n", "expected prob_0 to prob_1, one a class, got no prob_0"),
    (".csv", GOOD.replace("label", "Label"), "expected a column 'label' (or name yours); did you mean Label?"),
    (".csv", GOOD.replace("member", "x"), "expected a column 'member' (or name yours); there are label, prob_0"),
    (".csv", "label,member\n0,1\n1,0\n", "expected logit_0, ... or prob_0, ..., or else loss or predicted"),
    (".csv", GOOD.replace("label,", "label,labels,").replace("0,1,", "0,0,1,"), "in the header, got 4 in row 3"),
    (".npz", arrays(labels=LABELS), "labels: expected them once, got label, labels"),
    (".npz", arrays(prob_0=SHARES[:, 0]), "probabilities: expected them once, got probabilities, prob_0"),
    (".csv", GOOD.replace("prob_1", "prob_2"), "prob_2: expected prob_0 to prob_1, one a class, got no prob_1"),
    (".csv", GOOD.replace("b_1", "b_2").replace("b_0", "b_1"), "expected prob_0 to prob_1, one a class, got no prob_0"),
    (".csv", GOOD.replace("prob_1", "prob_00"), "one a class, got prob_00 twice"),
    (".csv", flat({"label": LABELS, "member": MEMBER, "prob_1": SHARES[:, 1]}), "one a class, got no prob_0"),
    (".csv", "label,member,prob_0\n0,1,0.5\n1,0,0.5\n", "expected 2 classes or more, got 1: give both of a yes-or-no"),
    (".npz", arrays(probabilities=SHARES[:, 0]), "probabilities: expected (6, C), a row a record, got shape (6,)"),
    (".npz", arrays(probabilities=SHARES[None]), "probabilities: expected (6, C), a row a record, got shape (1, 6, 3)"),
    (".npz", arrays(probabilities=SHARES[:5]), "probabilities: expected (6, C), a row a record, got shape (5, 3)"),
    (".npz", arrays(probabilities=SHARES[:, :0]), "expected 2 classes or more, got 0"),
    (".npz", arrays(probabilities=np.array(0.5)), "probabilities: expected a number for each record, got one for all"),
    # labels
    (".npz", arrays(label=LABELS + 1), "label: expected 0 to 2, got 1 to 3: subtract 1"),
    (".csv", arrays(label=LABELS + 1), "label: expected 0 to 2, got 1 to 3: subtract 1"),
    (".npz", arrays(label=put(LABELS, 4, 7)), "label: expected 0 to 2, got 7 in record 5"),
    (".parquet", arrays(label=put(LABELS, 1, -1)), "label: expected 0 or more, got -1 in record 2"),
    (
        ".npz",
        arrays(label=np.eye(C, dtype=int)[LABELS]),
        "got shape (6, 3): one-hot? Give the class's number, argmax(1)",
    ),
    (".csv", "label_0,label_1,member,loss\n0,1,0,1\n1,0,1,1\n", "got label_0, ...: one-hot?"),
    (
        ".csv",
        GOOD.replace("\n1,0", "\ncat,0"),
        "label: expected classes as whole numbers from 0, got 'cat' in",
    ),
    (".npz", arrays(label=np.array(list("abcabc"))), "label: expected classes as whole numbers from 0, got 'a'"),
    (".parquet", arrays(label=np.array(list("abcabc"))), "label: expected classes as whole numbers from 0, got 'a'"),
    (".csv", GOOD.replace("\n1,0", "\n0.5,0"), "label: expected whole numbers, got 0.5 in row 3"),
    (".csv", GOOD.replace("\n1,0", "\n,0"), "label: expected classes as whole numbers from 0, got nothing in row 3"),
    (
        ".parquet",
        arrays(label=np.array([0, 1, None, 1, 2, 2], float)),
        "label: expected finite numbers, got nan in record 3",
    ),
    (".npz", arrays(label=np.zeros(N, int)), "label: expected labels of at least 2 classes, got 0 in every record"),
    (".npz", {n: a[:0] for n, a in arrays().items()}, "label: expected a class for each record, got shape (0,)"),
    (".npz", arrays(label=np.array(1)), "label: expected a number for each record, got one for all"),
    (".npz", arrays(label=LABELS + 1j), "label: expected classes as whole numbers from 0, got complex128"),
    (
        ".npz",
        arrays(label=put(LABELS.astype(float), 0, 1e300)),
        "label: expected whole numbers, got 1e+300 in record 1",
    ),
    # members
    (".npz", arrays(member=np.ones(N, bool)), "member: expected members and non-members, got 6 members alone"),
    (".csv", arrays(member=np.zeros(N, int)), "member: expected members and non-members, got 6 non-members alone"),
    (".csv", arrays(member=LABELS), f"member: {WANTED}, got '2' in row 4"),
    (".npz", arrays(member=LABELS), f"member: {WANTED}, got 2 in record 3"),
    (".csv", GOOD.replace("0,1,", "0,train,"), f"member: {WANTED}, got 'train' in row 2"),
    (".csv", GOOD.replace("0,1,", "0,,"), f"member: {WANTED}, got nothing in row 2"),
    (".npz", arrays(member=MEMBER[:5]), "member: expected shape (6,), as label has, got (5,)"),
    (
        ".npz",
        arrays(member=put(MEMBER.astype(float), 3, np.nan)),
        "member: expected finite numbers, got nan in record 4",
    ),
    (".parquet", arrays(member=np.array([True, None, *MEMBER[2:]], object)), f"{WANTED}, got nothing in record 2"),
    # probabilities
    (".npz", arrays(probabilities=SHARES * 100), "they sum to 100: percent? Divide them by 100"),
    (".csv", arrays(probabilities=SHARES * 100), "prob_0: expected shares that sum to 1, they sum to 100: percent?"),
    (".csv", HEAD + "0,1,12,88\n1,0,40,60\n", "they sum to 100: percent?"),
    (".npz", arrays(probabilities=put(SHARES, 3, SHARES[3] * 0.9)), "sum to 1 within 0.0002, got 0.9 in record 4"),
    (".csv", GOOD.replace("0.75", "0.71"), "prob_0: expected shares that sum to 1 within 0.01, got 0.96 in row 2"),
    (".npz", arrays(probabilities=SHARES - 0.25), "expected shares from 0 to 1, got -0.125 in record 1: logits?"),
    (".npz", arrays(probabilities=np.eye(C, dtype=int)[LABELS]), "got whole numbers: give predicted classes as 'pred"),
    (".npz", arrays(probabilities=np.eye(C, dtype=bool)[LABELS]), "got whole numbers: give predicted classes as 'pred"),
    (".csv", HEAD + "0,1,1,0\n1,0,1,0\n", "expected shares, got whole numbers: give predicted classes as 'predicted'"),
    (".npz", arrays(probabilities=put(SHARES, (4, 1), np.nan)), "expected finite numbers, got nan in record 5"),
    (".csv", GOOD.replace("0.75", "nan"), "prob_1: expected finite numbers, got nan in row 2"),
    (".csv", GOOD.replace("0.75", ""), "prob_1: expected numbers, got nothing in row 2"),
    (".csv", GOOD.replace("0.75", "0,75"), "expected 4 values a record, as in the header, got 5 in row 2"),
    (
        ".csv",
        GOOD.replace("0.75", '"0,75"'),
        "prob_1: expected numbers, got '0,75' in row 2: a decimal comma?",
    ),
    (".csv", GOOD.replace("0.75", "75%"), "prob_1: expected numbers, got '75%' in row 2"),
    (".csv", GOOD.replace("0.75", "0_75"), "prob_1: expected numbers, got '0_75' in row 2"),
    (".csv", GOOD.replace("0.75", "=1+1"), "got '=1+1' in row 2: a formula? Save what it comes to"),
    (".parquet", {"label": LABELS, "member": MEMBER, "prob_0": SHARES[:, 0], "prob_1": list("abcdef")}, "got 'a'"),
    (".parquet", {"label": LABELS, "member": MEMBER, "prob_0": [[0.5]] * N, "prob_1": [[0.5]] * N}, "got shape (6, 1)"),
    (".npz", arrays(probabilities=SHARES.astype(str)), "probabilities: expected numbers, got '0.75'"),
    (".npz", arrays(probabilities=SHARES.astype(complex)), "probabilities: expected numbers, got complex128"),
    (".npz", arrays(probabilities=np.full((N, C), 1e308)), "expected shares that sum to 1"),
    # logits, losses, predicted classes
    (".npz", arrays(logits=SHARES, probabilities=None), "logits: expected numbers before the softmax, got shares that"),
    (".npz", arrays(logits=np.log(np.maximum(SHARES, 1e-300)) * 1e300), "logits: expected numbers that float32 holds"),
    (".npz", arrays(logits=put(SHARES, (0, 0), -np.inf)), "logits: expected finite numbers, got -inf in record 1"),
    (
        ".npz",
        arrays(logits=put(SHARES.astype(np.float16), (0, 0), np.inf)),
        "expected finite numbers, got inf in reco",
    ),
    (".npz", arrays(logits=SHARES > 0.5), "logits: expected numbers, got true and false"),
    (
        ".npz",
        arrays(probabilities=None, loss=-np.arange(N)),
        "loss: expected 0 or more, got -1 in record 2: a log-likel",
    ),
    (
        ".npz",
        arrays(probabilities=None, loss=put(np.ones(N), 5, np.inf)),
        "loss: expected finite numbers, got inf in reco",
    ),
    (".npz", arrays(probabilities=None, loss=np.ones((N, 1))), "loss: expected shape (6,), as label has, got (6, 1)"),
    (".npz", arrays(probabilities=None, predicted=LABELS - 1), "predicted: expected 0 or more, got -1 in record 1"),
    (
        ".npz",
        arrays(probabilities=None, predicted=SHARES[:, 0]),
        "predicted: expected whole numbers, got 0.75 in record",
    ),
    (
        ".csv",
        "label,member,predicted\n0,1,cat\n1,0,0\n",
        "predicted: expected classes as whole numbers from 0, got",
    ),
    # groups, ids, inputs
    (".npz", arrays(id=np.array(list("abcabd"))), "id: expected each id once, got 'a' 2 times"),
    (".npz", arrays(id=np.arange(5)), "id: expected shape (6,), as label has, got (5,)"),
    (".npz", arrays(id=np.array([*"abcde", "=1+1"])), "id: expected words, no formulas, got '=1+1' in record 6"),
    (".csv", arrays(group=np.array([*"abcde", "@SUM(A1)"])), "group: expected words, no formulas, got '@SUM(A1)'"),
    (".csv", arrays(id=np.array([*"abcde", ""])), "id: expected a word for each record, got nothing in row 7"),
    (".csv", "label,member\n\n0,1\n,,\n1,x\n", f"member: {WANTED}, got 'x' in row 5"),
    (".npz", arrays(group=np.array([*"abcde", "x\ny"])), r"group: expected printable words of at most 200 characters"),
    (
        ".npz",
        arrays(group=np.array([*"abcde", "x" * 201])),
        "group: expected printable words of at most 200 characters",
    ),
    (".npz", arrays(group=SHARES), "group: expected a word for each record, got float64 of shape (6, 3)"),
    (".npz", arrays(group=np.arange(N) / 2), "group: expected whole numbers, got 0.5 in record 2"),
    (
        ".parquet",
        arrays(id=np.array([*"abcde", None], object)),
        "id: expected a word for each record, got nothing in record 6",
    ),
    (".npz", arrays(inputs=np.arange(N)), "inputs: expected (6, ...), got shape (6,)"),
    (".npz", arrays(inputs=SHARES[:4]), "inputs: expected (6, ...), got shape (4, 3)"),
    (".csv", arrays(input_0=np.array(list("abcdef"))), "input_0: expected numbers, got 'a' in row 2"),
]


def refused(path):
    """The one printable sentence, of a sane length, in which a file is refused."""
    with pytest.raises(ValueError) as error:
        read(path)
    text = str(error.value)
    assert text.startswith(f"{path}: ")
    assert text.count(str(path)) == 1
    assert text.isprintable()
    assert len(text) < len(str(path)) + 500
    return text


@pytest.mark.parametrize(("suffix", "made", "words"), BAD, ids=range(len(BAD)))
def test_what_cannot_be_audited_is_one_sentence(tmp_path, suffix, made, words):
    assert words in refused(written(tmp_path / f"mine{suffix}", made))


@pytest.mark.parametrize("suffix", [".npz", ".csv", ".parquet"])
@pytest.mark.parametrize("share", [0.3, 0.9])
def test_half_a_file_is_refused(tmp_path, suffix, share):
    data = cut(suffix, tmp_path, share)
    if suffix == ".csv":
        data = data.rstrip()[:-2].rpartition(b",")[0]  # ends within a record
    refused(written(tmp_path / f"mine{suffix}", data))


def test_places_that_are_no_files(tmp_path):
    (tmp_path / "a.csv").mkdir()
    assert "expected a file, got a folder" in refused(tmp_path / "a.csv")
    assert "expected a file, got nothing there" in refused(tmp_path / "b.csv")


NAMES = [
    ({"probs": "p"}, "names: unknown 'probs'; did you mean"),
    ({"labels": "lable"}, "labels: expected a column 'lable'; did you mean label?"),
    ({"labels": ("label", "id")}, "names: expected one column for labels, got label, id"),
    ({"groups": ("id", "id")}, "names: expected different columns for groups"),
    ({"groups": ()}, "names: expected different columns for groups"),
    ({"probabilities": ("label", "probabilities")}, "expected one number a record, as in label, got shape (6, 3)"),
    ({"member": "label"}, "member: expected another column than that of labels, got 'label' for both"),
    ({"labels": "id"}, "id: expected classes as whole numbers from 0, got 'r0'"),
]


@pytest.mark.parametrize(("names", "words"), NAMES, ids=range(len(NAMES)))
def test_names_that_do_not_fit_are_one_sentence(names, words):
    with pytest.raises(ValueError) as error:
        answers_of(arrays(), names)
    assert words in str(error.value)
    assert str(error.value).isprintable()


def spoilt(data, rng, letters):
    """The bytes of a file with some changed, cut, doubled or put in."""
    made = bytearray(data)
    for _ in range(rng.integers(1, 4)):
        place, what = int(rng.integers(len(made) or 1)), rng.integers(4)
        few = bytes(rng.choice(list(letters), int(rng.integers(1, 6))).tolist())
        if what == 0:
            made[place : place + len(few)] = few
        elif what == 1:
            del made[place : place + int(rng.integers(1, 40))]
        elif what == 2:
            made[place:place] = few
        else:
            made[place:place] = made[place : place + 30]
    return bytes(made)


def strange(rng):
    """An array of any shape and type that .npz holds."""
    shape = [(), (0,), (N,), (N, 1), (N, C), (1, N), (N, 0), (2, N, C), (N - 1, C), (C, N)][rng.integers(10)]
    kind = ["?", "i1", "u8", ">i4", "f2", "f4", "f8", "g", "c8", "U3", "S2", "M8[s]", "V4"][rng.integers(13)]
    data = rng.integers(0, 3, (*shape, np.dtype(kind).itemsize), np.uint8)
    return np.zeros(shape, "U3") if kind == "U3" else data.view(kind).reshape(shape)


def holds(path):
    """Whether a file is read, as it stands; else it is refused in one sentence."""
    try:
        found = read(path)
    except ValueError:
        refused(path)
        return False
    assert isinstance(found, Answers)
    assert found.labels.shape == found.member.shape == found.said.values.shape[:1]
    if found.said.rounding:
        assert np.isfinite(found.said.logits(found.said.rounding.floor(found.said.values.shape[1])).logits).all()
    return True


@pytest.mark.parametrize(
    ("suffix", "letters"), [(".npz", range(256)), (".parquet", range(256)), (".csv", b'0123456789.,-\n"=ex ')]
)
def test_spoilt_files_are_refused_in_one_sentence_or_read_as_they_stand(tmp_path, suffix, letters):
    sound = written(tmp_path / f"sound{suffix}", arrays()).read_bytes()
    read_anyhow = [
        holds(written(tmp_path / f"mine{suffix}", spoilt(sound, np.random.default_rng(seed), letters)))
        for seed in range(60)
    ]
    assert sum(read_anyhow) < 30


def test_strange_arrays_are_refused_in_one_sentence_or_read_as_they_stand(tmp_path):
    for seed in range(300):
        rng = np.random.default_rng(seed)
        name = ["label", "member", "probabilities", "id", "group", "inputs", "logits", "loss"][seed % 8]
        made = arrays(**{name: strange(rng)}, **({"probabilities": None} if name in ("logits", "loss") else {}))
        holds(written(tmp_path / "mine.npz", made))


def test_nothing_in_a_file_is_run(tmp_path):
    class Runs:
        def __reduce__(self):
            return (print, ("run",), None)

    for data in (pickle.dumps(Runs()), member_of_zip("label", header((1,), "|O") + pickle.dumps(Runs()))):
        for suffix in (".npz", ".csv", ".parquet"):
            refused(written(tmp_path / f"mine{suffix}", data))
    frame = pd.DataFrame({"label": [Runs(), Runs()]})
    frame.to_pickle(tmp_path / "mine.npz", compression="zip")
    refused(tmp_path / "mine.npz")
