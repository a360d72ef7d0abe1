"""Which attack, with how many reference models: measured at tiny size, and the committed page. Seconds: 15."""

import json
from pathlib import Path

import numpy as np
import pytest
from sklearn.metrics import roc_auc_score

from benchmarks import reproduce
from benchmarks.games import from_store, playing
from benchmarks.naming.registry import ATTACKS, builtin
from benchmarks.papers.kit import saving
from benchmarks.papers.kit.jobs import Job
from benchmarks.papers.kit.page import placed
from benchmarks.papers.which_attack.paper import PAPER
from benchmarks.papers.which_attack.settings import ALONE, ORDERS, REFERRING, STAGES, staged
from benchmarks.papers.which_attack.tables import verdict
from benchmarks.training.store import Store

ROOT = Path(__file__).parents[3]
SIZES = [("epochs", 3), ("references", 4), ("trials", 2)]
TINY = [f"{suite}:{option}={n}" for suite in ("digits-half", "digits") for option, n in SIZES]


@pytest.fixture(scope="module")
def done(tmp_path_factory):
    home = tmp_path_factory.mktemp("which")
    words = ["which-attack", "--suites", "digits-half", "digits", "--change", *TINY, "--device", "cpu"]
    assert reproduce.main([*words, "--store", str(home / "store"), "--output", str(home / "out")]) == 0
    return home


@pytest.fixture(scope="module")
def numbers(done):
    return {s: json.loads((done / "out" / "numbers" / f"{s}.json").read_text()) for s in ("digits-half", "digits")}


def test_every_attack_is_measured_with_every_number_of_references_or_says_why_not(numbers):
    for run in numbers.values():
        assert list(run["by_references"]) == ["1", "2", "4"]
        assert run["few"] == 4
        for row in run["by_references"].values():
            assert {*row["attacks"], *row["refused"]} == {*REFERRING}
        assert {*run["alone"]} == {*ALONE}
    half, six = (numbers[s]["by_references"] for s in ("digits-half", "digits"))
    assert "never saw" in half["1"]["refused"]["c-loss"]
    assert set(six["4"]["refused"]) == {*REFERRING[:8]}
    assert set(numbers["digits-half"]["stages"]) == {*STAGES} - {"bavaria-n-offline"}
    assert len(numbers["digits-half"]["orders"]) == len(ORDERS)


def test_numbers_are_those_of_the_games_with_so_many_references(done, numbers):
    job = Job("which-attack", "digits-half", "main", None, tuple(sorted(SIZES)))
    plan, store = job.plan(), Store(done / "store")
    (defense,) = plan.defenses
    trials, _ = from_store.standing(plan, store, defense)
    for references in (2, 4):
        games = [from_store.game(plan, store, defense, trial, references) for trial in trials]
        assert [len(g.sides(("clean",))[0].trained_on) for g in games] == [references] * 2
        for name in ("bavaria-n", "c-loss"):
            areas = [roc_auc_score(g.member, playing.play(g, builtin(ATTACKS, name)).scores) for g in games]
            found = numbers["digits-half"]["by_references"][str(references)]["attacks"][name]["auc"]["mean"]
            assert found == pytest.approx(np.mean(areas), rel=1e-5)


def test_one_attack_at_least_is_the_best(numbers):
    for run in numbers.values():
        for row in run["by_references"].values():
            best = max(row["attacks"], key=lambda name: row["attacks"][name]["tpr"]["mean"])
            assert any(of["tied"] for of in [*row["attacks"].values(), *run["alone"].values()])
            if row["attacks"][best]["tpr"]["mean"] > max(of["tpr"]["mean"] for of in run["alone"].values()):
                assert row["attacks"][best]["tied"]


def test_the_page_shows_all_tables(done):
    text = (done / "out" / "which-attack.md").read_text(encoding="utf-8")
    assert all(f"### Table {n}: " in text for n in range(1, 8))
    assert "$" not in text
    assert "Location30, half-split: not run." in text
    assert "epochs 3 instead of 60" in text


def test_intervals_decide_about_orders():
    for low, high, said in ((0.1, 0.3, "first ahead"), (-0.3, -0.1, "second ahead"), (-0.1, 0.2, "not told apart")):
        assert verdict({"difference": (low + high) / 2, "low": low, "high": high}) == said
    assert verdict({"difference": None, "low": None, "high": None}) == "not resolved"


def test_two_stage_over_its_own_score_is_the_papers():
    assert builtin(ATTACKS, staged("c-loss")).value == builtin(ATTACKS, "two-stage").value
    assert builtin(ATTACKS, staged("rmia")).value.second == builtin(ATTACKS, "rmia").value


def test_the_committed_page_is_that_of_the_committed_numbers():
    found = saving.read_all(PAPER, ROOT / "results" / "which-attack" / "numbers")
    assert list(found) == list(PAPER.suites)
    figures = [name for name in PAPER.parts if (ROOT / "docs" / "images" / "which-attack" / f"{name}.png").exists()]
    made = placed(PAPER.page(found, figures), ROOT / "docs")
    assert made == (ROOT / "docs" / "which-attack.md").read_text(encoding="utf-8")
