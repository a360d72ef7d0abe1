"""The command line of regression tracking: bad input, git commits, history and plot."""

import csv
import json
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import yaml
from invented import edited

from benchmarks.regression import main
from benchmarks.results import reading, writing
from benchmarks.results.making import digest_of_scores
from benchmarks.tracking import stored
from benchmarks.tracking.baseline import COMMITTED

ROOT = Path(__file__).parents[3]
NAMES = ("gap", "loss")
OUTPUTS = str(ROOT / stored.FILE)


def stem(name):
    return f"stored-digits--adaptive--none--{name}"


@pytest.fixture
def folders(tmp_path):
    """Two equal folders of two committed records each: old and new."""
    for home in ("old", "new"):
        (tmp_path / home).mkdir()
        for name in NAMES:
            for ending in (".json", ".npz"):
                shutil.copy(ROOT / COMMITTED / f"{stem(name)}{ending}", tmp_path / home)
    return tmp_path / "old", tmp_path / "new"


def check(old, new, *more):
    return main(["check", "--baseline", str(old), "--current", str(new), *more])


def altered(folder, name, changes):
    """Rewrite a record as the command would, with other values at places of `invented.edited`."""
    path = folder / f"{stem(name)}.json"
    record = reading.record(path)
    writing.write(edited(record, changes), reading.played(path, record), folder)


def raw(folder, name, old, new):
    """Edit a file by hand."""
    path = folder / f"{stem(name)}.json"
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def arrays(folder, name, **changes):
    """Write other arrays beside a record."""
    path = folder / f"{stem(name)}.npz"
    with np.load(path) as file:
        kept = {**file, **changes}
    np.savez(path, **kept)


def test_equal_records_are_unchanged_and_the_markdown_goes_to_the_file_too(folders, tmp_path, capsys):
    assert check(*folders, "--output", str(tmp_path / "gate.md")) == 0
    text = capsys.readouterr().out
    assert text.startswith("## Strength of attacks: 2 unchanged\n")
    assert (tmp_path / "gate.md").read_text() == text


def test_a_silent_change_and_a_loss_give_exit_code_1(folders, capsys):
    old, new = folders
    path = new / f"{stem('loss')}.json"
    record = reading.record(path)
    games = [replace(game, scores=-game.scores) for game in reading.played(path, record)]
    record = edited(record, {"scores": [digest_of_scores(game.scores) for game in games]})
    writing.write(record, games, new)
    assert check(old, new) == 1
    assert "**weaker, and changed without a new version** | `loss`" in capsys.readouterr().out
    writing.write(edited(record, {"attack/version": 3}), games, new)
    assert check(old, new) == 1
    assert "| **weaker** | `loss`" in capsys.readouterr().out
    assert check(old, new, "--tolerance", "0.99") == 1  # the AUC fell below one half: more than all of its strength
    assert check(new, old) == 0
    assert "stronger" in capsys.readouterr().out


def mixed_schemas(old, new):
    raw(new, "gap", '"schema":3', '"schema":1')


def missing_attack(old, new):
    (new / f"{stem('gap')}.json").unlink()


def empty(old, new):
    shutil.rmtree(new)
    new.mkdir()


def other_data(old, new):
    altered(old, "gap", {"suite/dataset_digest": "0" * 64})


def nan_in_the_record(old, new):
    raw(new, "gap", '"duplicates":', '"duplicates":NaN,"x":')


def nan_in_the_scores(old, new):
    arrays(new, "loss", scores_3=np.full(400, np.nan))


def edited_by_hand(old, new):
    raw(new, "loss", '"version":1', '"version":2')


def other_scores_beside_it(old, new):
    arrays(new, "loss", scores_3=np.arange(400.0))


def other_verdicts_beside_it(old, new):
    arrays(new, "loss", verdicts_3=np.ones((4, 400), bool))


def no_scores_beside_it(old, new):
    (new / f"{stem('loss')}.npz").unlink()


def half_a_file(old, new):
    path = new / f"{stem('loss')}.npz"
    path.write_bytes(path.read_bytes()[:1000])


def not_json(old, new):
    (new / f"{stem('loss')}.json").write_text("{")


def shorter_members(old, new):
    arrays(new, "loss", member_0=np.ones(3, bool))


