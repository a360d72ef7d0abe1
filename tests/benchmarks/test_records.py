"""Records are read as they were written, or refused in one sentence."""

import json

import numpy as np
import pytest

from benchmarks.games import recording
from benchmarks.games.playing import SWEEP, Outcome
from benchmarks.games.recording import Seen
from benchmarks.results import records
from benchmarks.run import main


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    home = tmp_path_factory.mktemp("records")
    options = ["--references", "2", "--trials", "2", "--epochs", "2", "--attacks", "loss", "c-loss", "two-stage"]
    assert main(["--store", str(home / "store"), "--output", str(home / "out"), "--device", "cpu", *options]) == 0
    return home / "out" / "records"


def seen(scores, member, claimed, difficulty=None):
    verdicts = np.broadcast_to(claimed, (len(SWEEP), len(member)))
    return Seen(np.array(member), Outcome(np.array(scores, float), verdicts, np.ones(len(SWEEP)), 0.5), difficulty)


def test_records_and_arrays_come_back(folder):
    made = records.read(folder)
    assert [r["attack"]["name"] for r in made] == ["c-loss", "loss", "two-stage"]
    for record in made:
        arrays = records.outcomes(folder, record)
        assert len(arrays) == 2
        for trial, metrics in zip(arrays, record["trials"], strict=True):
            above = trial["scores"][trial["member"]][:, None] - trial["scores"][~trial["member"]]
            assert metrics["auc"] == pytest.approx((above > 0).mean() + (above == 0).mean() / 2, abs=1e-5)
            assert trial["verdicts"].shape == (4, len(trial["member"]))
        tp = [int(t["verdicts"][2][t["member"]].sum()) for t in arrays]
        assert tp == record["verdicts"][2]["tp"]
        assert record["cost"]["models"] == 4
    rows = {r["attack"]["name"]: r["paired"] for r in made}
    strongest = max(made, key=lambda r: r["ranking"]["auc"]["mean"])["attack"]["name"]
    assert rows.pop(strongest) == []
    assert all(row["other"] == strongest and row["auc"]["difference"] <= 0 for (row,) in rows.values())


def test_arrays_may_be_missing_but_not_damaged(folder, tmp_path):
    record = records.read(folder)[0]
    assert records.outcomes(tmp_path, record) is None
    (tmp_path / f"{records.stem(record)}.npz").write_bytes(b"PK nonsense")
    with pytest.raises(ValueError, match="run it again"):
        records.outcomes(tmp_path, record)


@pytest.mark.parametrize(
    ("edit", "sentence"),
    [
        (lambda r: r["ranking"]["auc"].update(mean=0.99), "not as it was written"),
        (lambda r: r.update(schema=1), "expected a record of schema 2, got 1"),
        (lambda r: r["ranking"]["auc"].update(mean=float("nan")), "finite"),
        (lambda r: r.pop("roc"), "has no roc"),
        (lambda r: r.pop("sha256"), "not as it was written"),
    ],
)
def test_a_record_that_was_changed_is_refused(folder, tmp_path, edit, sentence):
    path = next(folder.glob("*.json"))
    record = json.loads(path.read_text())
    edit(record)
    (tmp_path / path.name).write_text(json.dumps(record))
    with pytest.raises(ValueError, match=sentence) as error:
        records.read(tmp_path)
    assert path.name in str(error.value)


@pytest.mark.parametrize("text", ["", "[]", "nonsense", "{}"])
def test_what_is_no_record_is_refused(tmp_path, text):
    (tmp_path / "a.json").write_text(text)
    with pytest.raises(ValueError, match=r"a\.json: is not a record"):
        records.read(tmp_path)


def test_no_records_are_refused(tmp_path):
    with pytest.raises(ValueError, match="found none"):
        records.read(tmp_path)


def test_the_score_histogram_counts_every_record_once_by_hand():
    found = recording.score_histogram([seen([0, 0.5, 1], [True, True, False], False), seen([1], [True], False)])
    assert sum(found["members"]) == 3
    assert found["members"][0] == 1
    assert found["members"][-1] == 1
    assert found["others"] == [0] * 39 + [1]


def test_the_difficulty_histogram_holds_members_alone_split_by_verdict():
    member, claimed = np.array([True, True, True, False]), np.array([True, False, False, True])
    found = recording.difficulty_histogram([seen([0] * 4, member, claimed, np.array([4.0, 0.0, np.nan, 9.0]))])
    assert sum(found["identified"]) == 1
    assert found["identified"][-1] == 1
    assert sum(found["missed"]) == 1  # the one that no reference model left unseen has no difficulty
    assert found["missed"][0] == 1
    assert recording.difficulty_histogram([seen([0] * 4, member, claimed)]) is None


def test_against_the_strongest_by_hand():
    member = np.arange(400) < 200
    good, bad = member.astype(float), np.tile([0.0, 1.0], 200)
    rows = recording.against_the_strongest(
        {"bad": [seen(bad, member, member & (bad > 0))], "good": [seen(good, member, member)]}, 0
    )
    assert rows["good"] == []
    (row,) = rows["bad"]
    assert row["other"] == "good"
    assert row["auc"]["difference"] == pytest.approx(-0.5)
    assert row["auc"]["p"] < 1e-6
    assert row["tp_at_0.98"]["difference"] == -100
