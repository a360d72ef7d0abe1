"""The command as a user meets it, on Location30's shape with random bits."""

import json
import re
from pathlib import Path

import numpy as np
import pytest

from benchmarks import reproduce
from benchmarks.papers.hamp.paper import PAPER as HAMP
from benchmarks.papers.hp_mia.paper import PAPER
from benchmarks.papers.hp_mia.settings import LAMBDAS
from benchmarks.papers.kit import saving
from benchmarks.papers.kit.jobs import Job, changes_of, jobs_of, paper_of, parts_of
from benchmarks.papers.kit.page import placed
from benchmarks.training import runner
from benchmarks.training.jobs import Failure
from datasets import Pool

RESULTS = Path(__file__).parents[2] / "results" / "hp-mia" / "numbers"
PAGE = Path(__file__).parents[2] / "docs" / "hp-mia.md"
TINY = [f"location30:{o}={n}" for o, n in (("epochs", 3), ("references", 3), ("trials", 2))]


def command(data, home, *more):
    return [
        *("hp-mia", "--suites", "location30", "--change", *TINY, "--device", "cpu", "--data", str(data)),
        *("--store", str(home / "store"), "--output", str(home / "out"), *more),
    ]


@pytest.fixture(scope="module")
def data(tmp_path_factory):
    folder = tmp_path_factory.mktemp("data")
    rng = np.random.default_rng(0)
    packed = np.packbits(rng.random((5010, 446)) < 0.3, axis=1)
    np.savez(folder / "location30.npz", packed=packed, n_features=446, labels=rng.integers(30, size=5010))
    return folder


@pytest.fixture(scope="module")
def done(data, tmp_path_factory):
    home = tmp_path_factory.mktemp("reproduce")
    assert reproduce.main(command(data, home)) == 0
    return home


def test_a_run_leaves_numbers_tables_figures_and_a_page(done):
    found = json.loads((done / "out" / "numbers" / "location30.json").read_text())
    assert found["about"]["models"] == 2 + 3
    assert found["by_references"][-1]["tp"] == found["attacks"]["two-stage"]["verdicts"]["0.9"]["tp"]
    assert {p.name for p in (done / "out" / "tables").iterdir()} == {f"table{n}.md" for n in range(1, 10)}
    text = (done / "out" / "hp-mia.md").read_text()
    assert "Location30: epochs 3 instead of 40, references 3 instead of 20, trials 2 instead of 32." in text
    assert "98.69 % / not run" in text
    for line in text.splitlines():
        if "](images/" in line:
            assert (done / "out" / line.partition("](")[2].rstrip(")")).is_file()


def test_again_it_trains_nothing_and_ends_the_same(done, data):
    before = {p: p.stat().st_mtime_ns for p in (done / "store").rglob("*.npy")}
    text = (done / "out" / "hp-mia.md").read_bytes()
    assert reproduce.main(command(data, done)) == 0
    assert {p: p.stat().st_mtime_ns for p in (done / "store").rglob("*.npy")} == before
    assert (done / "out" / "hp-mia.md").read_bytes() == text


def test_only_one_table(done, data, tmp_path, capsys):
    assert reproduce.main(command(data, done, "--only", "table4", "--output", str(tmp_path))) == 0
    assert [p.name for p in (tmp_path / "tables").iterdir()] == ["table4.md"]
    assert not (tmp_path / "hp-mia.md").exists()
    assert "### Table 4" in capsys.readouterr().out


def test_trials_go_on_with_the_references_that_could_be_trained(data, tmp_path, capsys, monkeypatch):
    """The second of four diverges; everything is said of three, and a claim of it counts for nothing."""
    lost = Job("hp-mia", "location30", "main", 4, (("references", 4), ("trials", 2)), 0, data).plan().split
    number = lost.trials[0].references[1]
    whole = runner.train

    def train(plan, request, store, *rest):
        assert whole(plan, request, store, *rest) == []
        failed = [t for t in plan.by_key.values() if t.model == number]
        for training in failed:
            store.models.remove(training.key)
        return [Failure(number, training.defense.name, "on purpose") for training in failed]

    monkeypatch.setattr(runner, "train", train)
    words = [w.replace("references=3", "references=4") for w in command(data, tmp_path)]
    assert reproduce.main(words) == 1
    assert "on purpose" in capsys.readouterr().err
    found = json.loads((tmp_path / "out" / "numbers" / "location30.json").read_text())
    assert found["about"]["lost"] == 1
    assert {of["references"] for of in found["attacks"].values()} == {3}
    assert [row["references"] for row in found["by_references"]] == [1, 2, 3]
    assert "1 model could not be trained or asked" in (tmp_path / "out" / "tables" / "table4.md").read_text()
    assert "Location30 (reduced)" in (tmp_path / "out" / "hp-mia.md").read_text()


