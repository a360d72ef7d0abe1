"""Every field of zip's and npy's headers, set to anything: the array that was meant, or one sentence with the file."""

import io
import random
import tracemalloc
import zipfile

import numpy as np
import pytest

from datasets import read_own
from datasets.npz import npy_header, read_npy, read_npz

X = np.arange(120, dtype=np.float32).reshape(30, 4)
Y = np.arange(30) % 3
X[:, 3] = Y
DESCR = [
    *("'<f4'", "'>f4'", "'<f2'", "'<f8'", "'<c16'", "'|V3'", "'|V0'", "'<M8[ns]'", "'<m8'", "'|S5'", "'<U3'", "'|O'"),
    *("'nonsense'", "[('a', '<f4')]", "[('a', '<f4'), ('a', '<f4')]", "'<f4,<f4'", "3", "None", "''", "'|b1'", "'<i8'"),
    *("'<f16'", "('<f4', (2,))", "[]", "{}", "'<U999999999'", "'<f4' * 3", "-1", "()", "1e999", "'\\x00'", "f'<f4'"),
]
SHAPE = [
    *("(30, 4)", "(4, 30)", "(120,)", "(30, 5)", "(29, 4)", "()", "(0,)", "(-1,)", "(-30, -4)", "30", "(30, 4.0)"),
    *("(True, 120)", "(10**400,)", f"({'9' * 4000},)", "(2**63,)", "(2**32, 2**32)", "(1,) * 99", "('a',)", "[30, 4]"),
    *("(30, 4, 1)", "(0, 10**12)", f"({'1,' * 70})", "None", "(" * 500, "(30, 4", "(0x1e, 4)", "(30L, 4L)", "(None,)"),
]
ORDER = ["False", "True", "0", "1", "'x'", "None", "not 1"]
KEYS = ["descr", "shape", "fortran_order", "more"]


def npy_of(rng, array):
    """An .npy file of some array, one or two things of its header other than they should be."""
    fields = {"descr": repr(array.dtype.str), "fortran_order": "False", "shape": repr(array.shape)}
    for _ in range(rng.choice([0, 1, 1, 2])):
        name = rng.choice(sorted(fields))
        fields[name] = rng.choice({"descr": DESCR, "shape": SHAPE, "fortran_order": ORDER}[name])
    if rng.random() < 0.1:
        fields[rng.choice(KEYS)] = rng.choice(["1", "'x'"])
    if rng.random() < 0.1:
        fields.pop(rng.choice(sorted(fields)))
    text = "{" + ", ".join(f"{k!r}: {v}" for k, v in fields.items()) + ", }"
    text = rng.choice([text] * 9 + [text * 2, text[:-2], f"({text})", "", "{}", "\x00" + text, "é" + text])
    data = text.encode("latin1") + b" " * rng.choice([0, 1, 63]) + rng.choice([b"\n"] * 9 + [b"", b"\r"])
    version = rng.choice([(1, 0)] * 9 + [(2, 0), (3, 0), (9, 9), (0, 0)])
    size = len(data) + rng.choice([0] * 15 + [-1, 1, 70, 60_000])
    width = 2 if version == (1, 0) else 4
    head = b"\x93NUMPY" + bytes(version) + (size % 2 ** (8 * width)).to_bytes(width, "little")
    body = array.tobytes()
    return head + data + rng.choice([body] * 9 + [body[:-1], body + b"x", b""])


def zipped(rng, members):
    """An archive of files by name, written by any method, then some field of some header changed."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", rng.choice([0, 8, 8, 12, 14])) as file:
        file.comment = rng.choice([b""] * 9 + [b"PK\x05\x06" + bytes(40), b"x" * 65_535])
        for name, data in members:
            file.writestr(name, data)
    data = bytearray(buffer.getvalue())
    for _ in range(rng.choice([0, 1, 1, 1, 2, 3])):
        sign, length = rng.choice([(b"PK\x03\x04", 30), (b"PK\x01\x02", 46), (b"PK\x05\x06", 22)])
        place = data.find(sign, rng.randrange(2) * len(data) // 3)
        field = place + rng.randrange(4, length, 2)
        width = rng.choice([1, 2, 4])
        value = rng.choice([0, 1, 2, 8, 9, 20, 45, 63, 97, 98, 99, 2**16 - 1, 2**32 - 1, rng.randrange(2**32)])
        if place >= 0:
            data[field : field + width] = (value % 2 ** (8 * width)).to_bytes(width, "little")
    return bytes(data)


NAMES = ["x.npy"] * 12 + [
    "x",
    "../x.npy",
    "y.npy",
    "x\x1b[2J.npy",
    "/x.npy",
    "x" * 5000,
    "x.npy/",
    "é.npy",
    "x.npy.npy",
]


def answer(call):
    """What a call returns, and what its ValueError says."""
    try:
        return call(), ""
    except ValueError as error:
        return {}, str(error)


def tried(folder, seed):
    """Whether the .npz was refused; whatever is raised beside ValueError escapes."""
    rng = random.Random(seed)
    single = npy_of(rng, X)
    (folder / "x.npy").write_bytes(single)
    labels = io.BytesIO()
    np.save(labels, Y)
    members = [(rng.choice(NAMES), single), ("y.npy", labels.getvalue())]
    rng.shuffle(members)
    if rng.random() < 0.05:
        members.append(members[0])
    (folder / "x.npz").write_bytes(zipped(rng, members))
    tracemalloc.reset_peak()
    refused = []
    calls = (
        lambda: read_npz(folder / "x.npz"),
        lambda: {"x": read_npy(folder / "x.npy")},
        lambda: npy_header(folder / "x.npy") and {},
        lambda: {"x": read_own(folder / "x.npz", "me", "mine").x},
        lambda: {"x": read_own(folder / "x.npy", "me", "mine").x},
    )
    for call in calls:
        found, said = answer(call)
        if said:
            refused.append(call)
            assert said.startswith(f"{folder}/x.np"), said
            assert said.isprintable()
            assert len(said) < 600
        assert all(isinstance(array, np.ndarray) and not array.dtype.hasobject for array in found.values())
    return calls[0] in refused


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_hundred_headers(tmp_path):
    tracemalloc.start()
    try:
        found = [(tried(tmp_path, seed), tracemalloc.get_traced_memory()[1]) for seed in range(200)]
    finally:
        tracemalloc.stop()
    assert 60 < sum(wrong for wrong, _ in found) < 200
    assert max(peak for _, peak in found) < 50e6


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_thousand_headers(tmp_path):
    assert 600 < sum(tried(tmp_path, seed) for seed in range(1000, 3000)) < 2000
