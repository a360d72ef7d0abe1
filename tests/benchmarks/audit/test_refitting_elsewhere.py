"""Reference models of one's own have the same answers wherever they are trained; what cannot be sent is a sentence."""

import importlib.util

import numpy as np
import pytest
from sklearn.ensemble import RandomForestClassifier

from benchmarks.audit import elsewhere, refitting
from benchmarks.audit.refitting import refit
from benchmarks.training.executors.on_slurm import Slurm

RNG = np.random.default_rng(0)
X, OTHERS = RNG.normal(size=(40, 3)), RNG.normal(size=(7, 3))
Y = (X[:, 0] > 0).astype(int)
FOREST = RandomForestClassifier(3, random_state=0)
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
needs_submitit = pytest.mark.skipif(importlib.util.find_spec("submitit") is None, reason="submitit is not installed")
PLACES = ["processes", pytest.param("ray", marks=needs_ray), pytest.param("slurm", marks=needs_submitit)]


def mean_of(inputs, labels, seed):
    """A function that trains: logits of the mean of the first column, and of the seed."""
    center = float(np.mean(inputs[:, 0]))
    return lambda x: np.stack([x[:, 0] - center, np.full(len(x), seed % 7.0)], axis=1)


def broken(inputs, labels, seed):
    raise RuntimeError("no GPU left")


def stored(folder):
    return {p.relative_to(folder): p.read_bytes() for p in folder.rglob("*") if p.name in ("answers.npy", "spec.json")}


@pytest.mark.parametrize("on", PLACES)
def test_every_place_gives_the_same_answers(on, tmp_path, monkeypatch, request):
    here, there = tmp_path / "here", tmp_path / "there"
    train = mean_of if on == "processes" else FOREST  # whose module any Python finds
    wanted = refit(train, X, Y, models=3, others=OTHERS, store=here)
    if on == "ray":
        request.getfixturevalue("cluster")
    if on == "slurm":
        local = Slurm(tmp_path / "slurm", 2, cluster="local")  # what submitit has to try things with
        monkeypatch.setattr(refitting, "place_of", lambda *_: local)
    found = refit(train, X, Y, models=3, others=OTHERS, store=there, on=on, workers=2)
    assert found.every.said.values.tobytes() == wanted.every.said.values.tobytes()
    assert stored(there) == stored(here)
    assert len(stored(here)) == 2 * 3


def test_what_breaks_elsewhere_is_told_as_here():
    said = []
    for on in ("here", "processes"):
        with pytest.raises(ValueError, match=r"^function broken: .*no GPU left") as error:
            refit(broken, X, Y, models=1, on=on, workers=1)
        said.append(str(error.value))
    assert said[0] == said[1]


def test_what_cannot_be_sent_is_one_sentence_and_nothing_is_trained(tmp_path, monkeypatch):
    monkeypatch.setattr(refitting, "_done", None)
    with pytest.raises(ValueError, match=r"^on: expected code that other processes can import, and function <lambda>"):
        refit(lambda x, y, seed: None, X, Y, on="processes")
    script = {"__name__": "__main__"}
    exec("def train(inputs, labels, seed): ...", script)
    with pytest.raises(
        ValueError, match=r"and function train cannot be sent \(train is of a notebook or a script\); p"
    ):
        refit(script["train"], X, Y, on="processes")
    with pytest.raises(ValueError, match=r"^on: unknown 'proces'; did you mean processes"):
        refit(mean_of, X, Y, on="proces")
    for workers in (0, -3, 2.5, True, 10**9):
        with pytest.raises(ValueError, match=r"^workers: expected a whole number from 1 to 10,000, got "):
            refit(mean_of, X, Y, on="processes", workers=workers)
    with pytest.raises(ValueError, match=r"^on: expected here, processes, ray or slurm, got 5"):
        refit(mean_of, X, Y, on=5)
    with pytest.raises(ValueError, match=r"^store: expected a folder that all machines of SLURM share, got none"):
        elsewhere.place_of("slurm:long", None, None)
