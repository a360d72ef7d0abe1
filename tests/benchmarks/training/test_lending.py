"""Workers that do not see the store: the same bytes come back, once, and nothing else is believed. Seconds: 8."""

import os
import shutil
import subprocess
import sys
from dataclasses import dataclass, replace
from pathlib import Path

import pytest
from test_places import ATTACKING, REQUEST, kept, made_here, needs_ray, scores

from benchmarks.games.ahead import play_ahead
from benchmarks.training import jobs, pulling, runner
from benchmarks.training.executors import Worker
from benchmarks.training.jobs import Failure
from benchmarks.training.store import Damaged, Entry, Store


@dataclass
class Elsewhere:
    """Two workers; `away` says which of them have a disk of their own, where the store's path is another folder."""

    disk: Path
    away: tuple[bool, bool] = (True, True)
    devices = ("cpu", "cpu")

    def map(self, function, jobs, advance=lambda steps: None):
        for number, job in enumerate(jobs):
            other = self.away[number % 2] and hasattr(job, "store")
            yield function(replace(job, store=self.disk / "store") if other else job, Worker("cpu", advance))


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    return made_here(tmp_path_factory.mktemp("here"))


@pytest.fixture
def counted(monkeypatch):
    """The keys of the models that are trained, as they come."""
    trained, real = [], jobs.train

    def train(job, worker):
        trained.extend(job.keys)
        return real(job, worker)

    monkeypatch.setattr(jobs, "train", train)
    return trained


@pytest.mark.parametrize("away", [(True, True), (True, False)])
def test_the_same_bytes_are_stored_and_every_model_is_trained_once(away, here, counted, tmp_path):
    plan, store, executor = REQUEST.plan(), Store(tmp_path / "store"), Elsewhere(tmp_path / "disk", away)
    assert runner.train(plan, REQUEST, store, executor) == []
    assert kept(store.root) == kept(here)
    assert sorted(counted) == sorted(plan.by_key)
    assert not (tmp_path / "disk").exists()
    assert list((store.root / "claims").iterdir()) == []
    assert play_ahead(plan, REQUEST, ATTACKING, store, executor) == {}
    assert scores(store.root) == scores(here)


def test_stored_models_are_lent_to_be_asked(here, counted, tmp_path):
    plan, store = REQUEST.plan(), Store(tmp_path / "store")
    shutil.copytree(here / "models", store.models.home)
    assert runner.train(plan, REQUEST, store, Elsewhere(tmp_path / "disk")) == []
    assert kept(store.root) == kept(here)
    assert counted == []


def test_what_failed_elsewhere_is_told_here(monkeypatch, tmp_path):
    plan = REQUEST.plan()
    first = next(iter(plan.by_key.values()))
    real = jobs.train

    def train(job, worker):
        kept = tuple(key for key in job.keys if key != first.key)
        lost = [Failure(first.model, first.defense.name, "on purpose")] if kept != job.keys else []
        return lost + (real(replace(job, keys=kept), worker) if kept else [])

    monkeypatch.setattr(jobs, "train", train)
    store = Store(tmp_path / "store")
    failures = runner.train(plan, REQUEST, store, Elsewhere(tmp_path / "disk"))
    assert [(f.model, f.reason) for f in failures] == [(first.model, "on purpose")]
    assert [key for key in plan.by_key if key not in store.models] == [first.key]


def test_a_worker_takes_no_more_at_once_than_its_device_can(here, monkeypatch, tmp_path):
    at_once, real = [], jobs.train
    monkeypatch.setattr(jobs, "train", lambda job, worker: at_once.append(len(job.keys)) or real(job, worker))
    monkeypatch.setattr(pulling, "width_of", lambda group, device: 1)
    store = Store(tmp_path / "store")
    assert runner.train(REQUEST.plan(), REQUEST, store, Elsewhere(tmp_path / "disk")) == []
    assert set(at_once) == {1}
    assert kept(store.root) == kept(here)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (lambda e: replace(e, files=e.files | {"weights.safetensors": b"others"}), "is not as it was written"),
        (lambda e: replace(e, key=e.key[::-1]), "is not as it was written"),
        (lambda e: replace(e, files={k: v for k, v in e.files.items() if k != "spec.json"}), "cannot be read"),
        (lambda e: replace(e, files=e.files | {"more": b""}), "holds files that its facts.json does not name"),
        (lambda e: replace(e, files=e.files | {"../up": b""}), "expected the name of an entry or a file, got '../up'"),
        (lambda e: replace(e, key="../models"), "expected the name of an entry or a file"),
        (lambda e: replace(e, files=e.files | {"..": b""}), "expected the name of an entry or a file, got '..'"),
    ],
)
def test_an_entry_that_is_not_what_was_made_is_refused(change, said, here, tmp_path):
    store = Store(tmp_path / "store")
    entry = next(of for of in Store(here).entries() if of.shelf == "models")
    with pytest.raises(Damaged, match=said.replace(".", r"\.")):
        store.shelf("models").adopt(change(entry))
    assert not list(store.root.rglob("*.json"))
    store.shelf("models").adopt(entry)
    store.shelf("models").adopt(Entry(entry.shelf, entry.key, entry.files))  # there already
    assert kept(store.root) == {p: b for p, b in kept(here).items() if entry.key in p.parts}


def test_models_come_before_what_they_answered(here):
    """Whoever is stopped between two of them need only ask again."""
    shelves = [entry.shelf for entry in Store(here).entries()]
    assert {"models", "outputs"} <= set(shelves)
    assert max(n for n, shelf in enumerate(shelves) if shelf == "models") < shelves.index("outputs")


DRIVER = """
import sys
from pathlib import Path
from test_places import REQUEST, ATTACKING
from benchmarks.games.ahead import play_ahead
from benchmarks.training import runner
from benchmarks.training.executors.places import place
from benchmarks.training.store import Store
if __name__ == "__main__":
    store = Store(Path(sys.argv[1]))
    places = place("ray:" + sys.argv[2], "cpu", None, store.root)
    assert runner.train(REQUEST.plan(), REQUEST, store, places) == []
    assert play_ahead(REQUEST.plan(), REQUEST, ATTACKING, store, places) == {}
"""


@needs_ray
@pytest.mark.slow  # a cluster, and a driver whose disk the cluster does not see
@pytest.mark.skipif(
    subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0 if shutil.which("unshare") else True,
    reason="no name space of one's own for mounts",
)
def test_a_ray_cluster_that_does_not_see_the_drivers_disk(cluster, here, tmp_path):
    import ray

    disk, script = tmp_path / "disk", tmp_path / "driver.py"
    disk.mkdir()
    script.write_text(DRIVER)
    address = ray.get_runtime_context().gcs_address
    ours = f"mount -t tmpfs none {disk} && {sys.executable} {script} {disk}/store {address}"
    both = f"{ours} && cp -r {disk}/store {tmp_path}/came"
    path = os.pathsep.join([os.getcwd(), str(Path(__file__).parent)])
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", both], capture_output=True, text=True, env={**os.environ, "PYTHONPATH": path}
    )
    assert done.returncode == 0, done.stderr
    assert list(disk.iterdir()) == []
    assert kept(tmp_path / "came") == kept(here)
    assert scores(tmp_path / "came") == scores(here)