def test_a_dry_run_says_what_is_missing(data, tmp_path, capsys):
    assert reproduce.main(command(data, tmp_path, "--dry-run")) == 0
    said = capsys.readouterr().out
    assert "5 models: 0 stored, 5 to train" in said
    assert re.search(
        r"\n  none +5 models to train: time and disk unknown, [^\n]*; [0-9.]+ MB a model, \d at once on", said
    )
    assert not list(tmp_path.iterdir())


@pytest.mark.parametrize(
    ("more", "said"),
    [
        (["--only", "table99"], "--only: unknown part 'table99'; did you mean table"),
        (["--suites", "mnits"], "--suites: unknown suite 'mnits'; did you mean mnist"),
        (["--change", "mnist:epoch=3"], "--change: unknown option 'epoch'; did you mean epochs"),
        (["--change", "mnist"], "--change: cannot read 'mnist'; expected SUITE:OPTION=NUMBER"),
        (["--change", "mnist:epochs=0"], "--change: mnist:epochs=0: expected a whole number from 1 to 100000, got 0"),
        (
            ["--change", "mnist:epochs=-1"],
            "--change: mnist:epochs=-1: expected a whole number from 1 to 100000, got -1",
        ),
        (["--change", "mnist:trials=10001"], "--change: mnist:trials=10001: expected a whole number from 1 to 10000"),
        (["--change", "letter:epochs=2", "letter:epochs=3"], "--change: letter:epochs is given twice"),
        (["--change", "letter:epochs=2"], "--change: letter is not among the chosen --suites: location30"),
        (
            ["--change", "location30:lira_references=1"],
            "--change: location30:lira_references=1: expected a whole number from 2 to 10000, got 1",
        ),
        (["--suites", "location30", "--only", "table6"], "--only: table6 shows none of the suites location30"),
        (
            ["--suites", "location30", "fashion_mnist", "--only", "table6"],
            "--suites: location30 is in none of table6; leave it out, or choose other parts",
        ),
        (["--data", "nowhere/at/all"], "nothing to reproduce: none of the suites can be run"),
        (["--detach"], "--detach: expected --on slurm, which alone goes on when this command has ended"),
    ],
)
def test_bad_input_is_answered_in_one_sentence(data, tmp_path, capsys, more, said):
    assert reproduce.main(command(data, tmp_path, *more)) == 2
    assert said in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_change_that_leaves_no_plan_is_an_error(tmp_path, capsys):
    words = ["hamp", "--suites", "digits-hamp", "--store", str(tmp_path / "store"), "--output", str(tmp_path / "out")]
    for change, why in (
        ("references=1", "needs at least 2 reference models, got 1"),
        ("part=674", "a part of 673 fits"),
    ):
        assert reproduce.main([*words, "--change", f"digits-hamp:{change}"]) == 2
        said = capsys.readouterr().err
        assert said.startswith("error: --change: digits-hamp: hamp ")
        assert said.endswith(f"{why}\n")
    assert not (tmp_path / "out").exists()


def test_without_a_paper_it_says_which_there_are(capsys):
    assert reproduce.main([]) == 2
    assert re.search(r"^error: PAPER is missing; there are hamp, hp-mia, which-attack\b", capsys.readouterr().err)


def jobs(parts, suites, *rest):
    return jobs_of(PAPER, parts_of(PAPER, parts), suites, *rest)


def test_numbers_of_another_run_are_not_mixed_in(done, data, tmp_path, capsys):
    """The folder's numbers are of seed 0."""
    text = (done / "out" / "numbers" / "location30.json").read_bytes()
    for more, said in (
        (["--seed", "1"], "location30 was measured with seed 0, and this run has seed 1"),
        (
            ["--change", *TINY[1:], "location30:epochs=4", "--only", "table1"],
            "epochs 3, and this run has epochs 4",
        ),
        (["--change", *TINY, "location30:lira_references=2"], "likelihood 3, and this run has likelihood 2"),
    ):
        given = command(data, tmp_path, "--output", str(done / "out"))
        given = [w for w in given if w not in TINY and w != "--change"] if "--change" in more else given
        for when in ([], ["--dry-run"]):
            assert reproduce.main([*given, *more, *when]) == 2
            assert said in capsys.readouterr().err
    assert (done / "out" / "numbers" / "location30.json").read_bytes() == text


