"""Wherever models are trained and attacks play, the same bytes are stored; what a place lacks is one sentence."""

import importlib.util
import os
import signal
import time
from pathlib import Path
from types import SimpleNamespace

import pytest

from benchmarks import run
from benchmarks.games import ahead
from benchmarks.games.ahead import play_ahead
from benchmarks.naming.registry import ATTACKS, choose
from benchmarks.training import runner
from benchmarks.training.executors import Here, places
from benchmarks.training.executors.on_slurm import Slurm
from benchmarks.training.executors.places import all_cores, cores, place
from benchmarks.training.executors.processes import Processes
from benchmarks.training.pulling import claims_of
from benchmarks.training.request import Request
from benchmarks.training.runner import missing
from benchmarks.training.store import Store
from benchmarks.training.submitting import detached, submit

REQUEST = Request("digits", ("l2",), references=2, trials=2, epochs=1, population=True)
DATA = ("spec.json", "weights.safetensors", "logits.npy", "signals.npy")
ATTACKING = choose(ATTACKS, ["loss", "c-loss"])
needs_ray = pytest.mark.skipif(importlib.util.find_spec("ray") is None, reason="ray is not installed")
needs_submitit = pytest.mark.skipif(importlib.util.find_spec("submitit") is None, reason="submitit is not installed")
PLACES = ["processes", pytest.param("ray", marks=needs_ray), pytest.param("slurm", marks=needs_submitit)]


def kept(folder: Path):
    """Every file that holds a model's result."""
    shelves = (folder / "models", folder / "outputs")
    return {p.relative_to(folder): p.read_bytes() for of in shelves for p in of.rglob("*") if p.name in DATA}


def scores(folder: Path):
    """What the attacks said, by the entry; how long it took is not the same."""
    import numpy as np

    found = {}
    for path in (folder / "outcomes").glob("*/outcome.npz"):
        with np.load(path) as file:
            found[path.parent.name] = {name: file[name].tobytes() for name in file}
    return found


def trained_here(home: Path) -> Path:
    """A store of all models and of what they answer, made in this process."""
    assert runner.train(REQUEST.plan(), REQUEST, Store(home), Here()) == []
    return home


def made_here(home: Path) -> Path:
    """The same, and what attacks say."""
    assert play_ahead(REQUEST.plan(), REQUEST, ATTACKING, Store(trained_here(home)), Here()) == {}
    return home


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return made_here(tmp_path_factory.mktemp("here"))


@pytest.fixture
def executor(request, tmp_path):
    if request.param == "processes":
        return Processes(("cpu", "cpu"))
    if request.param == "ray":
        request.getfixturevalue("cluster")
        return place("ray", "cpu", 2, tmp_path)
    return Slurm(tmp_path / "slurm", 2, cluster="local")  # of this machine: what submitit has to try things with


@needs_ray
def test_rays_own_answer_to_signals_is_not_kept(tmp_path, monkeypatch):
    import ray

    monkeypatch.setattr(ray, "is_initialized", lambda: False)
    monkeypatch.setattr(ray, "init", lambda **options: signal.signal(signal.SIGTERM, lambda *words: None))
    monkeypatch.setattr(ray, "cluster_resources", lambda: {"CPU": 2})
    before = signal.getsignal(signal.SIGTERM)
    assert place("ray", "cpu", None, tmp_path).count == 2
    assert signal.getsignal(signal.SIGTERM) is before


class Exit:
    """An attack that ends its process."""

    reference, access, needs = "nobody", "label", "target"

    def score(self, evidence, rehearsal, rng):
        os._exit(3)


@pytest.mark.parametrize("executor", PLACES[:2], indirect=True)
def test_an_attack_that_ends_its_process_is_left_out(executor, here, tmp_path):
    [attack] = choose(ATTACKS, [f"{__name__}:Exit"])
    broken = play_ahead(REQUEST.plan(), REQUEST, [attack], Store(here), executor)
    assert len(broken) == 2 * 2  # trials, defenses
    assert set(broken.values()) == {"ended 3 times the process in which it was at work"}


@pytest.mark.parametrize("executor", PLACES, indirect=True)
def test_every_place_stores_the_same_bytes(executor, here, tmp_path):
    plan, store = REQUEST.plan(), Store(tmp_path / "store")
    assert runner.train(plan, REQUEST, store, executor) == []
    assert kept(store.root) == kept(here)
    assert play_ahead(plan, REQUEST, ATTACKING, store, executor) == {}
    assert len(scores(here)) == 2 * 2 * 2  # trials, defenses, attacks
    assert scores(store.root) == scores(here)
    assert play_ahead(plan, REQUEST, ATTACKING, store, None) == {}  # nobody is needed for what is there
    assert list((store.root / "claims").iterdir()) == []
    assert not (tmp_path / "slurm").exists()


class Told(Here):
    """This process, which says how many jobs it was given."""

    def map(self, function, jobs, advance=lambda steps: None):
        object.__setattr__(self, "given", len(jobs))
        return super().map(function, jobs, advance)


@pytest.mark.parametrize(("alone", "given"), [(0.0, 8), (2.5, 6), (99.0, 0)])
def test_workers_get_what_a_process_alone_does_not_play_in_time(alone, given, tmp_path, monkeypatch):
    plan, store, others, clock = REQUEST.plan(), Store(tmp_path), Told(), iter(range(99))
    assert runner.train(plan, REQUEST, store, Here()) == []
    monkeypatch.setattr(ahead, "time", SimpleNamespace(monotonic=lambda: next(clock)))  # a second a look, a look a game
    assert play_ahead(plan, REQUEST, ATTACKING, store, others, alone=alone) == {}
    assert vars(others).get("given", 0) == given
    assert len(scores(store.root)) == 2 * 2 * 2  # trials, defenses, attacks


