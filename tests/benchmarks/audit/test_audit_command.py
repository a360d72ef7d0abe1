"""The command of an audit: what it prints and writes, its limits, and what it refuses without writing anything."""

import json
import re
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from benchmarks.audit import audit
from benchmarks.audit.__main__ import main

N, C, R = 300, 3, 6
RNG = np.random.default_rng(5)
LABELS = RNG.integers(C, size=N)
SEEN = RNG.random((R + 1, N)) < 0.5
SEEN[2] = ~SEEN[3]
Z = RNG.normal(size=(R + 1, N, C))
Z[:, np.arange(N), LABELS] += 1 + 2.5 * SEEN
SHARES = np.exp(Z) / np.exp(Z).sum(-1, keepdims=True)
IDS = np.array([f"r{i}" for i in range(N)])
SEX = np.array(["f", "m"])[RNG.integers(2, size=N)]
QUICK = ["--attacks", "loss", "lira-online", "base", "gap"]


@pytest.fixture
def files(tmp_path):
    table = {"id": IDS, "y": LABELS, "in": SEEN[0].astype(int), "sex": SEX}
    pd.DataFrame(table | {f"p{c}": SHARES[0, :, c] for c in range(C)}).to_csv(tmp_path / "clinic.csv", index=False)
    np.savez(tmp_path / "others.npz", id=IDS, probabilities=SHARES[1:], trained_on=SEEN[1:])
    return tmp_path


def run(files, *more):
    columns = ["--columns", "labels=y", "member=in", "probabilities=p0,p1,p2", "groups=sex", "ids=id"]
    words = [str(files / "clinic.csv"), *columns, "--output", str(files / "out"), *(more or QUICK)]
    return main(words)


def test_it_writes_what_it_says(files, capsys):
    assert run(files, "--references", str(files / "others.npz"), *QUICK) == 0
    said = capsys.readouterr()
    made = audit(LABELS, SEEN[0], SHARES[0], references=SHARES[1:], trained_on=SEEN[1:], groups={"sex": SEX}, ids=IDS,
                 attacks=QUICK[1:], name="clinic")  # fmt: skip
    assert said.out == f"{made!r}\n\nas a page: {files / 'out' / 'report.html'}\n"
    assert sorted(path.name for path in (files / "out").iterdir()) == [
        "attacks.csv", "records.csv", "report.html", "summary.json"]  # fmt: skip
    records = pd.read_csv(files / "out" / "records.csv")
    assert list(records["id"]) == list(IDS)
    np.testing.assert_allclose(records["score of loss"], made.attacked.scores["loss"])
    np.testing.assert_allclose(records["p"], made.standing.p)
    table = pd.read_csv(files / "out" / "attacks.csv")
    assert set(table["attack"]) == set(QUICK[1:])
    assert list(table["auc"]) == sorted(table["auc"], reverse=True)
    summary = json.loads((files / "out" / "summary.json").read_text())
    assert summary["gives_away"] is True
    assert summary["members"] == int(SEEN[0].sum())
    assert summary["strongest"]["metrics"]["auc"]["mean"] == pytest.approx(made.strongest.auc.mean)
    assert [group["name"] for group in summary["groups"][0]["groups"]] == [g.name for g in made.groups[0].groups]
    assert [bound["epsilon"] for bound in summary["epsilon"]] == [bound.epsilon for bound in made.epsilon]


def test_the_schema_of_the_summary_is_fixed(files):
    assert run(files) == 0
    summary = json.loads((files / "out" / "summary.json").read_text())
    assert list(summary) == [
        "schema", "name", "headline", "gives_away", "warnings", "members", "others", "holds", "adversary", "accuracy",
        "strongest", "exposed", "attacks", "left", "groups", "epsilon", "versions"]  # fmt: skip
    assert summary["schema"] == 1
    assert list(summary["strongest"]["metrics"]) == ["auc", "tpr@1%fpr", "tpr@0.1%fpr"]
    assert summary["strongest"]["metrics"]["tpr@0.1%fpr"] == {"mean": None, "low": None, "high": None}


def test_it_fails_where_a_number_is_surely_above_its_limit(files, capsys):
    assert run(files, *QUICK, "--fail-above", "auc=0.55", "epsilon=50") == 1
    assert "failed: auc is above 0.55: at least 0." in capsys.readouterr().err
    assert (files / "out" / "report.html").exists()
    assert run(files, *QUICK, "--fail-above", "auc=0.99") == 0


def test_no_limit_is_kept_by_an_input_that_seems_out_of_order(files, capsys):
    np.savez(files / "mixed.npz", id=IDS, probabilities=SHARES[1:], trained_on=np.roll(SEEN[1:], 1, axis=1))
    words = ["--references", str(files / "mixed.npz"), *QUICK, "--fail-above", "auc=0.99"]
    assert run(files, *words) == 1
    said = capsys.readouterr()
    assert " ".join(said.out.split()).startswith(
        "Check the input first. Reference model 1 answers what it was trained on no better"
    )
    assert "failed: no limit can be judged as long as the input seems out of order" in said.err
    assert json.loads((files / "out" / "summary.json").read_text())["gives_away"] is None
    text = (files / "out" / "report.html").read_text()
    assert "<h1>Check the input first.</h1>" in text
    assert "As it stands: This model" in text


