"""Asked to end, or killed: nothing half-made is left after the next command, no worker lives on, no line is lost."""

import os
import random
import shutil
import signal
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from benchmarks.run import main
from benchmarks.tracking import history

HANGUP, KILL = (getattr(signal, name, signal.SIGTERM) for name in ("SIGHUP", "SIGKILL"))  # Windows has neither
pytestmark = pytest.mark.posix("signals that ask a process to end")

ROOT = Path(__file__).parents[2]
SIZES = ["--device", "cpu", "--references", "2", "--trials", "2", "--epochs", "2", "--attacks", "loss", "c-loss"]


def words(home):
    return ["--store", str(home / "store"), "--output", str(home / "out"), *SIZES]


def left(home):
    """What is half-made below a folder."""
    return [p for p in home.rglob("*") if p.name.startswith((".draft", ".unfinished"))]


def started(*command, **options):
    return subprocess.Popen(
        [sys.executable, *map(str, command)], cwd=ROOT, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True,
        **options
    )  # fmt: skip


@pytest.fixture(scope="module")
def clean(tmp_path_factory):
    home = tmp_path_factory.mktemp("clean")
    assert main(words(home)) == 0
    return home


def stopped(home, number, rng):
    """Start a run, and end it by a signal at a random moment of its work; what it said, and its exit code."""
    process = started("-m", "benchmarks.run", *words(home))
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and process.poll() is None and not (home / "store").exists():
        time.sleep(0.002)
    time.sleep(rng.uniform(0, 1.0))
    process.send_signal(number)
    return process.communicate()[1], process.returncode


@pytest.mark.parametrize("number", [signal.SIGTERM, HANGUP])
def test_a_run_that_is_asked_to_end_leaves_nothing(clean, tmp_path, number):
    said, code = stopped(tmp_path, number, random.Random(int(number)))
    late = code == -number and "written: " in said  # all was done, and Python on its way out
    if code == 0 or late:
        for name in ("leaderboard.md", "results.csv"):
            assert (tmp_path / "out" / name).read_bytes() == (clean / "out" / name).read_bytes()
    else:
        assert code == 128 + number, said
        assert "the same command goes on from there" in said
    assert "Traceback" not in said
    assert left(tmp_path) == []


def _goes_on(clean, home, seeds):
    for seed in seeds:
        stopped(home / str(seed), signal.SIGKILL, random.Random(seed))
        assert main(words(home / str(seed))) == 0
        assert left(home / str(seed)) == []
        for name in ("leaderboard.md", "results.csv"):
            assert (home / str(seed) / "out" / name).read_bytes() == (clean / "out" / name).read_bytes()
        shutil.rmtree(home / str(seed))


def test_after_kills_the_next_command_clears_and_ends_the_same(clean, tmp_path):
    _goes_on(clean, tmp_path, range(2))


@pytest.mark.slow
def test_after_sixty_four_kills_the_next_command_clears_and_ends_the_same(clean, tmp_path):
    _goes_on(clean, tmp_path, range(100, 164))


WORKERS = """
import sys, time
from pathlib import Path
from benchmarks.naming.stopping import stoppable
from benchmarks.training.executors.processes import Processes
from datasets import drafts

def work(job, worker):
    import os
    with drafts.folder(Path(job)):
        (Path(job) / f"{os.getpid()}.pid").write_text("")
        time.sleep(120)

if __name__ == "__main__":
    with stoppable():
        list(Processes(("one", "two")).map(work, [sys.argv[1]] * 3))
"""


@pytest.mark.parametrize("number", [KILL, signal.SIGTERM, HANGUP])
def test_workers_end_with_their_parent(tmp_path, number):
    (tmp_path / "script.py").write_text(WORKERS)
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    process = started(tmp_path / "script.py", tmp_path, env=environment)
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and len(pids := list(tmp_path.glob("*.pid"))) < 2:
        time.sleep(0.01)
    begun = time.monotonic()
    process.send_signal(number)
    process.wait(30)
    while time.monotonic() < begun + 20 and any(alive(int(p.stem)) for p in pids):
        time.sleep(0.01)
    assert len(pids) == 2
    assert not any(alive(int(p.stem)) for p in pids)
    assert number == signal.SIGKILL or left(tmp_path) == []


def alive(process):
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{process}/stat")
    return not stat.exists() or stat.read_text(encoding="utf-8").rpartition(")")[2].split()[0] != "Z"


def test_processes_that_append_to_one_history_lose_no_line(tmp_path):
    records, names = ROOT / "results" / "regression" / "records", ("gap", "loss", "conf", "entropy")
    for name in names:
        (tmp_path / name).mkdir()
        for path in records.glob(f"*--{name}.*"):
            shutil.copy(path, tmp_path / name)
    made = [
        started("-m", "benchmarks.regression", "record", "--current", tmp_path / name, "--history", tmp_path / "h.csv")
        for name in names
    ]
    assert [(p.communicate()[1].splitlines()[1:], p.returncode) for p in made] == [([], 0)] * len(names)
    assert sorted(line["attack"] for line in history.read(tmp_path / "h.csv")) == sorted(names)


FETCH = """
import sys, time
from pathlib import Path
from datasets.fetching import place

def slow(scratch):
    (scratch / "half.tgz").write_bytes(bytes(1000))
    print(flush=True)
    time.sleep(60)

place("x", Path(sys.argv[1]) / "x.npz", slow, Path(sys.argv[1]) / "x.json", str)
"""


def test_what_a_killed_download_leaves_goes_with_the_next(tmp_path):
    import numpy as np

    from datasets.fetching import place

    process = subprocess.Popen([sys.executable, "-c", FETCH, str(tmp_path)], cwd=ROOT, stdout=subprocess.PIPE)
    process.stdout.readline()
    process.kill()
    process.wait()
    assert len(left(tmp_path)) == 1
    place("x", tmp_path / "x.npz", lambda scratch: {"x": np.arange(3)}, tmp_path / "x.json", lambda arrays: "{}")
    assert sorted(p.name for p in tmp_path.iterdir()) == ["x.json", "x.npz"]


def test_a_stop_is_like_ctrl_c_only_while_a_command_runs():
    code = textwrap.dedent("""
        import os, signal
        from benchmarks.naming.stopping import Stopped, stoppable
        signal.signal(signal.SIGHUP, signal.SIG_IGN)
        with stoppable():
            os.kill(os.getpid(), signal.SIGHUP)  # stays ignored, as nohup wants it
            try:
                os.kill(os.getpid(), signal.SIGTERM)
            except KeyboardInterrupt as error:
                print(error.number)
        print(signal.getsignal(signal.SIGTERM) is signal.SIG_DFL, flush=True)
    """)
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout == "15\nTrue\n", done.stderr


def test_ctrl_c_while_workers_start_is_one_sentence(tmp_path):
    process = started(
        "-m",
        "benchmarks.run",
        *words(tmp_path),
        "--on",
        "processes",
        "--workers",
        "2",
        start_new_session=True,
    )
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline and not list((tmp_path / "store" / "claims").glob("worker-*")):
        time.sleep(0.002)
    time.sleep(0.3)  # they import now
    os.killpg(process.pid, signal.SIGINT)
    said = process.communicate()[1]
    assert process.returncode == 130
    assert "Traceback" not in said
    assert said.splitlines()[-1].startswith("interrupted; ")
    assert not left(tmp_path)
