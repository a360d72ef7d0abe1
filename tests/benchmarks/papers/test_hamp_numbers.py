"""Numbers, tables and page of HAMP's evaluation, from tiny models. Seconds: 10."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from benchmarks.games import from_store, playing
from benchmarks.naming.registry import ATTACKS, builtin
from benchmarks.papers.hamp import numbers, schema, settings, tables
from benchmarks.papers.hamp.paper import PAPER
from benchmarks.papers.hamp.settings import HAMP, NONE, ROWS
from benchmarks.papers.kit import saving
from benchmarks.papers.kit.jobs import Job, jobs_of, parts_of
from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import Asked
from benchmarks.training.store import Store
from benchmarks.training.suites import find

SIZES = (("epochs", 3), ("references", 4), ("trials", 2))
SHOWN = ("loss", "hamp-lira", "lira-online-fixed", "gap", "label-noise")


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """The blocks of two rows, and what they were made from."""
    store, found, plans = Store(tmp_path_factory.mktemp("hamp")), {}, {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(settings, "ATTACKS_SHOWN", SHOWN)
        patch.setattr(numbers, "FEWER", {"SELENA": 2})
        for row in (NONE, HAMP):
            job = Job("hamp", "digits-hamp", row, None, SIZES)
            plans[row] = job.plan()
            assert runner.train(plans[row], job, store, Here("cpu")) == []
            found |= numbers.row(row)(job, plans[row], store)
    return found, plans, store


def test_numbers_are_of_their_type_and_of_every_attack(made):
    found, plans, _ = made
    msgspec.convert(found, schema.Numbers, strict=True)
    for row, of in found.items():
        assert {*of["attacks"], *of["refused"]} == {*SHOWN}
        assert of["refused"] == {}
        assert {*of["leaders"]["tpr"]["chosen"]} <= {*SHOWN}
        assert [[line.count("1"), len(line) - line.count("-")] for line in of["right"]] == of["correct"]
        assert len(of["correct"]) == 2
        assert len(plans[row].by_key) == 6
        assert of["query_seconds"] > 0
    assert found[HAMP]["facts"]["kept_epoch"]


def test_numbers_are_saved_and_read_as_they_are(made, tmp_path):
    found, _, _ = made
    saving.save(PAPER, {"digits-hamp": found}, tmp_path)
    again = saving.read_all(PAPER, tmp_path)["digits-hamp"]
    assert again == msgspec.json.decode(msgspec.json.encode(found))


def test_hamp_is_attacked_with_as_few_reference_models_as_a_rival_too(made, monkeypatch):
    """As if it had no more of them."""
    found, _, store = made
    monkeypatch.setattr(settings, "ATTACKS_SHOWN", SHOWN)
    job = Job("hamp", "digits-hamp", HAMP, None, tuple({**dict(SIZES), "references": 2}.items()))
    plan = job.plan()
    assert runner.missing(plan, store) == []
    few = numbers.row(HAMP)(job, plan, store)[HAMP]
    assert found[HAMP]["fewer"] == {"references": 2, "leaders": few["leaders"]}
    assert few["leaders"] != found[HAMP]["leaders"]
    assert "fewer" not in few
    assert "fewer" not in found[NONE]


def test_a_defense_that_costs_many_trainings_has_fewer_references_and_says_how_many(monkeypatch):
    monkeypatch.setattr(settings, "FEWER", {HAMP: 2})
    for row, references in ((NONE, 4), (HAMP, 2)):
        job = Job("hamp", "digits-hamp", row, None, SIZES)
        plan = job.plan()
        assert len(plan.by_key) == 2 + references
        about = numbers.about_of_row(job, plan, Store(Path("nowhere")))
        assert (about["references"], about["recipe"]["epochs"]) == (references, 3)


@pytest.mark.parametrize(("row", "own"), [(NONE, 11), (HAMP, 11), ("RelaxLoss", 8)])
def test_rivals_have_the_suites_targets_unless_a_number_is_asked_for(row, own):
    """8 of the digits, where the page has 11 of the two that claims compare."""
    of = dict(SIZES)
    asked = Job("hamp", "digits-hamp", row, None, tuple({**of, "trials": 12}.items()))
    silent = replace(asked, changes=tuple((k, n) for k, n in SIZES if k != "trials"))
    pool = find("digits-hamp").pool(None)
    plans = {12: asked.of(pool), own: settings._plan(row, silent, replace(silent.altered(), trials=11), pool)}
    for trials, plan in plans.items():
        assert len(plan.trials(plan.defenses[0])) == trials
        assert numbers.about_of_row(asked, plan, Store(Path("nowhere")))["trials"] == trials


def test_numbers_of_every_row_have_their_type(made):
    found, _, _ = made
    msgspec.convert(dict.fromkeys(ROWS, found[HAMP]), schema.Numbers, strict=True)


def test_an_attack_is_judged_on_the_half_that_the_adversary_does_not_know(made):
    """The AUC of the loss by hand: from the stored outputs of the target, on its 450 audited records."""
    found, plans, store = made
    plan = plans[NONE]
    (defense,) = plan.defenses
    trials, _ = from_store.standing(plan, store, defense)
    areas = []
    for trial in trials:
        game = from_store.game(plan, store, defense, trial)
        evidence, rehearsal = game.sides(("clean",))
        assert len(evidence.labels) == len(rehearsal.evidence.labels) == 450
        assert not {*trial.audited.tolist()} & {*trial.rehearsed.tolist()}
        scores = playing.play(game, builtin(ATTACKS, "loss")).scores
        above = scores[game.member][:, None] - scores[~game.member]
        areas.append(float((above > 0).mean() + (above == 0).mean() / 2))
    assert found[NONE]["attacks"]["loss"]["auc"]["mean"] == pytest.approx(np.mean(areas), abs=1e-6)


def test_the_page_holds_what_was_measured_and_names_what_was_not(made):
    found, _, _ = made
    page = PAPER.page({"digits-hamp": found}, [])
    assert "$" not in page
    assert f"| {HAMP} " in page
    assert "Not run: Location30, CIFAR-10," in page
    assert "python -m benchmarks.reproduce hamp --suites digits-hamp --change digits-hamp:epochs=3" in page
    assert "Mentr" not in page.partition("## What others published")[0].partition("### Table 2")[2]


@pytest.mark.parametrize(
    ("value", "said"),
    [
        (0.123456, "0.1235"),
        ([3, 1, 2], "1 to 3"),
        (["weak", None, "weak"], "weak (2 of 3 targets)"),
        ([None, 2.0, 4.0], "2 to 4"),
        ("a sentence", "a sentence"),
    ],
)
def test_facts_are_told_over_targets_those_without_them_apart(value, said):
    assert tables._fact(value) == said


def test_every_suite_has_the_rows_that_are_its_own():
    parts = parts_of(PAPER, ())
    rows = {s: [job.models for job in jobs_of(PAPER, parts, [s])] for s in PAPER.suites}
    assert rows["location30-hamp-published"] == [NONE, HAMP]
    assert rows["location30-hamp"] == list(ROWS)
    assert "DP-SGD" not in rows["cifar10-hamp"]


@pytest.mark.parametrize("row", settings.LABELS_KEPT)
def test_a_defense_that_keeps_labels_is_asked_about_the_records_alone(row, made):
    pool = made[1][NONE].pool
    asking = {"label-noise", "label-regression", "label-augmentation"}
    assert {*settings.attacks_of(HAMP, pool)} - {*settings.attacks_of(row, pool)} == asking
    assert "label-flips" not in settings.attacks_of(HAMP, pool)  # digits are no bits


@pytest.mark.parametrize("row", settings.LABELS_KEPT)
def test_a_defense_that_keeps_labels_has_those_of_the_undefended_model(row, tmp_path, monkeypatch):
    """Its model is trained alike, and what it lets out has another label nowhere, but other numbers."""
    monkeypatch.setattr(settings, "ATTACKS_SHOWN", ("loss", "gap"))
    store, clean, said = Store(tmp_path), Asked("clean"), []
    for title in (NONE, row):
        job = Job("hamp", "digits-hamp", title, None, (("epochs", 3), ("references", 2), ("trials", 1)))
        plan = job.plan()
        assert runner.train(plan, job, store, Here("cpu")) == []
        of = {t.model: store.outputs.array(t.outputs_key(clean), "logits.npy") for t in plan.by_key.values()}
        said.append([of[model] for model in sorted(of)])
    for undefended, kept in zip(*said, strict=True):
        assert np.array_equal(undefended.argmax(-1), kept.argmax(-1))
        assert not np.allclose(undefended, kept)


def test_published_rows_were_trained_as_their_suites_say():
    """Those that say how they were trained: a recipe that changed since makes them another defense's."""
    told = 0
    for suite, run in saving.read_all(PAPER, Path(__file__).parents[3] / "results" / "hamp" / "numbers").items():
        for of in run.values():
            about = of["about"]
            if "recipe" in about and not about["changed"]:
                now = find(suite).recipe_of(of["defense"]).plain()
                assert about["recipe"] == msgspec.json.decode(msgspec.json.encode(now)), of["defense"]
                told += 1
    assert told