def doubled(old, new):
    for ending in ("json", "npz"):
        shutil.copy(new / f"{stem('gap')}.{ending}", new / f"again.{ending}")


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (mixed_schemas, ["--current", "gap.json", "schema 3", "got '1'"]),
        (missing_attack, ["--current", "lacks gap", "stored-digits"]),
        (empty, ["--current", "expected records", "found none"]),
        (other_data, ["--baseline", "stored-digits", "other data"]),
        (nan_in_the_record, ["--current", "gap.json", "as it was written"]),
        (nan_in_the_scores, ["--current", "loss.npz", "game 3", "finite"]),
        (edited_by_hand, ["--current", "loss.json", "not as it was written"]),
        (other_scores_beside_it, ["--current", "loss.npz", "game 3"]),
        (other_verdicts_beside_it, ["--current", "loss.npz", "game 3"]),
        (no_scores_beside_it, ["--current", "loss.npz", "missing"]),
        (half_a_file, ["--current", "loss.npz"]),
        (not_json, ["--current", "loss.json", "not a record"]),
        (shorter_members, ["--current", "loss.npz", "game 0"]),
        (doubled, ["--current", "two records of gap"]),
    ],
)
def test_bad_records_are_one_sentence_and_exit_code_2(damage, words, folders, tmp_path, capsys):
    damage(*folders)
    assert check(*folders, "--output", str(tmp_path / "gate.md")) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("\n") == 1
    assert all(word in captured.err for word in words), captured.err
    assert not (tmp_path / "gate.md").exists()


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["check", "--baseline", "no-such-ref", "--current", "."], ["--baseline", "no-such-ref", "neither"]),
        (["check", "--baseline", "--help-me", "--current", "."], ["--help-me"]),
        (["check", "--baseline=-all", "--current", "."], ["--baseline", "-all", "neither"]),
        (["check", "--baseline", "HEAD:docs-nowhere", "--current", "."], ["--baseline", "docs-nowhere"]),
        (["check", "--current", "."], ["--baseline"]),
        (["check", "--baseline", ".", "--current", ".", "--tolerance", "5"], ["--tolerance", "5"]),
        (["check", "--baseline", ".", "--current", ".", "--tolerance", "x"], ["--tolerance", "x"]),
        (
            ["check", "--baseline", "results/regression/records", "--current", "HEAD"],
            ["--current: expected a folder", "got HEAD"],
        ),
        (["record", "--current", "HEAD"], ["--current: expected a folder", "got HEAD"]),
        (["evaluate", "--output", "X", "--outputs", "nothing.npz"], ["--outputs", "nothing.npz"]),
        (["evaluate", "--output", "X", "--outputs", "README.md"], ["--outputs: README.md: cannot be read as .npz"]),
        (["evaluate", "--output", "X", "--attacks", "c-los"], ["--attacks", "c-loss"]),
        (["evaluate", "--output", "README.md", "--attacks", "loss"], ["--output", "README.md"]),
        (["plot", "--history", "nothing.csv", "--output", "X"], ["--history", "record"]),
        (["chek"], ["chek", "check"]),
        ([], ["COMMAND"]),
    ],
)
def test_bad_arguments_are_one_sentence_and_exit_code_2(arguments, words, capsys, monkeypatch):
    monkeypatch.chdir(ROOT)
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.err.count("\n") == 1
    assert all(word in captured.err for word in words), captured.err
    assert not (ROOT / "X").exists()


@pytest.fixture
def repository(folders, tmp_path, monkeypatch):
    """A git repository in which the records were committed, and later changed in the work tree."""
    home = tmp_path / "repository"
    shutil.copytree(folders[0], home / COMMITTED)
    shutil.copytree(folders[0], home / "elsewhere")
    monkeypatch.chdir(home)
    for variable in ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE"):
        monkeypatch.delenv(variable, raising=False)
    git("init", "-q", "-b", "main")
    git("add", ".")
    git("commit", "-q", "-m", "Records")
    altered(home / COMMITTED, "gap", {"attack/version": 7})
    return home


def git(*arguments):
    who = ["-c", "user.name=t", "-c", "user.email=t@example.org", "-c", "commit.gpgsign=false"]
    return subprocess.run(["git", *who, *arguments], check=True, capture_output=True, text=True).stdout


@pytest.mark.parametrize("ref", ["main", "HEAD", "main:elsewhere", f"HEAD:{COMMITTED}"])
def test_a_git_commit_is_read_and_the_work_tree_stays(ref, repository, capsys, monkeypatch):
    before = git("status", "--porcelain")
    assert before
    assert check(ref, COMMITTED) == 0
    assert "1 → 7" in capsys.readouterr().out  # what was committed, against what lies here
    monkeypatch.chdir(repository / "results")
    assert check(ref, repository / COMMITTED) == 0
    assert git("status", "--porcelain") == before


def test_a_commit_with_records_of_another_schema_is_named(repository, capsys):
    raw(repository / COMMITTED, "gap", '"schema":3', '"schema":1')
    git("commit", "-q", "-a", "-m", "Older records")
    assert check("HEAD", "elsewhere") == 2
    assert capsys.readouterr().err.startswith(
        f"error: --baseline: HEAD/{stem('gap')}.json: expected a record of schema 3"
    )