@pytest.mark.parametrize(
    ("on", "device", "workers", "sentence"),
    [
        ("here:1", "cpu", None, "--on: expected here alone, got 'here:1'"),
        ("procesess", "cpu", None, "--on: unknown 'procesess'; did you mean processes"),
        ("here", "cpu", 2, "--workers: expected 1 with --on here, got 2"),
        ("slurm:short", "cpu", None, "--on: expected SLURM's sbatch on this machine"),
        ("ray:", "cpu", None, "--on: expected an address or a partition after the colon, got 'ray:'"),
        ("ray", "gpu", None, "--device: expected auto, cpu or cuda with --on ray, got 'gpu'"),
        ("slurm", "cuda:1", None, "--device: expected auto, cpu or cuda with --on slurm, got 'cuda:1'"),
        ("processes", "cuda:99", None, "--device: got 'cuda:99', but torch sees"),
    ],
)
def test_what_a_place_lacks_is_one_sentence(on, device, workers, sentence, tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", "")
    with pytest.raises(ValueError, match="^" + sentence.replace("(", r"\(")) as error:
        place(on, device, workers, tmp_path)
    assert "\n" not in str(error.value)


@needs_ray
def test_no_cluster_is_one_sentence(tmp_path):
    import ray

    ray.shutdown()
    with pytest.raises(ValueError, match=r"^--on ray: expected a cluster at 127\.0\.0\.1:1: [^\n]*$"):
        place("ray:127.0.0.1:1", "cpu", None, tmp_path)
    for nowhere in ("nobody", "127.0.0.1:99999", "127.0.0.1:0"):
        with pytest.raises(ValueError, match=f"^--on ray: expected HOST:PORT of a cluster, or auto, got '{nowhere}'$"):
            place(f"ray:{nowhere}", "cpu", None, tmp_path)


def test_places_by_their_words(tmp_path):
    assert place("auto", "cpu", None, tmp_path) == Here("cpu")
    assert place("here", "cpu", 1, tmp_path) == Here("cpu")
    assert place("processes", "cpu", 3, tmp_path) == Processes(("cpu",) * 3) == place("auto", "cpu", 3, tmp_path)
    assert cores(Here(), "auto", None, tmp_path) is None
    assert cores(Processes(("cuda:0", "cuda:1")), "auto", 2, tmp_path) == Processes(("cpu", "cpu"))


@pytest.mark.parametrize(("allowed", "found"), [(1, None), (3, Processes(("cpu",) * 3)), (99, Processes(("cpu",) * 8))])
def test_all_cores_are_eight_at_most(allowed, found, monkeypatch):
    monkeypatch.setattr(places, "count_cores", lambda: allowed)
    assert all_cores() == found


@pytest.mark.parametrize(
    ("words", "given"),
    [([], 4), (["--on", "here"], 0), (["--workers", "1"], 0), (["--on", "here", "--workers", "1"], 0)],
)
def test_attacks_play_on_all_cores_where_nothing_else_is_asked_for(words, given, tmp_path, monkeypatch):
    others = Told()
    monkeypatch.setattr(places, "all_cores", lambda: others)
    monkeypatch.setattr(run, "ALONE", 0.0)
    small = ["--attacks", "loss", "gap", "--references", "2", "--trials", "2", "--epochs", "1", "--device", "cpu"]
    assert run.main([*small, "--store", str(tmp_path / "s"), "--output", str(tmp_path / "o"), *words]) == 0
    assert vars(others).get("given", 0) == given


@needs_submitit
def test_training_is_handed_over_and_later_found_done(tmp_path, monkeypatch):
    import submitit

    fake = tmp_path / "bin" / "squeue"  # tasks of submitit's local executor are processes of this machine
    fake.parent.mkdir()
    fake.write_text("#!/bin/sh\nps -A -o pid=,stat= | awk '$2 !~ /^Z/ {print $1, \"RUNNING\"}'\n")
    fake.chmod(0o755)
    monkeypatch.setenv("PATH", f"{fake.parent}:{os.environ['PATH']}")
    plan, store = REQUEST.plan(), Store(tmp_path / "store")
    executor = Slurm(tmp_path / "slurm", 1, cluster="local")
    lines = submit(plan, REQUEST, store, executor)
    assert lines[0].endswith("8 models: 0 stored, 8 to train")
    assert lines[-1].startswith("submitted: ")
    task = submitit.LocalJob(tmp_path / "slurm", lines[-1].removeprefix("submitted: "))
    again = submit(plan, REQUEST, store, executor)  # before it has begun, as after it
    assert again[1].startswith((f"in SLURM's queue: 1 task of {task.job_id}, 1 of them running", "nothing is left"))
    assert not again[-1].startswith("submitted")
    deadline, said = time.monotonic() + 300, []
    while time.monotonic() < deadline and missing(plan, store):
        if claims_of(store).living() and not said:
            said = submit(plan, REQUEST, store, executor)  # nobody is added
        time.sleep(0.02)
    assert said == [] or said[-1].startswith(("in SLURM's queue: ", "at work: ", "nothing is left"))
    assert submit(plan, REQUEST, store, executor)[-1].startswith("nothing is left to train")
    task.result()
    assert list((store.root / "claims").iterdir()) == []


def test_nobody_else_goes_on_alone(tmp_path):
    with pytest.raises(ValueError, match="--detach: expected --on slurm"):
        detached(REQUEST.plan(), REQUEST, Store(tmp_path), Here())