@pytest.mark.parametrize("suite", ["location30-hamp", "location30-hamp-published"])
def test_the_published_table_is_made_of_the_published_numbers(suite):
    home = Path(__file__).parents[3] / "results" / "hamp"
    found = {suite: msgspec.json.decode((home / "numbers" / f"{suite}.json").read_bytes())}
    made = PAPER.parts["table1"].make([column for column in settings.COLUMNS if column.suite == suite], found)
    assert made in (home / "tables" / "table1.md").read_text("utf-8")
    assert made in (home.parents[1] / "docs" / "hamp.md").read_text("utf-8")
    assert ("LiRA, fixed variance; " in made) == (suite == "location30-hamp")  # a title has a comma of its own


def test_the_order_of_blocks_changes_nothing_on_the_page():
    """A page is written of numbers as they are measured, and again of those that a file has in an order of its own."""
    found = saving.read_all(PAPER, Path(__file__).parents[3] / "results" / "hamp" / "numbers")
    about = found["cifar100-hamp"]["HAMP"]["about"]
    assert about["references"] == found["cifar100-hamp"]["undefended"]["about"]["references"] == 8
    about |= {"references": 6, "changed": {**about["changed"], "references": [128, 6]}}
    turned = {suite: dict(reversed(list(run.items()))) for suite, run in found.items()}
    assert PAPER.page(found, []) == PAPER.page(turned, [])
