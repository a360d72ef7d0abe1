"""Models that cannot be trained, or vanish, cost no more than what needs them; the number is said, and exit is 1."""

import shutil
import sys

import numpy as np
import pytest
from projects import FILES
from sklearn.metrics import roc_auc_score

from benchmarks import engine
from benchmarks.games.from_store import game, standing
from benchmarks.naming import registry
from benchmarks.results import reading
from benchmarks.training import runner
from benchmarks.training.request import Request
from benchmarks.training.store import Store
from datasets.protocols import REFERENCE

PICKY = """
from models import Diverged
from nearest import Means

LOST = {seeds}

class Picky:
    def train(self, task, rngs):
        made = [Means(task.x[rows], task.y[rows], task.classes) for rows in task.rows]
        return [Diverged("on purpose") if seed in LOST else one for seed, one in zip(task.seeds, made)]
"""
SMALL = ("--references", "4", "--trials", "4", "--epochs", "1", "--part", "60", "--device", "cpu")
R = REFERENCE


@pytest.fixture
def picky(project, run):
    """Run loss and c-loss against a defense whose models of these numbers diverge."""

    def go(*models, more=(), **rest):
        seeds = {t.model_seed for t in plan_of(()).by_key.values() if t.model in models}
        (project.home / "picky.py").unlink(missing_ok=True)
        shutil.rmtree(project.home / "picky_py-1.0.dist-info", ignore_errors=True)
        sys.modules.pop("picky", None)
        if not (project.home / "nearest.py").exists():
            project.add("nearest.py", FILES["nearest.py"], x={})
        project.add("picky.py", PICKY.format(seeds=seeds or "set()"))
        return run("--attacks", "loss", "c-loss", "--defenses", "picky:Picky", *more, tiny=SMALL, **rest)

    return go


def plan_of(defenses):
    return Request("digits", defenses, references=4, trials=4, epochs=1, part=60).plan()


def records(folder):
    return {(r.defense.name, r.attack.name): r for r in reading.records(folder / "records")}


def text_of(folder):
    return (folder / "leaderboard.md").read_text(encoding="utf-8")


def test_a_lost_reference_costs_itself_alone(picky, tmp_path, capsys):
    code, folder = picky(R + 1, store=tmp_path / "store")
    said = capsys.readouterr().err
    assert code == 1
    sentence = "Against picky:Picky, up to 1 of 4 reference models a trial are missing: their models failed."
    assert f"incomplete: {sentence}\n" in said
    assert "failed: 1 model under picky:Picky: on purpose\n" in said
    assert f"**Incomplete**: {sentence}" in text_of(folder)
    found = records(folder)
    assert {key: (r.trials, r.games.lost) for key, r in found.items()} == {
        (d, a): (4, (1, 1, 1, 1) if d != "none" else ()) for d in ("none", "picky:Picky") for a in ("loss", "c-loss")
    }
    plan, store = plan_of(("picky:Picky",)), Store(tmp_path / "store")
    picked = plan.defenses[1]
    for trial in standing(plan, store, picked)[0]:
        left = (R, R + 2, R + 3)
        assert trial.references == left
        evidence, rehearsal = game(plan, store, picked, trial).sides(("clean",))
        rows = plan.split.audited[trial.audited]
        assert evidence.references.shape == (3, len(rows), 1, 10)
        inside = [[row in set(plan.split.training[m].tolist()) for row in rows.tolist()] for m in left]
        np.testing.assert_array_equal(evidence.trained_on, inside)
        assert len(rehearsal.evidence.references) == 3
        scores = registry.find(registry.ATTACKS, "c-loss").value.score(evidence, rehearsal, np.random.default_rng(0))
        own, others = evidence.signal("log_p")
        unseen = np.where(evidence.trained_on, np.nan, others[:, :, 0])
        np.testing.assert_allclose(scores, own[:, 0] - np.nanmean(unseen, axis=0), atol=1e-12)


def test_the_same_command_again_says_the_same_and_an_attack_can_be_added(picky, tmp_path, capsys):
    store = tmp_path / "store"
    _, folder = picky(R + 1, store=store)
    before = text_of(folder)
    code, _ = picky(R + 1, store=store)
    assert (code, text_of(folder)) == (1, before)
    code, _ = picky(R + 1, store=store, more=("--attacks", "gap"))
    assert code == 1
    assert ("picky:Picky", "gap") in records(folder)
    capsys.readouterr()
    code, _ = picky(store=store)  # now all can be trained: the records of fewer models are not dropped unasked
    assert code == 2
    assert "would be dropped: its games of picky:Picky were played on other models" in capsys.readouterr().err
    code, _ = picky(store=store, more=("--replace",))
    assert code == 0
    assert "Incomplete" not in text_of(folder)


