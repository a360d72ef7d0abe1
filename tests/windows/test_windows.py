"""What a user does first, on imitated Windows: run, be stopped, go on, report, audit; and the names that it leaves."""

import os
import re
import subprocess
import sys
import threading
from pathlib import Path, PureWindowsPath

import imitated
import numpy as np
import pytest

from benchmarks import run as running
from benchmarks.results import exchange, files, writing
from benchmarks.training.claims import Claims
from benchmarks.training.executors import limits, processes
from datasets import drafts

ROOT = Path(__file__).parents[2]
SIZES = ["--device", "cpu", "--references", "2", "--trials", "1", "--epochs", "1", "--attacks", "loss", "c-loss"]


@pytest.fixture
def windows(tmp_path, monkeypatch):  # the folder is made before, and goes after
    if sys.platform == "darwin":
        pytest.skip("what a process has open is read from Linux's /proc")
    monkeypatch.setenv("USERNAME", "user")
    imitated.install(
        monkeypatch.setattr,
        lambda of, name: monkeypatch.delattr(of, name, raising=False),
        lambda name: monkeypatch.setitem(sys.modules, name, None),
    )
    monkeypatch.setattr(drafts, "fcntl", None)
    monkeypatch.setattr(drafts, "PATIENCE", 0.2)


def words(home):
    return ["--store", str(home / "store"), "--output", str(home / "out"), *SIZES]


def endless():
    while True:
        pass


def tree(home):
    """The files of a folder and their bytes."""
    return {str(p.relative_to(home)): p.read_bytes() for p in sorted(home.rglob("*")) if p.is_file()}


@pytest.mark.usefixtures("windows")
class TestTheImitation:
    def test_it_refuses_what_windows_refuses(self, tmp_path):
        path, full = tmp_path / "a", tmp_path / "full"
        path.write_text("a", encoding="utf-8")
        (full / "in").mkdir(parents=True)
        with open(path, encoding="utf-8"):
            for act in (path.unlink, lambda: path.rename(tmp_path / "b"), lambda: os.replace(path, tmp_path / "b")):
                with pytest.raises(PermissionError):
                    act()
        with pytest.raises(PermissionError):
            os.open(full, os.O_RDONLY)
        with pytest.raises(FileExistsError):
            os.rename(full / "in", path)
        with pytest.raises(FileNotFoundError):
            Path("/proc/self/status").read_text(encoding="utf-8")
        np.save(tmp_path / "x.npy", np.arange(9))
        mapped = np.load(tmp_path / "x.npy", mmap_mode="r")
        with pytest.raises(PermissionError):
            (tmp_path / "x.npy").unlink()
        del mapped
        path.unlink()
        (tmp_path / "x.npy").unlink()

    @pytest.mark.posix("such files cannot be made there")
    @pytest.mark.parametrize("names", [["a:b"], ["a."], ["Con.v2.json"], ["A", "a"]])
    def test_it_names_what_could_not_lie_there(self, tmp_path, names):
        for name in names:
            (tmp_path / name).touch()
        with pytest.raises(AssertionError):
            imitated.check_names(tmp_path)


@pytest.mark.usefixtures("windows")
class TestDrafts:
    def test_drafts_are_put_in_place_and_go_otherwise(self, tmp_path):
        for content in ("old", "new"):
            files.write(tmp_path / "a", content)
        with drafts.folder(tmp_path) as draft:
            (draft / "x").touch()
        with drafts.folder(tmp_path) as draft, files.alone_in(tmp_path):
            (draft / "x").touch()
            (tmp_path / "kept").mkdir()  # an empty folder gives way, as on POSIX
            drafts.rename(draft, tmp_path / "kept")
        with pytest.raises(FileExistsError), drafts.folder(tmp_path) as draft:
            drafts.rename(draft, tmp_path / "kept")
        assert tree(tmp_path) == {"a": b"new", "kept/x": b""}

    def test_a_reader_is_waited_for(self, tmp_path):
        files.write(tmp_path / "a", "old")
        reader = open(tmp_path / "a", encoding="utf-8")  # noqa: SIM115  # another thread closes it
        threading.Timer(0.1, reader.close).start()
        files.write(tmp_path / "a", "new")
        assert tree(tmp_path) == {"a": b"new"}
        with open(tmp_path / "a", encoding="utf-8"), pytest.raises(PermissionError):
            files.write(tmp_path / "a", "newer")
        assert tree(tmp_path) == {"a": b"new"}

    def test_nothing_is_taken_for_abandoned(self, tmp_path):
        (tmp_path / f".draft-{'0' * 16}").mkdir()
        drafts.clear(tmp_path)
        assert not drafts.abandoned(tmp_path / f".draft-{'0' * 16}")
        assert len(list(tmp_path.iterdir())) == 1

    def test_of_two_workers_one_has_a_claim_until_it_gives_it_back_or_expires(self, tmp_path, monkeypatch):
        with Claims(tmp_path) as one, Claims(tmp_path) as two:
            assert one.take("k")
            assert not two.take("k")
            assert two.living()["k"].worker == one.worker
            one.release(["k"])
            (tmp_path / "k").mkdir()  # what a worker leaves that dies while it gives back
            assert two.take("k")
            two._seen.clear()
            monkeypatch.setattr("benchmarks.training.claims.EXPIRY", 0.0)
            assert not one.take("k")  # seen for the first time
            assert one.take("k")
        assert list(tmp_path.iterdir()) == []