def test_a_folder_wins_over_a_branch_of_its_name(repository, folders, capsys):
    git("branch", "elsewhere")
    altered(repository / "elsewhere", "gap", {"attack/version": 3})
    assert check("elsewhere", COMMITTED) == 0
    assert "3 → 7" in capsys.readouterr().out


def record(folder, path):
    return main(["record", "--current", str(folder), "--history", str(path)])


def test_the_history_grows_by_what_is_news(folders, tmp_path, capsys):
    path = tmp_path / "history.csv"
    assert record(folders[0], path) == 0
    first = path.read_text()
    assert record(folders[0], path) == 0
    assert path.read_text() == first
    altered(folders[0], "gap", {"attack/version": 2})
    assert record(folders[0], path) == 0
    lines = path.read_text().splitlines()
    assert [line for line in lines if line not in first.splitlines()] == [lines[2]]  # one line more, beside its kin
    rows = list(csv.DictReader(path.open()))
    assert [(r["attack"], r["version"]) for r in rows] == [("gap", "1"), ("gap", "2"), ("loss", "2")]
    gap = json.loads((folders[0] / f"{stem('gap')}.json").read_text())
    assert float(rows[0]["auc"]) == pytest.approx(gap["metrics"]["auc"]["mean"], abs=1e-4)
    assert float(rows[0]["auc_low"]) == pytest.approx(gap["metrics"]["auc"]["low"], abs=1e-4)
    assert int(rows[0]["tp_at_0.98"]) == sum(gap["verdicts"][2]["tp"])


@pytest.mark.parametrize(
    "damage", [lambda t: "a,b\n1,2\n", lambda t: t + "x,y\n", lambda t: t.replace(",0.", ",zero.")]
)
def test_a_damaged_history_stays_as_it_is(damage, folders, tmp_path, capsys):
    path = tmp_path / "history.csv"
    record(folders[0], path)
    path.write_text(damage(path.read_text()))
    before = path.read_text()
    capsys.readouterr()
    assert record(folders[0], path) == 2
    assert capsys.readouterr().err.startswith("error: --history:")
    assert path.read_text() == before


def test_the_plot_shows_every_attack(folders, tmp_path):
    path = tmp_path / "history.csv"
    record(folders[0], path)
    altered(folders[0], "gap", {"attack/version": 2})
    record(folders[0], path)
    assert main(["plot", "--history", str(path), "--output", str(tmp_path / "plots")]) == 0
    pictures = sorted((tmp_path / "plots").iterdir())
    assert [p.name for p in pictures] == ["strength--auc.png", "strength--tpr_at_1_fpr.png"]
    assert all(p.read_bytes().startswith(b"\x89PNG") and p.stat().st_size > 5000 for p in pictures)


def test_evaluating_again_leaves_the_same_bytes_and_no_earlier_records(tmp_path):
    (tmp_path / "mine.txt").write_text("mine")
    left = []
    for names in (["loss"], ["gap", "loss"], ["loss"]):
        assert main(["evaluate", "--outputs", OUTPUTS, "--attacks", *names, "--output", str(tmp_path)]) == 0
        left.append({p.name: p.read_bytes() for p in tmp_path.glob("stored-digits*")})
        assert len(left[-1]) == 2 * len(names)
    assert left[0] == left[2]
    assert (tmp_path / "mine.txt").exists()


def test_outputs_that_are_damaged_are_refused(tmp_path, capsys):
    path = tmp_path / "outputs.npz"
    good = stored.read(Path(OUTPUTS)).arrays
    for changes in (
        {"logits": np.full_like(good["logits"], np.nan)},
        {"labels": good["labels"][::-1]},
        {"member": good["member"].astype(int)},
        {"rows": good["rows"][:-1]},
    ):
        np.savez(path, **{**good, **changes})
        assert main(["evaluate", "--attacks", "loss", "--outputs", str(path), "--output", str(tmp_path / "out")]) == 2
        assert capsys.readouterr().err.startswith("error: --outputs:")
    assert not list(tmp_path.glob("out/*"))


def test_outputs_without_an_array_are_named_with_what_is_there(tmp_path, capsys):
    np.savez(tmp_path / "other.npz", rows=np.zeros(3), mine=np.zeros(3))
    assert main(["evaluate", "--output", str(tmp_path / "X"), "--outputs", str(tmp_path / "other.npz")]) == 2
    assert capsys.readouterr().err == (
        f"error: --outputs: {tmp_path / 'other.npz'}: expected the array labels, found mine, rows\n"
    )


