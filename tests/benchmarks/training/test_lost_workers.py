"""A worker that is killed anywhere costs its cohort alone: another one goes on, and the same bytes are stored."""

import contextlib
import importlib.util
import os
import signal
import threading
import time

import pytest
from test_places import kept

from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.executors.on_slurm import Slurm
from benchmarks.training.executors.places import place
from benchmarks.training.executors.processes import Processes
from benchmarks.training.pulling import claims_of
from benchmarks.training.request import Request
from benchmarks.training.store import Store

pytestmark = pytest.mark.slow  # half a minute each
REQUEST = Request("digits", ("l2",), references=20, trials=4, epochs=4)


@pytest.fixture(scope="module")
def here(tmp_path_factory):
    home = tmp_path_factory.mktemp("here")
    assert runner.train(REQUEST.plan(), REQUEST, Store(home), Here()) == []
    return home


@contextlib.contextmanager
def processes(home):
    yield Processes(("cpu", "cpu"))


@contextlib.contextmanager
def two_nodes(home):
    """A Ray cluster of two nodes, each with its own raylet, on this machine."""
    pytest.importorskip("ray")
    import ray
    from ray.cluster_utils import Cluster

    cluster = Cluster(initialize_head=True, head_node_args={"num_cpus": 1})
    try:
        cluster.add_node(num_cpus=1)
        cluster.wait_for_nodes()
        found = place(f"ray:{cluster.address}", "cpu", None, home)
        assert (found.count, found.gpus) == (2, False)
        with pytest.raises(ValueError, match="--device: expected GPUs in the cluster"):
            place(f"ray:{cluster.address}", "cuda", None, home)
        yield found
    finally:
        ray.shutdown()
        cluster.shutdown()


@contextlib.contextmanager
def slurm(home):
    if importlib.util.find_spec("submitit") is None:
        pytest.skip("submitit is not installed")
    yield Slurm(home / "slurm", 2, cluster="local")


def kill_the_first(store, killed):
    """Kill the first worker that has a claim."""
    deadline = time.monotonic() + 300
    while time.monotonic() < deadline:
        for at in claims_of(store).living().values():
            process = int(at.place.rpartition(" ")[2])
            if process != os.getpid():
                os.kill(process, signal.SIGKILL)
                killed.append(process)
                return
        time.sleep(0.01)


@pytest.mark.posix("os.kill sends SIGKILL")
@pytest.mark.parametrize("places", [processes, two_nodes, slurm])
def test_a_killed_worker_is_replaced(places, here, tmp_path):
    store, killed = Store(tmp_path / "store"), []
    hunter = threading.Thread(target=kill_the_first, args=(store, killed), daemon=True)
    with places(tmp_path) as executor:
        hunter.start()
        assert runner.train(REQUEST.plan(), REQUEST, store, executor) == []
    hunter.join(10)
    assert len(killed) == 1
    assert kept(store.root) == kept(here)
    runner.discard_damaged(REQUEST.plan(), store)
    assert list((store.root / "claims").iterdir()) == []
    assert list(store.root.rglob(".*")) == []
