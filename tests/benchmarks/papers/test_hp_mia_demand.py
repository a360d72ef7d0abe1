"""The precision demanded and the precision reached: counts by hand, and several shadow models by naive loops.

Seconds: 4.
"""

import numpy as np
import pytest

from attacks.thresholds import exclusion, two_stage
from benchmarks.papers.hp_mia import demand, numbers
from benchmarks.papers.hp_mia.demand import Missed, missed, of_several
from benchmarks.papers.hp_mia.paper import PAPER
from benchmarks.papers.hp_mia.settings import SETTINGS
from benchmarks.papers.kit import saving
from benchmarks.papers.kit.jobs import Job
from benchmarks.training.plan import CLEAN
from benchmarks.training.store import Store, array_file
from datasets import Pool

REFERENCES, TRIALS = 3, 4


def test_missed_by_hand():
    """Precisions 1, .89, .5 and none claimed; the interval of 89 of 100 reaches 94.4 %, that of 50 of 100 60.2 %."""
    found = missed([10, 89, 50, 0], [0, 11, 50, 0], 0.9)
    assert (found.games, found.below, found.surely) == (3, 2, 1)
    assert found.by == pytest.approx((0.01 + 0.4) / 2)
    assert missed([9], [1], 0.9) == Missed(1, 0, 0, 0.0)  # the demand itself is met
    assert missed([0], [0], 0.9) == Missed(0, 0, 0, 0.0)
    assert missed([999], [1], 1.0).surely == 1  # one false claim is enough


@pytest.fixture(scope="module")
def played(tmp_path_factory):
    """A job on a small part of Letter's shape, whose outputs are invented: plan, store, numbers."""
    changes = (("part", 150), ("references", REFERENCES), ("trials", TRIALS))
    job = Job("hp-mia", "letter", "main", REFERENCES, changes)
    rng = np.random.default_rng(0)
    y = rng.integers(26, size=900)
    plan = job.of(Pool("letter", rng.integers(0, 16, (900, 16), np.uint8), y, 26, (1.0,), (0.0,), "nobody", "none"))
    store, rows = Store(tmp_path_factory.mktemp("store")), plan.split.audited
    hard = rng.gamma(0.5, 2, len(rows)).astype(np.float32)
    for training in plan.by_key.values():
        logits = rng.normal(size=(len(rows), 1, 26)).astype(np.float32)
        logits[np.arange(len(rows)), 0, y[rows]] += 3 - hard
        seen = np.isin(rows, plan.split.training[training.model])
        logits[seen, 0, y[rows][seen]] += hard[seen] + 2
        store.outputs.write(training.outputs_spec(CLEAN), {"logits.npy": array_file(logits)}, {}, durable=False)
        store.models.write(training.spec, {}, {"seconds": 1.0, "device": "", "versions": {}}, durable=False)
    made = [measure(job, plan, store) for measure in (numbers.main, numbers.shadows, numbers.why)]
    return job, plan, store, {name: block for blocks in made for name, block in blocks.items()}


def test_two_shadow_models_are_all_models_of_the_other_pair_of_parts(played):
    _, plan, store, found = played
    assert [(row["shadows"], row["trials"]) for row in found["shadows"]] == [(2, [0, 1, 2, 3])]
    assert saving.text_of(PAPER, "letter", found).startswith("{")
    own = plan.defenses[0].name
    references = [plan.trainings[own, r] for r in plan.split.trials[0].references]

    def log_p(training, rows):
        logits = store.outputs.array(training.outputs_key(CLEAN), "logits.npy")[rows, 0].astype(float)
        shifted = logits - logits.max(1, keepdims=True)
        labels = plan.pool.y[plan.split.audited[rows]]
        return (shifted - np.log(np.exp(shifted).sum(1, keepdims=True)))[np.arange(len(rows)), labels]

    def scores(model, rows):
        s0 = log_p(plan.trainings[own, model], rows)
        return s0, s0 - np.mean([log_p(r, rows) for r in references], axis=0)

    counts = found["shadows"][0]["attacks"]["two-stage"]["0.98"]
    for k, trial in enumerate(plan.split.trials):
        pair = (2, 3) if trial.target in (0, 1) else (0, 1)
        sides = [(*scores(model, rows), plan.split.member(model)[rows]) for model, rows in _sides(plan, pair)]
        s0, s1, member = (np.concatenate(of) for of in zip(*sides, strict=True))
        (t0,), (t1,) = two_stage(s0, s1, member, np.array([0.98]))
        o0, o1 = scores(trial.target, trial.audited)
        claims, inside = (o0 >= t0) & (o1 >= t1), plan.split.member(trial.target)[trial.audited]
        assert (counts["tp"][k], counts["fp"][k]) == ((claims & inside).sum(), (claims & ~inside).sum()), k


def test_what_explains_is_measured_on_each_target_with_a_cut_of_its_shadow_model(played):
    _, plan, store, found = played
    for k, trial in enumerate(plan.split.trials):
        losses = {}
        for model, rows in ((trial.target, trial.audited), (trial.shadow, trial.rehearsed)):
            training = plan.trainings[plan.defenses[0].name, model]
            logits = store.outputs.array(training.outputs_key(CLEAN), "logits.npy")[rows, 0].astype(float)
            true = logits[np.arange(len(rows)), plan.pool.y[plan.split.audited[rows]]]
            losses[model] = true - np.log(np.exp(logits).sum(1)), plan.split.member(model)[rows]
        practice, rehearsed = losses[trial.shadow]
        (cut,) = exclusion(practice, rehearsed, np.array([0.98]))
        own, member = losses[trial.target]
        assert found["why"]["remain"][k] == pytest.approx(member[~(own < cut)].mean(), abs=1e-9), k


def _sides(plan, models):
    return [(trial.target, trial.audited) for trial in plan.split.trials if trial.target in models]


def test_the_same_targets_stand_beside_each_other(played):
    *_, found = played
    gain = of_several([found], "c-loss", "0.9", 2)
    verdict, row = found["attacks"]["c-loss"]["verdicts"]["0.9"], found["shadows"][0]["attacks"]["c-loss"]["0.9"]
    assert gain.one == missed(verdict["tp"], verdict["fp"], 0.9)
    assert gain.several == missed(row["tp"], row["fp"], 0.9)
    assert gain.kept == sum(row["tp"]) / sum(verdict["tp"])
    assert of_several([found], "c-loss", "0.9", 8) is None


def test_targets_that_have_not_memorised_are_left_out(played):
    *_, found = played
    spoilt = {**found, "about": {**found["about"], "suite": "mnist"}}
    spoilt["accuracy"] = {**found["accuracy"], "train": {"mean": 0.5}}
    given = {"letter": found, "mnist": spoilt}
    assert demand.deciding(SETTINGS.values(), given) == [found]