def test_files_of_no_audit_are_not_replaced(files, capsys):
    (files / "out").mkdir()
    (files / "out" / "records.csv").write_text("mine")
    assert run(files) == 2
    assert "out holds a records.csv that is of no audit; choose another folder" in capsys.readouterr().err
    assert [path.name for path in (files / "out").iterdir()] == ["records.csv"]
    (files / "out" / "records.csv").unlink()
    assert run(files) == 0
    assert run(files) == 0  # an audit's own are


def test_one_file_of_references_twice_is_refused(files, capsys):
    one = pd.DataFrame({"id": IDS, "trained_on": SEEN[1]} | {f"prob_{c}": SHARES[1, :, c] for c in range(C)})
    one.to_csv(files / "one.csv", index=False)
    one.to_csv(files / "copy.csv", index=False)
    assert run(files, "--references", str(files / "one.csv"), str(files / "copy.csv"), *QUICK) == 2
    assert "references: expected different models, got the same answers from 1 and 2" in capsys.readouterr().err


def test_a_population_that_the_model_was_trained_on_is_refused(files, capsys):
    more = {"label": LABELS[:9], "member": [False] * 8 + [True]} | {f"prob_{c}": SHARES[0, :9, c] for c in range(C)}
    pd.DataFrame(more).to_csv(files / "more.csv", index=False)
    assert run(files, "--population", str(files / "more.csv"), *QUICK) == 2
    assert (
        "member: expected records that the model never saw, got one that it was trained on" in capsys.readouterr().err
    )


def test_a_claimed_epsilon_is_compared(files, capsys):
    assert run(files, *QUICK, "--epsilon", "0.1") == 0
    assert " above the claimed epsilon 0.1" in capsys.readouterr().out
    bounds = json.loads((files / "out" / "summary.json").read_text())["epsilon"]
    assert any(bound["above"] for bound in bounds)


REFUSED = {
    ("--fail-above", "tpr@0.1%fpr=0.05"): "--fail-above: tpr@0.1%fpr needs 2,000 non-members or more, got ",
    ("--fail-above", "tpr=0.05"): "--fail-above: expected NUMBER=VALUE, got 'tpr=0.05'",
    ("--fail-above", "auc=high"): "--fail-above: expected a share from 0 to below 1 for auc, got 'high'",
    ("--fail-above", "auc=1.5"): "--fail-above: expected a share from 0 to below 1 for auc, got '1.5'",
    ("--fail-above", "auc=.6", "auc=.9"): "--fail-above: expected auc once, got it twice",
    ("--fail-above", "epsilon=-1"): "--fail-above: expected 0 or more for epsilon, got '-1'",
    ("--epsilon", "much"): "--epsilon: expected a number of at least 0, got much",
    ("--delta", "1"): "--delta: expected a number of at least 1e-30 and below 1, got 1",
    ("--attacks", "lossy"): "--attacks: unknown attack 'lossy'",
    ("--attacks", "lira-online"): "attacks: none can play; lira-online needs",
    ("--references", "nowhere.npz"): "nowhere.npz: expected a file, got nothing there",
    ("--population", "nowhere.npz"): "nowhere.npz: expected a file, got nothing there",
}


@pytest.mark.parametrize("words", REFUSED)
def test_what_it_refuses_it_refuses_in_one_sentence_and_writes_nothing(files, capsys, words):
    quick = [] if "--attacks" in words else ["--attacks", "loss"]
    assert run(files, *quick, *words) == 2
    said = capsys.readouterr()
    assert said.out == ""
    lines = [line for line in said.err.splitlines() if line.startswith("error:")]
    assert len(lines) == 1
    assert lines[0].startswith(f"error: {REFUSED[words]}")
    assert not (files / "out").exists()


COLUMNS = {
    ("y",): "--columns: expected KEY=NAME, as in labels=y, got 'y'",
    ("labels=y", "labels=z"): "--columns: expected labels once, got it twice",
    ("label=y",): "error: --columns: unknown 'label'; did you mean labels?",
    ("labels=yy", "member=in"): "labels: expected a column 'yy'",
}


@pytest.mark.parametrize("words", COLUMNS)
def test_columns_that_it_does_not_understand(files, capsys, words):
    assert main([str(files / "clinic.csv"), "--columns", *words, "--output", str(files / "out")]) == 2
    assert COLUMNS[words] in capsys.readouterr().err


