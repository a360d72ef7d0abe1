"""Files are whole or not there, no planted link is followed, and tables are what records say."""

import csv
import io
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from invented import edited, record

from benchmarks.results import files, frames
from benchmarks.statistics.metrics import CANARIES
from datasets import drafts

ROOT = Path(__file__).parents[3]


def test_a_file_is_written_whole_and_nothing_else_is_left(tmp_path):
    path = tmp_path / "a.txt"
    files.write(path, "Žluť\r\n")
    assert path.read_bytes() == "Žluť\r\n".encode()
    files.write(path, b"\x00")
    assert path.read_bytes() == b"\x00"
    files.write_arrays(tmp_path / "a.npz", x=np.arange(3))
    assert [p.name for p in sorted(tmp_path.iterdir())] == ["a.npz", "a.txt"]
    mask = os.umask(0)
    os.umask(mask)
    assert path.stat().st_mode & 0o777 == 0o666 & ~mask


def test_what_goes_wrong_leaves_the_old_file(tmp_path):
    path = tmp_path / "a.txt"
    files.write(path, "old")
    with pytest.raises(TypeError), files.writing(path) as file:
        file.writelines([b"half", None])
    assert path.read_text() == "old"
    assert [p.name for p in tmp_path.iterdir()] == ["a.txt"]


def test_a_link_is_replaced_and_never_followed(tmp_path):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    path = tmp_path / "out" / "a.txt"
    path.parent.mkdir()
    path.symlink_to(outside)
    files.write(path, "fresh")
    assert outside.read_text() == "mine"
    assert not path.is_symlink()
    assert path.read_text() == "fresh"


def test_a_draft_has_a_name_that_cannot_be_foreseen_and_never_an_existing_file(tmp_path, monkeypatch):
    outside = tmp_path / "outside.txt"
    outside.write_text("mine")
    (tmp_path / f".draft-{'0' * 16}").symlink_to(outside)
    monkeypatch.setattr(drafts.secrets, "token_hex", lambda n: "0" * 2 * n)
    with pytest.raises(FileExistsError):
        files.write(tmp_path / "a.txt", "fresh")
    assert outside.read_text() == "mine"


def test_long_names_and_missing_folders(tmp_path):
    files.write(tmp_path / ("a" * 250), "x")
    with pytest.raises(FileNotFoundError):
        files.write(tmp_path / "nowhere" / "a", "x")


def test_the_frame_has_a_row_a_metric_and_the_games_a_row_a_game():
    made = [record(attack="a", members=500), record(attack="b", d=0.2)]
    frame = frames.frame(made)
    assert list(frame.columns) == list(frames.HEADS)
    assert len(frame) == sum(len(r.metrics) for r in made)
    row = frame[(frame.attack == "b") & (frame.metric == "auc")].iloc[0]
    assert (row["mean"], row.low, row.high) == made[1].auc.ends
    assert frame[(frame.attack == "a") & (frame.metric == "tpr_at_0.1%_fpr")]["mean"].isna().all()
    games = frames.games(made)
    assert len(games) == 4 * len(frame)
    found = games[(games.attack == "b") & (games.metric == "auc")]
    assert list(found.game) == [0, 1, 2, 3]
    assert tuple(found.value) == made[1].auc.values


OWN = {"mean": 0.5, "low": 0.25, "high": 0.75, "values": [0.5] * 4}


def test_the_tidy_csv_is_the_frame_with_formulas_disarmed():
    made = [edited(record(members=500), {"attack/name": "=1+1"})]
    head, *rows = csv.reader(io.StringIO(frames.tidy(made)))
    assert head == list(frames.HEADS)
    assert len(rows) == len(made[0].metrics)
    assert {row[3] for row in rows} == {"'=1+1"}
    values = {row[4]: row[5:] for row in rows}
    assert tuple(map(float, values["auc"])) == made[0].auc.ends
    assert values["tpr_at_0.1%_fpr"] == ["", "", ""]


def test_the_wide_csv_has_a_row_a_record_and_says_the_same():
    made = [
        edited(record(members=500), {"attack/name": "=1+1"}),
        edited(record(attack="b"), {f"metrics/{CANARIES.key}": OWN}),
    ]
    one, two = csv.DictReader(io.StringIO(frames.wide(made)))
    assert [one[k] for k in ("suite", "adversary", "defense", "attack")] == ["digits", "adaptive", "none", "'=1+1"]
    assert tuple(float(one[f"auc{end}"]) for end in ("", " low", " high")) == made[0].auc.ends
    assert [one[f"tpr_at_0.1%_fpr{end}"] for end in ("", " low", " high")] == [""] * 3  # too few data
    assert [row[f"{CANARIES.key} high"] for row in (one, two)] == ["", "0.75"]  # a metric that one record has
    assert len(one) == 4 + 3 * len(made[1].metrics)


def test_least_and_greatest_values_are_no_ends_of_an_interval():
    apart, whole = (edited(record(), {f"metrics/{CANARIES.key}": {**OWN, **of}}) for of in ({"holds": "values"}, {}))
    for made, ends in ((apart, ["", ""]), (whole, ["0.25", "0.75"])):
        said = {row["metric"]: row for row in csv.DictReader(io.StringIO(frames.tidy([made])))}[CANARIES.key]
        assert [said["mean"], said["low"], said["high"]] == ["0.5", *ends]
        [said] = csv.DictReader(io.StringIO(frames.wide([made])))
        assert [said[f"{CANARIES.key}{end}"] for end in ("", " low", " high")] == ["0.5", *ends]
        frame = frames.frame([made]).set_index("metric")
        assert frame.loc[CANARIES.key, ["low", "high"]].isna().all() == (made is apart)
        assert not frame.loc["auc", ["low", "high"]].isna().any()


def test_reading_needs_no_heavy_library():
    code = "import sys, benchmarks.results.reading; print(*{'torch', 'pandas', 'matplotlib', 'scipy'} & {*sys.modules})"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=ROOT)
    assert done.stdout == "\n"
