"""Canaries from a suite to the board: trained on and audited under one wrong label, judged apart, told to no attack."""

import json
from dataclasses import dataclass, replace

import numpy as np
import pytest

import attacks
from benchmarks.games import from_store
from benchmarks.games.circumstances import right, utility
from benchmarks.games.playing import as_played, play, play_all
from benchmarks.naming.registry import ATTACKS, DATASETS, Plugin, builtin
from benchmarks.report.contents import attack_table, defense_table
from benchmarks.report.section import sections
from benchmarks.results import reading
from benchmarks.run import main
from benchmarks.training import plan as plans
from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import CLEAN
from benchmarks.training.store import Store
from benchmarks.training.suites import find
from datasets import Canaries, HalfSplit
from datasets.registry import adopt
from defenses import Defense

COUNT, PART, KEY = 30, 60, "canary_tpr_at_1%_fpr"
DIGITS = adopt("digits", builtin(DATASETS, "digits").value, None)


@dataclass(frozen=True)
class Memory(Defense):
    """Answers the label that it was trained on with certainty, and class 0 of whatever it never saw."""

    def train(self, task, rngs):
        return [Remembered(task.x[rows], task.y[rows], task.classes) for rows in task.rows]


class Remembered:
    def __init__(self, x, y, classes):
        self.facts = {}
        self.known = {record.tobytes(): label for record, label in zip(x, y, strict=True)}
        self.classes = classes

    def predict(self, x):
        return 9.0 * np.eye(self.classes, dtype=np.float32)[[self.known.get(record.tobytes(), 0) for record in x]]


@dataclass(frozen=True)
class Request:
    protocol: object

    def plan(self):
        suite = replace(find("digits-half"), protocol=self.protocol, references=4, trials=8)
        none = Plugin("none", Memory())
        return plans.make(suite, DIGITS, none, (none,), "adaptive", 0)


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("canaries"))


@pytest.fixture(scope="module")
def trained(store):
    request = Request(Canaries(HalfSplit(PART), COUNT))
    plan = request.plan()
    assert not runner.train(plan, request, store, Here())
    return plan


def test_the_training_key_says_that_labels_differ(trained):
    plain = Request(HalfSplit(PART)).plan()
    ours, theirs = (plan.trainings["none", 0] for plan in (trained, plain))
    differs = {key for key in ours.spec if ours.spec[key] != theirs.spec[key]}
    assert differs == {"dataset_digest"}
    fewer = Request(Canaries(HalfSplit(PART), COUNT - 1)).plan()
    assert len({t.key for t in (ours, theirs, fewer.trainings["none", 0])}) == 3


def test_everybody_has_the_same_wrong_label(trained, store):
    """The models remember what they were trained on: where a member is asked, that is the label it is audited under."""
    plan = trained
    wrong = plan.pool.y != DIGITS.y
    np.testing.assert_array_equal(np.flatnonzero(wrong), plan.split.canaries)
    for training in plan.by_key.values():
        member = plan.split.member(training.model)
        said = store.outputs.array(training.outputs_key(CLEAN), "logits.npy")[:, 0].argmax(-1)
        np.testing.assert_array_equal(said[member], plan.pool.y[plan.split.audited[member]])
    for trial in plan.split.trials:
        evidence, rehearsal = from_store.game(plan, store, plan.none, trial).sides(("clean",))
        for side, places in ((evidence, trial.audited), (rehearsal.evidence, trial.rehearsed)):
            np.testing.assert_array_equal(side.labels, plan.pool.y[plan.split.audited[places]])


def test_accuracy_counts_no_canary(trained, store):
    """All but class 0 are wrong where the model never saw them, whatever is asked; members are right."""
    plan = trained
    inside, outside = right(plan, store, plan.none, plan.split.trials)
    for trial, (good, members), (hits, others) in zip(plan.split.trials, inside.counts, outside.counts, strict=True):
        rows = plan.split.audited[np.setdiff1d(np.arange(2 * PART), _places(plan))]
        member = plan.split.trained_on(trial.target, rows)
        assert good == members == member.sum()
        assert others == (~member).sum()
        assert hits == (plan.pool.y[rows[~member]] == 0).sum()
    assert utility(plan, store, plan.none, plan.split.trials).train.mean == 1


def _places(plan):
    return np.flatnonzero(np.isin(plan.split.audited, plan.split.canaries))


