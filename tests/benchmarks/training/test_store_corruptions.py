"""A store that was spoilt in any way: the same numbers again, after a repair that is said, or one sentence; no hang."""

import hashlib
import io
import json
import os
import random
import shutil

import numpy as np
import pytest

from benchmarks.run import main
from benchmarks.training.store import digest

WORDS = ["--device", "cpu", "--references", "1", "--trials", "1", "--epochs", "1", "--attacks", "loss", "c-loss"]


def run(store, output):
    return main(["--store", str(store), "--output", str(output), *WORDS])


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    home = tmp_path_factory.mktemp("clean")
    assert run(home / "store", home / "out") == 0
    return home


def signed(entry, name, data):
    """Give the entry's file other bytes, or its facts another value, and make every digest right again."""
    noted = json.loads((entry / "facts.json").read_text())
    noted.pop("sha256")
    if name == "facts":
        noted["facts"] = data
    else:
        (entry / name).write_bytes(data)
        noted["files"][name] = hashlib.sha256(data).hexdigest()
    (entry / "facts.json").write_text(json.dumps({**noted, "sha256": digest(noted)}))


def npy(array):
    buffer = io.BytesIO()
    np.save(buffer, array, allow_pickle=True)
    return buffer.getvalue()


def header(shape, descr="<f4"):
    text = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117).encode() + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text + bytes(64)


def exchanged(rng, entry, other):
    aside = entry.with_name("aside")
    entry.rename(aside)
    other.rename(entry)
    aside.rename(other)


def copied(rng, entry, other):
    shutil.rmtree(entry)
    shutil.copytree(other, entry)


def files(entry):
    return sorted(p for p in entry.iterdir() if p.is_file())


def truncated(rng, entry, other):
    path = rng.choice(files(entry))
    path.write_bytes(path.read_bytes()[: rng.randrange(path.stat().st_size)])


def flipped(rng, entry, other):
    path = rng.choice(files(entry))
    data = bytearray(path.read_bytes())
    for _ in range(rng.choice([1, 5, 50])):
        data[rng.randrange(len(data))] = rng.randrange(256)
    path.write_bytes(data)


def missing(rng, entry, other):
    rng.choice(files(entry)).unlink()


def emptied(rng, entry, other):
    shutil.rmtree(entry)
    entry.mkdir()


def foreign(rng, entry, other):
    for place in (entry, entry.parent, entry.parent.parent):
        (place / "notes.txt").write_text("mine")
        (place / "other").mkdir()
    (entry.parent / ("0" * 32)).mkdir()


def a_folder(rng, entry, other):
    path = rng.choice(files(entry))
    path.unlink()
    path.mkdir()


def a_file(rng, entry, other):
    shutil.rmtree(entry)
    entry.write_bytes(b"x")


def a_pipe(rng, entry, other):
    path = rng.choice(files(entry))
    path.unlink()
    os.mkfifo(path)


def endless(rng, entry, other):
    path = rng.choice(files(entry))
    path.unlink()
    path.symlink_to("/dev/zero")


def linked(rng, entry, other):
    place = entry.with_name("aside")
    if rng.random() < 0.5:
        path = rng.choice(files(entry))
        path.unlink()
        path.symlink_to(rng.choice([other / path.name, path, place]))
    else:
        shutil.rmtree(entry)
        entry.symlink_to(rng.choice([other, entry, place]))


def facts_by_hand(rng, entry, other):
    path = entry / "facts.json"
    path.write_text(rng.choice(["[]", "3", "{}", "[" * 10**5, '{"a":' * 10**5, "NaN", "9" * 5000, "\x00"]))


def spec_by_hand(rng, entry, other):
    (entry / "spec.json").write_text(rng.choice(["[]", "{}", '"x"', (other / "spec.json").read_text()]))


