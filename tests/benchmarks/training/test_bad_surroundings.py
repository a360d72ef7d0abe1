"""A driver that is killed, a cluster of another version, a store that fills up or becomes read-only in the middle."""

import os
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from test_places import kept, needs_ray

from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.pulling import claims_of
from benchmarks.training.request import Request
from benchmarks.training.store import Store

ROOT, OWN = Path(__file__).parents[3], Path(__file__).parent
MORE = {"PYTHONPATH": os.pathsep.join([str(ROOT), str(OWN)]), "OMP_NUM_THREADS": "1"}
REQUEST = Request("digits", ("l2",), references=20, trials=4, epochs=4, population=True)
pytestmark = pytest.mark.slow  # half a minute each
mounts = pytest.mark.skipif(
    not shutil.which("unshare") or subprocess.run(["unshare", "-m", "true"], capture_output=True).returncode != 0,
    reason="no name space of one's own for mounts",
)

DRIVER = """
import sys
from pathlib import Path
from test_bad_surroundings import REQUEST
from benchmarks.training import runner
from benchmarks.training.executors.places import place
from benchmarks.training.store import Store
import ray
if __name__ == "__main__":
    ray.__version__ = sys.argv[3] if len(sys.argv) > 3 else ray.__version__
    store = Store(Path(sys.argv[1]))
    try:
        places = place("ray:" + sys.argv[2], "cpu", None, store.root)
    except ValueError as error:
        sys.exit(f"error: {error}")
    assert runner.train(REQUEST.plan(), REQUEST, store, places) == []
"""


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    home = tmp_path_factory.mktemp("here")
    assert runner.train(REQUEST.plan(), REQUEST, Store(home), Here()) == []
    return home


@pytest.fixture
def driver(cluster, tmp_path):
    """Starts a driver of a Ray cluster of this machine, with more words after its store and address."""
    import ray

    script = tmp_path / "driver.py"
    script.write_text(DRIVER)
    words = [sys.executable, script, tmp_path / "store", ray.get_runtime_context().gcs_address]
    return lambda *more: subprocess.Popen(
        [*words, *more], stderr=subprocess.PIPE, text=True, env={**os.environ, **MORE}, cwd=ROOT
    )


@pytest.mark.posix("SIGKILL ends a process whose locks are gone with it")
@needs_ray
def test_a_driver_that_is_killed_loses_nothing_that_was_stored(driver, here, tmp_path):
    store, before = Store(tmp_path / "store"), set()
    for _ in range(3):
        running = driver()
        stored = before
        while running.poll() is None and len(stored) <= len(before):
            stored = set(store.models.home.glob("[0-9a-f]*/facts.json"))
            time.sleep(0.01)
        assert running.poll() is None, running.stderr.read()
        running.send_signal(signal.SIGKILL)
        running.communicate()
        assert before < stored
        before = stored
    times = {path: path.stat().st_mtime_ns for path in before}
    assert driver().wait(300) == 0
    assert kept(store.root) == kept(here)
    assert {path: path.stat().st_mtime_ns for path in before} == times  # none was trained twice
    runner.discard_damaged(REQUEST.plan(), store)
    assert list(claims_of(store).home.iterdir()) == []
    assert list(store.root.rglob(".*")) == []


@needs_ray
def test_a_cluster_of_another_version_is_one_sentence(driver, tmp_path):
    refused = driver("1.0.0")
    said = refused.communicate(timeout=120)[1]
    assert refused.returncode == 1
    assert said.startswith("error: --on ray: expected a cluster at ")
    assert "ersion" in said
    assert "1.0.0" in said
    assert said.count("\n") == 1
    assert not (tmp_path / "store").exists()


FAULTY = """
set -u
mount -t tmpfs -o size={size} none {disk}
{run} --output {disk}/../first > {disk}/../first.out 2> {disk}/../first.err & run=$!
{spoil}
wait $run; echo $? > {disk}/../first.code
{mend}
{run} --output {disk}/../again > {disk}/../again.out 2> {disk}/../again.err; echo $? > {disk}/../again.code
ls -A {disk}/store/claims > {disk}/../left; find {disk}/store -name '.*' >> {disk}/../left
cp -r {disk}/store {disk}/../came
"""
SPOILT = {  # the size of its disk, what happens to it, and how that is mended
    "full": ("900k", "true", "mount -o remount,size=1g {disk}"),
    "read-only": (
        "1g",
        "until ls {disk}/store/models/*/facts.json > {disk}/../seen 2> {disk}/../seen; do sleep 0.01; done; "
        "chattr +i {disk}/store/models",
        "chattr -i {disk}/store/models",
    ),
}


@mounts
@pytest.mark.parametrize("how", SPOILT)
def test_a_store_that_takes_no_more_is_one_sentence_and_is_gone_on_with(how, here, tmp_path):
    disk = tmp_path / "disk"
    disk.mkdir()
    size, spoil, mend = SPOILT[how]
    run = (
        f"{sys.executable} -m benchmarks.run --suite digits --defenses l2 --attacks loss c-loss --references 20 "
        f"--trials 4 --epochs 4 --device cpu --on processes --workers 2 --store {disk}/store"
    )
    script = FAULTY.format(size=size, disk=disk, run=run, spoil=spoil.format(disk=disk), mend=mend.format(disk=disk))
    done = subprocess.run(
        ["unshare", "-m", "sh", "-c", script], cwd=ROOT, env={**os.environ, **MORE}, capture_output=True
    )
    assert done.returncode == 0, done.stderr
    said = {path.name: path.read_text() for path in tmp_path.iterdir() if path.is_file()}
    assert said["first.code"] == "2\n", said
    errors = [line for line in said["first.err"].splitlines() if line.startswith("error: ")]
    assert len(errors) == 1
    assert "Traceback" not in said["first.err"]
    assert errors[0].startswith("error: --store: cannot write to ")
    assert not (tmp_path / "first").exists() or not list((tmp_path / "first").iterdir())
    assert said["again.code"] == "0\n", said["again.err"]
    assert said["left"] == ""
    assert kept(tmp_path / "came") == kept(here)
