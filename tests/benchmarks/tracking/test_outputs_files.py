"""Files of stored outputs that were spoilt in any way: refused in one sentence, or the games that they say."""

import random
from pathlib import Path

import numpy as np
import pytest

from benchmarks.regression import main
from benchmarks.tracking import stored

ROOT = Path(__file__).parents[3]


@pytest.fixture
def arrays():
    outputs = stored.read(ROOT / stored.FILE)
    return {
        **{"rows": outputs.rows[:40], "labels": outputs.labels[:40]},
        **{"member": outputs.member[:6, :40], "logits": outputs.logits[:6, :40]},
        **{"crowd_rows": outputs.crowd_rows[:30], "crowd_logits": outputs.crowd_logits[:6, :30]},
        **{stored.PACKED + name: array for name, array in outputs.more.items()},
    }


JUNK = [
    *(lambda x: x[:-1], lambda x: x[None], lambda x: x.astype(str), lambda x: x.astype("f2"), lambda x: x.astype("c8")),
    *(
        lambda x: x.astype(int),
        lambda x: x.astype(bool),
        lambda x: np.full_like(x, 10**6),
        lambda x: x[:0],
        lambda x: x * -1,
    ),
    *(lambda x: x.astype("f4") * np.nan, lambda x: x.astype("M8[s]"), lambda x: np.zeros(()), lambda x: x[::-1]),
    *(lambda x: x.astype(float) + 0.5, lambda x: x.astype("f8") * 1e300, lambda x: np.zeros_like(x), lambda x: x.T),
]


def tried(arrays, folder, seed):
    """Whether the file was refused."""
    rng, path = random.Random(seed), folder / "outputs.npz"
    kept = {name: array.copy() for name, array in arrays.items()}
    kind = rng.randrange(5)
    if kind == 0:
        del kept[rng.choice(sorted(kept))]
    elif kind in (1, 2):
        name = rng.choice(sorted(kept))
        with np.errstate(all="ignore"):
            kept[name] = rng.choice(JUNK)(kept[name])
    np.savez_compressed(path, **kept)
    if kind in (3, 4):
        data = bytearray(path.read_bytes())
        for _ in range(rng.choice([1, 3, 30])):
            data[rng.randrange(len(data))] = rng.randrange(256)
        path.write_bytes(data[: rng.choice([len(data), rng.randrange(len(data))])])
    said = refusal(path)
    assert said.isprintable()
    assert said.startswith("--outputs: ") or not said
    return bool(said)


def refusal(path):
    """What the ValueError says, or nothing."""
    try:
        stored.contest(stored.read(path), "x")
    except ValueError as error:
        return str(error)
    return ""


def test_packed_arrays_that_are_not_as_expected_are_named(arrays, tmp_path):
    name = "packed/0/layers.0.bias"
    path = tmp_path / "outputs.npz"
    for changed, said in (
        ({name: arrays[name] * np.nan}, "expected finite numbers of at most 3.40282e+38 in 0/layers.0.bias"),
        ({name: arrays[name][1:]}, "expected 0/layers.0.bias of shape (32,), float32, got float32 (31,)"),
        ({"packed/7/audited/clean": arrays[name]}, "expected no array 7/audited/clean"),
    ):
        np.savez(path, **{**arrays, **changed})
        assert refusal(path) == f"--outputs: {path}: {said}"
    del arrays[name]
    np.savez(path, **arrays)
    assert refusal(path) == f"--outputs: {path}: expected array 0/layers.0.bias"


def test_sixty_files(arrays, tmp_path):
    assert sum(tried(arrays, tmp_path, seed) for seed in range(60)) > 30


@pytest.mark.slow
def test_six_hundred_files(arrays, tmp_path):
    assert sum(tried(arrays, tmp_path, seed) for seed in range(100, 700)) > 300


def test_the_command_says_it_in_one_sentence(arrays, tmp_path, capsys):
    np.savez(tmp_path / "o.npz", **{**arrays, "logits": arrays["logits"].astype(str)})
    assert main(["evaluate", "--outputs", str(tmp_path / "o.npz"), "--output", str(tmp_path / "out")]) == 2
    said = capsys.readouterr().err
    assert "expected logits of shape (6, 40, 19, 10) and kind 'f'" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "out").exists()