def test_only_what_a_part_needs_is_trained():
    found = [(j.suite, j.models) for j in jobs(["table6"], list(PAPER.suites))]
    assert found == [("fashion_mnist", "lambdas"), ("cifar10_alexnet", "lambdas")]
    assert [(j.suite, j.models) for j in jobs(["figure3"], ["mnist", "letter"])] == [("mnist", "main")]


def test_reference_models_for_the_likelihood_attacks_are_the_papers_or_fewer():
    def references(*changes):
        return [j.likelihood for j in jobs(["table4"], ["mnist", "cifar10_wrn"], changes_of(PAPER, changes))]

    assert references() == [100, 60]
    assert references("mnist:lira_references=80", "cifar10_wrn:lira_references=80") == [80, 60]
    assert references("mnist:references=5") == [5, 60]
    assert references("mnist:references=5", "mnist:lira_references=3") == [3, 60]


def test_a_paper_whose_attacks_share_their_references_has_no_others_for_lira():
    with pytest.raises(ValueError, match="unknown option 'lira_references'; did you mean references"):
        changes_of(HAMP, ["location30-hamp:lira_references=4"])


def test_tables_1_to_5_train_models_of_one_defense_alone():
    pool = Pool("mnist", np.zeros((70000, 1), np.uint8), np.zeros(70000, np.int64), 10, (1.0,), (0.0,), "", "")
    main = Job("hp-mia", "mnist", "main", 100).of(pool)
    assert {name for name, _ in main.trainings} == {"l2"}
    assert len(main.trainings) == 8 + 100
    unaware = Job("hp-mia", "fashion_mnist", "lambdas", 100).of(pool)
    count = {
        name: sum(1 for n, model in unaware.trainings if n == name and model < 1_000_000) for name in LAMBDAS.values()
    }
    assert list(count.values()) == [8, 8, 4, 4, 4, 8, 8, 4]  # those that decide claim 4 have twice as many
    assert {name for name, model in unaware.trainings if model >= 1_000_000} == {"none"}


def test_more_trials_are_not_for_table_6_and_fewer_are():
    def trials(n):
        found = jobs([], ["fashion_mnist"], changes_of(PAPER, [f"fashion_mnist:trials={n}"]))
        return {job.models: job.altered().trials for job in found}

    assert trials(16) == {"main": 16, "lambdas": 8}
    assert trials(1) == {"main": 1, "lambdas": 1}


def test_the_committed_page_is_made_of_the_committed_numbers():
    text = PAGE.read_text(encoding="utf-8")
    drawn = [name for name in PAPER.parts if f"images/hp-mia/{name}.png" in text]
    assert placed(PAPER.page(saving.read_all(PAPER, RESULTS), drawn), PAGE.parent) == text


def test_the_committed_page_of_hamp_is_made_of_the_committed_numbers():
    page = PAGE.with_name("hamp.md").read_text(encoding="utf-8")
    found = saving.read_all(HAMP, RESULTS.parents[1] / "hamp" / "numbers")
    assert placed(HAMP.page(found, ["figure1"]), PAGE.parent) == page


def test_a_page_of_one_s_own_says_nothing_of_the_published_numbers(tmp_path):
    """Of the digits alone nothing was attacked with 32 reference models, nor trained otherwise on CIFAR-100."""
    for name in ("hamp", "hp-mia", "which-attack"):
        paper = paper_of(name)
        home, own = (placed(paper.page({}, []), folder) for folder in (PAGE.parent, tmp_path))
        assert "](intervals.md)" in home
        assert "](" not in own.replace("](https://", "")
        assert "[[" not in home + own
        assert "]]" not in home + own
        assert len(own) < len(home)
        if name == "hamp":
            gone = ("attacked with 32", "of 16 targets", "as one operation", "rather too short")
            assert all(words in home and words not in own for words in gone)
            assert "another page (`docs/worst-case.md` of MIA Arena) has them" in " ".join(own.split())


def test_the_committed_numbers_are_as_they_are_written():
    found = saving.read_all(PAPER, RESULTS)
    assert len(found) == len(list(RESULTS.iterdir()))
    for suite, run in found.items():
        assert (RESULTS / f"{suite}.json").read_text(encoding="utf-8") == saving.text_of(PAPER, suite, run)