def other_facts(rng, entry, other):
    facts = json.loads((entry / "facts.json").read_text())["facts"]
    name = rng.choice(sorted(facts))
    junk = [None, "x", -1, [], {}, [1], {"a": 1}, 10**400, "a\x1b[2J", True, {"torch": 3}]
    for key in [name, "defense"][: rng.choice([1, 2])]:
        facts[key] = rng.choice(junk)
    if rng.random() < 0.3:
        del facts[name]
    signed(entry, "facts", facts)


def other_array(rng, entry, other):
    arrays = sorted(p for p in files(entry) if p.suffix == ".npy")
    if not arrays:
        other_weights(rng, entry, other)
        return
    path = rng.choice(arrays)
    x = np.load(path)
    junk = [
        npy(x[:-1]),
        npy(x[..., :-1]),
        npy(x.astype("f8" if x.dtype == "f4" else "f4")),
        npy(x.astype(int)),
        npy(x.astype(str)),
        npy(x[None]),
        npy(np.full_like(x, np.nan)),
        npy(np.array({"a": 1}, object)),
        header((10**12, 10**6)),
        header((-1, 5)),
        header(x.shape),
        header("(" * 3000),
        b"",
        b"\x93NUMPY\x09\x00",
        npy(x)[:-4],
    ]
    signed(entry, path.name, rng.choice(junk))


def other_weights(rng, entry, other):
    name = rng.choice([p.name for p in files(entry) if p.suffix in (".safetensors", ".npz")])
    data = (entry / name).read_bytes()
    junk = [
        b"",
        b"x" * 99,
        data[: len(data) // 2],
        (10**18).to_bytes(8, "little") + data[8:],
        data[:9] + b"!" + data[10:],
    ]
    signed(entry, name, rng.choice(junk))


KINDS = [
    *(exchanged, copied, truncated, flipped, missing, emptied, foreign, a_folder, a_file, a_pipe, endless, linked),
    *(facts_by_hand, spec_by_hand, other_facts, other_array, other_array, other_weights),
]


def spoil(store, rng, kind):
    shelf = store / rng.choice(["outputs", "models", "outcomes"])
    if kind is other_weights:
        shelf = store / rng.choice(["models", "outcomes"])
    entry, other = rng.sample(sorted(p for p in shelf.iterdir()), 2)
    kind(rng, entry, other)
    return entry


def tried(clean, home, seed, capsys):
    """Spoil a copy of the store and run on it: the exit code, and what was said."""
    rng, kind = random.Random(seed), KINDS[seed % len(KINDS)]
    shutil.copytree(clean / "store", home / "store")
    entry = spoil(home / "store", rng, kind)
    capsys.readouterr()
    for place in ("out", "again"):
        code = run(home / "store", home / place)
        said = capsys.readouterr().err
        about = f"{kind.__name__} {entry.parent.name} seed {seed}: {said}"
        if code == 2:
            [line] = [x for x in said.splitlines() if x.startswith("error: ")]
            assert entry.name in line, about
            assert not (home / place / "leaderboard.md").exists()
            shutil.rmtree(entry)  # as the sentence says
            assert "elete" in line, about
            continue
        assert code == 0, about
        for name in ("results.csv",):
            assert (home / place / name).read_bytes() == (clean / "out" / name).read_bytes(), about
    assert code == 0, about
    shutil.rmtree(home)
    return said


@pytest.mark.posix("pipes and devices")
@pytest.mark.parametrize("seed", range(18))
def test_a_spoilt_store_gives_the_same_numbers_or_one_sentence(clean, tmp_path, capsys, seed):
    tried(clean, tmp_path / "home", seed, capsys)


@pytest.mark.posix("pipes and devices")
@pytest.mark.slow
@pytest.mark.parametrize("seed", range(18, 218))
def test_two_hundred_spoilt_stores_give_the_same_numbers_or_one_sentence(clean, tmp_path, capsys, seed):
    tried(clean, tmp_path / "home", seed, capsys)