def test_a_population_of_another_kind_or_of_audited_records_is_refused(files, capsys):
    crowd = {"label": LABELS[:40], "id": IDS[:40], "probabilities": SHARES[1, :40]}
    for changed, expected in (
        ({}, "expected records that are not audited, got 'r0'"),
        ({"id": IDS[:40] + IDS[:1], "probabilities": SHARES[1, :40, :2]}, "expected"),
        ({"probabilities": None, "loss": np.ones(40)}, "expected probabilities"),
        ({"label": LABELS, "id": None, "probabilities": SHARES[0]}, "got the answers on the audited ones"),
    ):
        np.savez(files / "crowd.npz", **{k: v for k, v in (crowd | changed).items() if v is not None})
        assert run(files, *QUICK, "--population", str(files / "crowd.npz")) == 2
        assert expected in capsys.readouterr().err
    assert not any((files / "out").glob("*"))


def test_slow_attacks_play_only_by_name(files, monkeypatch):
    monkeypatch.setattr("benchmarks.audit.attacking.PATIENCE", 200 * N - 1)
    given = (LABELS, SEEN[0]), {"logits": Z[0].astype(np.float32)}
    asked = ("all", "loss")
    left = {of.attack: of.reason for of in audit(*given[0], **given[1], attacks=asked).left}
    assert left["hamp-nn"] == f"learns in 200 passes, minutes on {N} records; name it to have it"
    made = audit(*given[0], **given[1], attacks=("hamp-nn(hidden=(4,))", "loss"))
    assert [record.attack.name for record in made.attacked.records] == ["hamp-nn((4,))", "loss"]


def test_as_a_program(files):
    words = [str(files / "clinic.csv"), "--columns", "labels=y", "member=in", "probabilities=p0,p1,p2"]
    words += ["--attacks", "loss", "--output", str(files / "out")]
    made = subprocess.run(
        [sys.executable, "-m", "benchmarks.audit", *words], capture_output=True, text=True, check=False
    )
    assert made.returncode == 0
    assert made.stdout.startswith("This model gives away records that it was trained on")
    assert made.stderr.endswith("summary.json, attacks.csv and records.csv beside it\n")


def test_a_slice_by_class_and_one_whose_name_is_taken(tmp_path):
    made = audit(LABELS, SEEN[0], SHARES[0], groups={"label": LABELS, "=1+1": SEX}, attacks=("loss",))
    assert [slicing.column for slicing in made.groups] == ["label", "=1+1"]
    assert list(made.records["label"]) == list(LABELS)
    made.report(tmp_path)
    assert "'=1+1" in (tmp_path / "records.csv").read_text().splitlines()[0].split(",")
    with pytest.raises(ValueError, match="groups: expected another name than 'member'"):
        audit(LABELS, SEEN[0], SHARES[0], groups={"member": SEX}, attacks=("loss",))


PYTHON = {
    "groups: expected arrays by name, as {'sex': ...}, got list": {"groups": [SEX]},
    "epsilon: expected a number of at least 0, got '3'": {"epsilon": "3"},
    "delta: expected a number above 0 and below 1, got 0": {"delta": 0},
    "trained_on: expected (R, n), which reference model saw which record, got nothing": {"references": SHARES[1:]},
    "probabilities: expected an array of numbers or of words, got str": {
        "references": "refs.npz",
        "trained_on": SEEN[1:],
    },
    "id: expected a word for each record, got nothing in record 300": {"ids": [*IDS[:-1], None]},
}


@pytest.mark.parametrize("expected", PYTHON)
def test_python_is_refused_in_one_sentence(expected):
    with pytest.raises(ValueError, match=re.escape(expected)):
        audit(LABELS, SEEN[0], SHARES[0], **PYTHON[expected], attacks="loss")


def test_columns_of_pandas_are_taken_as_they_are():
    table = pd.DataFrame({"y": LABELS, "sex": pd.Series(SEX, dtype=object), "id": pd.Series(IDS, dtype=object)})
    made = audit(
        table["y"].astype(object), SEEN[0], SHARES[0], groups={"sex": table["sex"]}, ids=table["id"], attacks="loss"
    )
    assert list(made.records["sex"]) == list(SEX)
    assert list(made.records["id"]) == list(IDS)
    lost = pd.Series([None, np.nan, pd.NA, *SEX[3:]], dtype=object)
    made = audit(LABELS, SEEN[0], SHARES[0], groups={"sex": lost}, attacks="loss")
    assert list(made.records["sex"]) == ["unknown"] * 3 + list(SEX[3:])


def test_too_few_records_are_no_all_clear():
    few = np.concatenate([np.flatnonzero(SEEN[0])[:5], np.flatnonzero(~SEEN[0])[:5]])
    rng = np.random.default_rng(0)
    made = audit(LABELS[few], SEEN[0][few], rng.dirichlet(np.ones(C), len(few)), attacks=("loss", "gap"))
    assert repr(made).startswith("This audit sees nothing, and has too few records to see much.")


def test_a_headline_names_the_number_that_carries_it():
    rounded = np.round(SHARES[0] * 4) / 4
    made = audit(LABELS, SEEN[0], predicted=rounded.argmax(-1))
    assert made.seen
    assert repr(made).startswith(
        "This model gives away records that it was trained on: the one attack that played tells"
    )