def test_outputs_that_cannot_be_written_are_said_before_anything_is_trained(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr("benchmarks.tracking.stored.train", lambda *_: pytest.fail("trained"))
    assert main(["outputs", "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"error: --output: expected a file, got the folder {tmp_path}\n"


MARGIN = """
import numpy as np

class Margin:
    reference, access, needs = "Doe 2026", "probability", "target"

    def score(self, evidence, rehearsal, rng):
        top = np.sort(evidence.target[:, 0], axis=-1)
        return SIGN * (top[:, -1] - top[:, -2]).astype(np.float64)
"""


@pytest.fixture
def elsewhere(tmp_path, monkeypatch):
    """A repository of somebody's own, with an attack in it."""
    (tmp_path / "margins.py").write_text(MARGIN.replace("SIGN", "1"))
    monkeypatch.chdir(tmp_path)
    git("init", "-q")
    git("add", ".")
    git("commit", "-qm", "an attack")
    return tmp_path


def steps(folder):
    """What the workflow runs after the installation, with this interpreter's command."""
    [job] = yaml.safe_load((folder / ".github/workflows/strength.yml").read_text())["jobs"].values()
    scripts = [step["run"] for step in job["steps"] if "run" in step]
    assert "pip install" in scripts[0]
    return [s.replace("mia-arena regression", f"{sys.executable} -m benchmarks.regression") for s in scripts[1:]]


def gated(folder, base):
    """The exit codes of the workflow's steps, and all that they print."""
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{folder}", "BASE": base, "GITHUB_STEP_SUMMARY": "/dev/null"}
    words = {"cwd": folder, "env": environment, "capture_output": True, "text": True}
    done = [subprocess.run(["bash", "-e", "-c", script], **words) for script in steps(folder)]
    return [of.returncode for of in done], "".join(of.stdout + of.stderr for of in done)


def test_a_repository_of_ones_own_gates_its_attack(elsewhere):
    words = [sys.executable, "-m", "benchmarks.regression", "init", "--attacks", "margins:Margin"]
    words += ["--install", "mia-arena @ git+https://example.org/mia-arena"]
    environment = {**os.environ, "PYTHONPATH": f"{ROOT}:{elsewhere}"}
    subprocess.run(words, cwd=elsewhere, env=environment, check=True, capture_output=True)
    assert len(list((elsewhere / COMMITTED).glob("*.json"))) == 1
    again = subprocess.run(words, cwd=elsewhere, env=environment, capture_output=True, text=True)
    assert (again.returncode, again.stderr.count("\n")) == (2, 1)
    assert "strength.yml is there already" in again.stderr
    codes, text = gated(elsewhere, "HEAD")
    assert (codes, "no baseline yet" in text) == ([0, 0], True)
    git("add", ".")
    git("commit", "-qm", "a gate")
    codes, text = gated(elsewhere, "HEAD")
    assert (codes, "1 unchanged" in text) == ([0, 0], True)
    (elsewhere / "margins.py").write_text(MARGIN.replace("SIGN", "-1"))
    codes, text = gated(elsewhere, "HEAD")
    assert codes == [0, 1]
    assert "**weaker, and changed without a new version** | `margins:Margin`" in text


def test_init_asks_what_to_install_where_no_package_index_has_it(elsewhere, capsys, monkeypatch):
    monkeypatch.syspath_prepend(elsewhere)
    assert main(["init", "--attacks", "margins:Margin"]) == 2
    said = capsys.readouterr().err
    assert said.startswith("error: --install: expected what pip installs to have this command, as 'mia-arena @ git+")
    assert said.count("\n") == 1
    assert sorted(path.name for path in elsewhere.iterdir() if path.name != "__pycache__") == [".git", "margins.py"]


def test_init_without_anything_to_gate_says_so(elsewhere, capsys):
    assert main(["init"]) == 2
    assert capsys.readouterr().err == (
        "error: --attacks: expected yours, as package.module:Class; no installed package brings any\n"
    )
    assert sorted(path.name for path in elsewhere.iterdir()) == [".git", "margins.py"]


def test_a_defense_that_stops_defending_is_weaker_and_its_equal_is_unchanged(elsewhere, tmp_path, capsys):
    """Labels alone against the whole output: what attacks lose is gained back."""
    for name, defenses in (("masked", "hamp-output"), ("open", "none")):
        assert main(["evaluate", "--defenses", defenses, "--attacks", "mentr", "--output", str(tmp_path / name)]) == 0
    [path] = (tmp_path / "open").glob("*.json")
    record = reading.record(path)
    path.unlink()
    writing.write(edited(record, {"defense/name": "hamp-output"}), [], tmp_path / "open")
    capsys.readouterr()

    def judged(old, new):
        words = ["--baseline", str(tmp_path / old), "--current", str(tmp_path / new), "--judge", "defenses"]
        return main(["check", *words]), capsys.readouterr().out.splitlines()[0]

    assert judged("masked", "masked") == (0, "## Strength of defenses: 1 unchanged")
    assert judged("masked", "open") == (1, "## Strength of defenses: 1 weaker")
    assert judged("open", "masked") == (0, "## Strength of defenses: 1 stronger")