def test_canaries_are_judged_apart_and_their_games_together(trained, store):
    plan = trained
    contest = from_store.contest(plan, store, plan.none, "a test")
    played, left = play_all(contest, [builtin(ATTACKS, "loss"), builtin(ATTACKS, "gap")])
    assert not left
    for trial, game, of in zip(plan.split.trials, contest.games, played["loss"], strict=True):
        rows = plan.split.audited[trial.audited]
        canary = np.isin(rows, plan.split.canaries)
        scores = play(game, builtin(ATTACKS, "loss")).scores
        np.testing.assert_array_equal(of.scores, scores[~canary])
        np.testing.assert_array_equal(of.member, plan.split.trained_on(trial.target, rows[~canary]))
        assert of.verdicts.shape[1] == len(of.difficulty) == 2 * PART - COUNT
        np.testing.assert_array_equal(of.canaries.scores, scores[canary])
        np.testing.assert_array_equal(of.canaries.member, plan.split.trained_on(trial.target, rows[canary]))
        np.testing.assert_array_equal(plan.split.canaries[of.canaries.which], rows[canary])
        # the loss of a canary that was never seen is 9 or, where its wrong label is 0, next to nothing
        np.testing.assert_array_equal(of.canaries.scores[of.canaries.member], of.canaries.scores.max())
    counts = np.bincount(np.concatenate([g.canaries.which[g.canaries.member] for g in played["loss"]]))
    np.testing.assert_array_equal(counts, 4)  # of eight targets


def test_a_game_without_canaries_is_as_it_was(trained, store):
    game = from_store.game(trained, store, trained.none, trained.split.trials[0])
    outcome = play(game, builtin(ATTACKS, "loss"))
    whole = as_played(replace(game, canary=None), builtin(ATTACKS, "loss"), outcome, np.zeros(2 * PART))
    assert whole.canaries is None
    np.testing.assert_array_equal(whole.scores, outcome.scores)
    np.testing.assert_array_equal(whole.all_scores, outcome.scores)


@dataclass(frozen=True)
class Asks(attacks.Attack):
    """Holds whatever it is handed against the canaries."""

    access, needs, uses = "logit", "shadow", ("inputs", "ask")

    def score(self, evidence, rehearsal, rng):
        assert not [name for name in (*vars(evidence), *vars(rehearsal), *vars(rehearsal.evidence)) if "canar" in name]
        return np.zeros(len(evidence.labels))


def test_no_attack_is_handed_the_mask(trained, store):
    game = from_store.game(trained, store, trained.none, trained.split.trials[0])
    assert (game.canary >= 0).sum() == COUNT
    play(game, Plugin("asks", Asks()))


@pytest.fixture(scope="module")
def board(tmp_path_factory):
    """A small run of the built-in suite: attacks of each access, one of them on labels alone."""
    home = tmp_path_factory.mktemp("board")
    small = ["--part", "225", "--references", "4", "--trials", "8", "--epochs", "4"]
    wanted = ["--attacks", "loss", "lira-online", "label-regression", "--defenses", "hamp"]
    where = ["--store", str(home / "store"), "--output", str(home / "out"), "--device", "cpu"]
    assert main(["--suite", "digits-canaries", *wanted, *small, *where]) == 0
    return home / "out"


def test_the_board_shows_canaries_beside_the_average(board):
    text = (board / "leaderboard.md").read_text(encoding="utf-8")
    head = next(line for line in text.splitlines() if line.startswith("| rank") and "AUC" in line)
    cells = [cell.strip() for cell in head.strip("|").split("|")]
    assert cells[2:] == [
        "AUC",
        "TPR at 1 % FPR",
        "TPR at 0.1 % FPR",
        "canary TPR at 1 % FPR",
        "canary TPR at 0.1 % FPR",
    ]
    assert "worst canary TPR at 1 % FPR" in text
    assert "### canary TPR at 1 % FPR" in text
    assert "half-split with 50 mislabeled canaries, 225 training records" in text
    assert "50 records mislabeled here" in text
    (section,) = sections(reading.records(board / "records"))
    heads = [[column.head for column in of.columns] for of in (attack_table(section, "hamp"), defense_table(section))]
    assert all(any(head.endswith("canary TPR at 1 % FPR") for head in of) for of in heads)


def test_records_hold_what_was_said_of_canaries(board):
    paths = sorted((board / "records").glob("*label-regression.json"))
    assert len(paths) == 2
    for path in paths:
        record = reading.record(path)
        games = reading.played(path, record)
        others = sum(int((~g.canaries.member).sum()) for g in games)
        assert others == 8 * 50 / 2  # each is in half of eight targets
        assert record.metrics[KEY].mean is not None
        assert record.metrics["canary_tpr_at_0.1%_fpr"].mean is None
        assert sum(record.histograms.score.others) + sum(record.histograms.score.members) == 8 * 400
        with np.load(path.with_suffix(".npz")) as file:
            arrays = dict(file)
        arrays["canary_scores_3"] = arrays["canary_scores_3"][::-1] + 1
        np.savez(path.with_suffix(".npz"), **arrays)
        with pytest.raises(ValueError, match="game 3 are not those that its record was made from"):
            reading.played(path, record)


def test_a_suite_without_canaries_says_nothing_of_them(tmp_path):
    small = ["--references", "2", "--trials", "1", "--epochs", "1", "--attacks", "loss", "--device", "cpu"]
    assert main([*small, "--store", str(tmp_path / "store"), "--output", str(tmp_path / "out")]) == 0
    (record,) = (json.loads(p.read_text()) for p in (tmp_path / "out" / "records").glob("*.json"))
    assert not [key for key in record["metrics"] if "canary" in key]
    assert "canar" not in (tmp_path / "out" / "leaderboard.md").read_text(encoding="utf-8")