@pytest.mark.usefixtures("windows")
class TestCommands:
    def test_a_run_a_second_one_a_report_and_what_they_leave(self, tmp_path, capsys):
        from benchmarks.report.__main__ import main as report

        assert running.main(words(tmp_path)) == 0
        first = tree(tmp_path / "out" / "records")
        made = tree(tmp_path / "store" / "models")
        assert running.main(words(tmp_path)) == 0
        assert tree(tmp_path / "store" / "models") == made
        assert tree(tmp_path / "out" / "records").keys() == first.keys()
        for _ in range(2):
            assert report([str(tmp_path / "out"), "--output", str(tmp_path / "report")]) == 0
        assert (tmp_path / "report" / "report.html").is_file()
        assert [p for p in tmp_path.rglob("*") if p.name.startswith((".draft", ".unfinished"))] == []
        imitated.check_names(tmp_path)
        capsys.readouterr()

    def test_a_run_that_is_stopped_leaves_nothing_half_made_and_goes_on(self, tmp_path, monkeypatch):
        kept = files.write_arrays

        def stop(*of, **arrays):
            raise KeyboardInterrupt

        monkeypatch.setattr(files, "write_arrays", stop)
        assert running.main(words(tmp_path)) == 130
        assert [p for p in tmp_path.rglob("*") if p.name.startswith((".draft", ".unfinished"))] == []
        assert list((tmp_path / "store" / "claims").iterdir()) == []
        monkeypatch.setattr(files, "write_arrays", kept)
        assert running.main(words(tmp_path)) == 0

    def test_an_audit(self, tmp_path):
        from benchmarks.audit.__main__ import main as audit

        rng = np.random.default_rng(0)
        scores, member = rng.normal(size=400), np.arange(400) % 2 == 0
        logits = np.stack([scores, -scores], axis=1).astype(np.float32)
        np.savez(tmp_path / "mine.npz", logits=logits, labels=np.arange(400) // 2 % 2, member=member)
        assert audit([str(tmp_path / "mine.npz"), "--output", str(tmp_path / "audit")]) == 0
        assert (tmp_path / "audit" / "report.html").is_file()
        imitated.check_names(tmp_path)

    def test_time_is_limited_without_an_alarm(self):
        with limits.within(60):
            pass
        with pytest.raises(limits.Overdue, match=r"^no end after 0\.05 s, which is --timeout$"), limits.within(0.05):
            endless()


@pytest.mark.skipif(sys.platform == "darwin", reason="what a process has open is read from Linux's /proc")
def test_two_processes_and_a_console_of_cp1252(tmp_path):
    here = Path(__file__).parent  # not itself in a path, which processes of other tests inherit
    paths = os.pathsep.join(map(str, (here / "started", here, ROOT)))
    environment = {**os.environ, "PYTHONPATH": paths, "PYTHONIOENCODING": "cp1252"}
    command = [sys.executable, "-m", "benchmarks.run", *words(tmp_path), "--on", "processes", "--workers", "2"]
    done = subprocess.run(command, capture_output=True, cwd=ROOT, env=environment)
    assert done.returncode == 0, done.stderr.decode()
    assert "AUC" in done.stdout.decode("cp1252")
    assert "Traceback" not in done.stderr.decode("cp1252", errors="replace")
    assert list((tmp_path / "store" / "claims").iterdir()) == []
    imitated.check_names(tmp_path)


def test_a_worker_process_leaves_ctrl_c_to_the_first_one(monkeypatch):
    given = []
    monkeypatch.delattr(processes.signal, "pthread_sigmask", raising=False)
    monkeypatch.setattr(processes.signal, "signal", lambda number, handler: given.append((number, handler)))
    monkeypatch.setattr(processes, "_end_with_parent", lambda: None)
    processes._begin()
    assert (processes.signal.SIGINT, processes.signal.SIG_IGN) in given


@pytest.mark.parametrize("name", ["..\\x", "C:\\x", "C:x", "records\\..\\..\\x", "\\x"])
def test_no_exchange_reaches_outside_by_a_path_of_windows(tmp_path, monkeypatch, name):
    monkeypatch.setattr(exchange, "PurePath", PureWindowsPath)
    with pytest.raises(ValueError, match="got one outside"):
        exchange._inside(tmp_path, name)
    assert exchange._inside(tmp_path, "records/x") == tmp_path / "records" / "x"


def test_names_are_told_apart_where_letters_have_no_case_and_none_is_a_device():
    made = [writing.stem(name, "none") for name in ("digits", "Digits", "con", "aux.v2", "a:b", "a.", "Com1")]
    assert made[0] == "digits--none"
    assert len({one.lower() for one in made}) == len(made)
    assert [imitated.wrong(f"{one}.json") for one in made] == [None] * len(made)
    assert all(re.fullmatch(r"[\w.=-]+", one) for one in made)