@pytest.mark.parametrize(
    ("lost", "trials", "said"),
    [
        ((1,), 2, ["trial 3 against picky:Picky: no target model", "trial 4 against picky:Picky: no shadow model"]),
        ((0, 1, 2), 0, ["trials 1, 2, 3 against picky:Picky: no target model", "trial 4 against picky:Picky: no sh"]),
        (range(R, R + 4), 0, ["trials 1, 2, 3, 4 against picky:Picky: no reference models"]),
    ],
)
def test_a_trial_without_target_shadow_or_any_reference_is_lost_and_named(lost, trials, said, picky, tmp_path, capsys):
    code, folder = picky(*lost, store=tmp_path / "store")
    assert code == 1
    lines = [line for line in capsys.readouterr().err.splitlines() if line.startswith("lost: ")]
    assert len(lines) == len(said)
    assert all(line.startswith(f"lost: {start}") for line, start in zip(lines, said, strict=True)), lines
    found = records(folder)
    assert {r.trials for (d, _), r in found.items() if d == "none"} == {4}
    assert {r.trials for (d, _), r in found.items() if d != "none"} == ({trials} if trials else set())
    if trials:
        assert "**Incomplete**: Against picky:Picky, 2 of 4 trials are missing" in text_of(folder)


def test_reference_models_of_half_split_can_be_lost(project, run, tmp_path, capsys):
    text = plain_suite()
    (tmp_path / "half.toml").write_text(text, encoding="utf-8")
    request = Request(str(tmp_path / "half.toml"))
    project.add("nearest.py", FILES["nearest.py"], x={})
    seeds = {t.model_seed for t in request.plan().by_key.values() if t.model == 7}
    project.add("picky.py", PICKY.format(seeds=seeds))
    words = ("--suite", str(tmp_path / "half.toml"), "--attacks", "loss", "lira-two-sided")
    code, folder = run(*words, "--defenses", "picky:Picky", store=tmp_path / "store", tiny=("--device", "cpu"))
    found = records(folder)
    assert code == 1
    assert {r.games.lost for (d, _), r in found.items() if d != "none"} == {(1, 1, 1, 1)}
    assert {a for _, a in found} == {"loss", "lira-two-sided"}
    plan, store = Request(str(tmp_path / "half.toml"), ("picky:Picky",)).plan(), Store(tmp_path / "store")
    trials, _ = standing(plan, store, plan.defenses[1])
    assert all(len(t.references) == 7 for t in trials)
    for trial in trials:  # what is left over of the design tells nothing of the target
        evidence, _ = game(plan, store, plan.defenses[1], trial).sides(("clean",))
        member = plan.split.member(trial.target)[trial.audited]
        n = member.sum()
        chance = np.sqrt((2 * n + 1) / 12 / n**2)
        assert abs(roc_auc_score(member, -evidence.trained_on.sum(0)) - 0.5) < 4 * chance


def plain_suite():
    return """
name = "half"
data = "digits"
network = "mlp(hidden=(8,))"
protocol = "half-split(part=80)"
references = 8
trials = 4
[recipe]
epochs = 1
batch = 32
optimizer = "adam"
learning_rate = 0.001
"""


@pytest.mark.parametrize("which", ["targets", "adversarys"])
def test_entries_that_vanish_during_a_run_are_missed(which, run, tmp_path, monkeypatch, capsys):
    train = runner.train

    def thief(plan, source, store, executor, *rest):
        failures = train(plan, source, store, executor, *rest)
        models = {"targets": [trial.target for trial in plan.split.trials], "adversarys": plan.split.adversarys}
        gone = [plan.trainings["l2", model].key for model in models[which][-1:]]
        for key in gone:
            shutil.rmtree(store.models.folder(key))
        return failures

    monkeypatch.setattr(runner, "train", thief)
    words = ("--attacks", "loss", "--defenses", "l2")
    code, folder = run(*words, store=tmp_path / "store", tiny=("--references", "3", "--trials", "1", "--epochs", "1"))
    text = capsys.readouterr().err
    assert code == 1
    if which == "targets":
        assert "no trial of l2 is complete" in text
        assert {d for d, _ in records(folder)} == {"none"}
    else:
        assert "incomplete: Against l2, up to 1 of 3 reference models a trial are missing" in text
        assert records(folder)["l2", "loss"].games.lost == (1,)


@pytest.mark.parametrize("shelf", ["models", "outputs"])
def test_entries_that_vanish_while_attacks_play_are_no_success(shelf, run, tmp_path, monkeypatch, capsys):
    whole = engine.evaluate

    def thief(contests, attacks, store, *rest):
        shutil.rmtree(store.root / shelf)
        return whole(contests, attacks, store, *rest)

    monkeypatch.setattr(engine, "evaluate", thief)
    words = ("--attacks", "loss", "c-loss", "--defenses", "l2")
    code, _ = run(*words, store=tmp_path / "store", tiny=("--references", "2", "--trials", "1", "--epochs", "1"))
    said = capsys.readouterr().err.splitlines()
    assert code == (0 if shelf == "models" else 2)  # models are not asked any more
    assert shelf == "models" or said[-1].startswith("error: ")
