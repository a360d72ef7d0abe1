"""Nothing outside of an output folder is reached, whatever was planted in it; a complete store need not be writable."""

import csv
import os
from pathlib import Path

import pytest
from invented import edited, record

from benchmarks.report.publish import check_places
from benchmarks.results import exchange, files
from benchmarks.run import main
from benchmarks.tracking import history
from benchmarks.training.store import Shelf

TINY = ["--device", "cpu", "--references", "1", "--trials", "1", "--epochs", "1", "--attacks", "loss"]


@pytest.mark.parametrize("name", ["records", "comparisons", "plots"])
def test_a_link_in_the_place_of_a_folder_is_refused_and_its_files_stay(tmp_path, name, capsys):
    outside, out = tmp_path / "outside", tmp_path / "out"
    for folder in (outside, out):
        folder.mkdir()
    mine = outside / "a--b--c--d.json"
    mine.write_text("mine")
    (out / name).symlink_to(outside)
    assert main(["--store", str(tmp_path / "store"), "--output", str(out), *TINY, "--replace"]) == 2
    assert f"expected a folder, got {out / name}, which is a link" in capsys.readouterr().err
    assert mine.read_text() == "mine"
    assert not list((tmp_path / "store").rglob("facts.json"))  # before anything is trained
    (out / name).unlink()
    (out / name).symlink_to(tmp_path / "nowhere")
    with pytest.raises(ValueError, match="which is a link"):
        check_places(out)


@pytest.mark.parametrize("name", ["leaderboard.md", "results.csv"])
def test_a_link_in_the_place_of_a_file_is_replaced(tmp_path, name):
    outside, out = tmp_path / "outside", tmp_path / "out"
    outside.write_text("mine")
    out.mkdir()
    (out / name).symlink_to(outside)
    assert main(["--store", str(tmp_path / "store"), "--output", str(out), *TINY]) == 0
    assert outside.read_text() == "mine"
    assert not (out / name).is_symlink()


def test_a_planted_exchange_is_a_link_and_is_left_alone(tmp_path):
    (tmp_path / "outside").mkdir()
    (tmp_path / "outside" / "mine").write_text("mine")
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / exchange.UNFINISHED).symlink_to(tmp_path / "outside")
    exchange.finish(tmp_path / "out")
    assert (tmp_path / "outside" / "mine").read_text() == "mine"


def test_a_complete_store_that_cannot_be_written_is_enough(tmp_path, monkeypatch, capsys):
    assert main(["--store", str(tmp_path / "store"), "--output", str(tmp_path / "a"), *TINY]) == 0
    for path in (tmp_path / "store" / "outcomes").iterdir():
        for file in path.iterdir():
            file.unlink()
        path.rmdir()

    def refused(*_arguments, **_options):
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr(Shelf, "write", refused)  # root may write where the mode says no
    for path in [tmp_path / "store", *(tmp_path / "store").rglob("*")]:
        path.chmod(0o555 if path.is_dir() else 0o444)
    capsys.readouterr()
    try:
        assert main(["--store", str(tmp_path / "store"), "--output", str(tmp_path / "b"), *TINY]) == 0
    finally:
        for path in [tmp_path / "store", *(tmp_path / "store").rglob("*")]:
            path.chmod(0o755)
    assert "warning: what attacks answer is not kept" in capsys.readouterr().err
    assert (tmp_path / "b" / "results.csv").read_bytes() == (tmp_path / "a" / "results.csv").read_bytes()


FORMULAS = ["=1+1", "+1", "-1+2", "@SUM(1)", "'=1", "''=x", "'quoted'", "%x", "|x", "＝1", "-", "plain"]


def test_the_history_holds_no_formula_and_reads_back_what_was_written(tmp_path):
    made = [edited(record(members=500), {"attack/name": name, "suite/name": name}) for name in FORMULAS]
    lines = history.added([], [history.line(one, "-", "2026-01-01") for one in made])
    history.write(lines, tmp_path / "h.csv")
    assert history.read(tmp_path / "h.csv") == lines
    with open(tmp_path / "h.csv", encoding="utf-8", newline="") as file:
        cells = {cell for row in csv.reader(file) for cell in row}
    assert not [c for c in cells if c != "-" and c[:1] in tuple("=+-@%|＝＋－＠")]
    before = (tmp_path / "h.csv").read_bytes()
    history.write(history.read(tmp_path / "h.csv"), tmp_path / "h.csv")
    assert (tmp_path / "h.csv").read_bytes() == before


def test_the_committed_history_is_as_it_would_be_written(tmp_path):
    path = Path(__file__).parents[2] / "results" / "regression" / "history.csv"
    history.write(history.read(path), tmp_path / "h.csv")
    assert (tmp_path / "h.csv").read_bytes() == path.read_bytes()


@pytest.mark.parametrize(
    "make", [getattr(os, "mkfifo", os.mkdir), os.mkdir, lambda path: os.symlink("/dev/zero", path)]
)
def test_what_has_no_end_is_no_file(tmp_path, make):
    make(tmp_path / "x")
    with pytest.raises(ValueError, match="x is no regular file"):
        files.read(tmp_path / "x")
    with pytest.raises(ValueError, match="--history: "):
        history.read(tmp_path / "x")
