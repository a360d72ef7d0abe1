"""Students: against a naive loop, for whom they are trained, and what determines them."""

from dataclasses import dataclass, replace

import numpy as np
import pytest
import torch

from benchmarks.games.from_store import contest, lacking_in
from benchmarks.games.playing import play
from benchmarks.naming.registry import ATTACKS, DEFENSES, builtin
from benchmarks.training import distilling, runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import CLEAN, Asked, make
from benchmarks.training.queries import query_set
from benchmarks.training.store import Store
from benchmarks.training.suites import find
from datasets import HalfSplit, SixSplit
from defenses import Hamp
from models import Diverged, HookError, Mlp, Recipe
from models.building import start

ATTACK = "trajectory(epochs=3)"
QUERY = "trajectory(3)"  # as the store spells it
SNAPSHOTS = Asked(QUERY)
RECIPE = Recipe(epochs=4, batch=16, learning_rate=1e-2)


@dataclass(frozen=True)
class Source:
    """Two trials with two references on the digits."""

    protocol: object = SixSplit(part=60)
    queries: tuple = (QUERY,)
    population: bool = False
    defense: str = "none"
    adversary: str = "adaptive"

    def plan(self):
        suite = replace(
            find("digits"), network=Mlp(hidden=(12,)), recipe=RECIPE, protocol=self.protocol, references=2, trials=2
        )
        none, other = builtin(DEFENSES, "none"), builtin(DEFENSES, self.defense)
        made = make(suite, suite.pool(None), none, (other,), self.adversary, 0)
        return made.asking(self.queries, self.population)


@pytest.fixture(scope="module")
def made(tmp_path_factory):
    """A plan, and a store with all that it needs."""
    source, store = Source(population=True), Store(tmp_path_factory.mktemp("store"))
    assert not runner.train(source.plan(), source, store, Here())
    return source.plan(), store


def logits(store, training, asked):
    return store.outputs.array(training.outputs_key(asked), "logits.npy")


def test_a_students_losses_are_those_of_a_naive_loop(made):
    """The model's outputs on the population; torch's own network, Adam and KL, a record's loss after each epoch."""
    plan, store = made
    pool, population, audited = plan.pool, plan.split.population, plan.split.audited
    seeds = set()
    for key in plan.attacked:
        training = plan.by_key[key]
        teacher = _restored(training, store).predict(pool.x[population])
        taught = torch.from_numpy(teacher).softmax(-1)
        task = distilling.task_of([training], [teacher], 3, "cpu")
        assert task.recipe == replace(RECIPE, epochs=3)
        seeds |= {*task.seeds, training.model_seed}
        module, generator = start(task, task.seeds[0])
        optimizer = torch.optim.Adam(module.parameters(), lr=1e-2)
        seen, own = (
            torch.from_numpy(pool.x[rows] * np.float32(pool.scale[0])) + pool.shift[0] for rows in (population, audited)
        )
        curve = []
        for _ in range(3):
            for batch in torch.randperm(len(population), generator=generator).split(16):
                optimizer.zero_grad()
                log_q = module(seen[batch]).log_softmax(-1)
                torch.nn.functional.kl_div(log_q, taught[batch], reduction="batchmean").backward()
                optimizer.step()
            with torch.no_grad():
                log_q = module(own).log_softmax(-1).numpy()
            curve.append(-log_q[np.arange(len(audited)), pool.y[audited]])
        outputs = logits(store, training, SNAPSHOTS)
        assert outputs.shape == (len(audited), 3, pool.classes)
        log_p = torch.from_numpy(outputs.copy()).log_softmax(-1).numpy()
        losses = -log_p[np.arange(len(audited)), :, pool.y[audited]]
        np.testing.assert_allclose(losses, np.stack(curve, axis=1), atol=1e-4)
        assert losses[:, 2].mean() < losses[:, 0].mean() - 0.1
    assert len(seeds) == 2 * 2  # each model and each student starts from weights of its own


def _restored(training, store):
    from benchmarks.training.jobs import restored

    return restored([training], store, "cpu")[0]


@pytest.mark.parametrize(
    ("source", "students", "models"),
    [
        (Source(), 2, 4),
        (Source(HalfSplit(part=60)), 2, 4),
        (Source(defense="l2"), 4, 8),
        (Source(defense="l2", adversary="unaware"), 4, 6),
    ],
    ids=["six-split", "half-split", "adaptive", "unaware"],
)
def test_targets_and_shadow_models_alone_have_students(source, students, models):
    plan = source.plan()
    asked = [plan.asks(training) for training in plan.by_key.values()]
    assert len(asked) == models
    assert sum(SNAPSHOTS in of for of in asked) == students
    assert all(CLEAN in of for of in asked)
    trials = [(defense, trial) for defense in plan.defenses for trial in plan.split.trials]
    assert plan.attacked == {t.key for of in trials for t in plan.roles(*of)[:2]}


def test_nothing_more_is_stored_and_the_games_hold_the_snapshots(made):
    plan, store = made
    kept = [path.name for path in (store.root / "outputs").iterdir()]
    assert len(kept) == 4 + 2 + 4  # on audited records, of two students, and on the population
    game = contest(plan, store, plan.none, "a test").games[0]
    says = {
        name: game.uncalibrated(builtin(ATTACKS, name).value)
        for name in ("loss", ATTACK, f"two-stage(second={ATTACK})")
    }
    assert list(says.values()) == ["", *["asks students, who learnt from the population"] * 2]
    assert play(game, builtin(ATTACKS, ATTACK)).facts == {}  # the target is asked about a record but once
    evidence, rehearsal = game.sides(("clean", QUERY))
    for side in (evidence, rehearsal.evidence):
        assert side.target.shape == (120, 4, 10)
        assert side.columns == {"clean": slice(0, 1), QUERY: slice(1, 4)}
    target = plan.roles(plan.none, plan.split.trials[0])[0]
    own = np.concatenate([logits(store, target, asked) for asked in (CLEAN, SNAPSHOTS)], axis=1)
    np.testing.assert_array_equal(evidence.target, own[plan.split.trials[0].audited])


def test_asked_later_of_stored_weights_they_say_the_same(made, tmp_path):
    """HAMP's outputs are released with random numbers; the students must learn from what was released."""
    source, store = Source(defense="hamp"), Store(tmp_path / "later")
    first = replace(source, queries=())
    assert not runner.train(first.plan(), first, store, Here())
    assert not runner.train(source.plan(), source, store, Here())
    once = Store(tmp_path / "once")
    assert not runner.train(source.plan(), source, once, Here())
    plan = source.plan()
    assert isinstance(plan.defenses[1].value, Hamp)
    for training in (plan.by_key[key] for key in plan.attacked):
        np.testing.assert_array_equal(logits(store, training, SNAPSHOTS), logits(once, training, SNAPSHOTS))
    hamp = next(plan.by_key[key] for key in plan.attacked if plan.by_key[key].defense.name == "hamp")
    plain = _restored(hamp, store).predict(plan.pool.x[plan.split.population])
    (other,) = distilling.students([hamp], [plain], plan.pool.x[plan.split.audited], 3, "cpu")
    assert not np.allclose(other, logits(store, hamp, SNAPSHOTS), atol=0.1)
    target = plan.roles(plan.none, plan.split.trials[0])[0]  # alone as in company, whoever else was trained
    np.testing.assert_array_equal(logits(store, target, SNAPSHOTS), logits(made[1], target, SNAPSHOTS))


def test_the_population_and_the_epochs_determine_them_and_no_other_key_changes():
    plan = Source().plan()
    training = plan.by_key[next(iter(plan.attacked))]
    assert set(training.outputs_spec(CLEAN)) == {"model", "records", "query", "query_version", "release_version"}
    spec = training.outputs_spec(SNAPSHOTS)
    assert set(spec) == {*training.outputs_spec(CLEAN), "taught_on"}
    fewer = replace(training, split=replace(training.split, population=training.split.population[1:]))
    assert fewer.key == training.key
    assert fewer.outputs_key(CLEAN) == training.outputs_key(CLEAN)
    asked = (training.outputs_key(Asked(f"trajectory(epochs={e})")) for e in (2, 3))
    assert len({fewer.outputs_key(SNAPSHOTS), *asked}) == 3


def test_students_are_not_asked_about_what_they_learnt_from():
    plan = Source(population=True).plan()
    assert plan.asked == (CLEAN, SNAPSHOTS, Asked("clean", "population"))


@pytest.mark.parametrize(
    ("spelling", "reason"),
    [
        ("trajectory(epochs=3)", ""),
        ("two-stage(second=trajectory(epochs=3))", ""),
        ("two-stage(c-loss, trajectory(epochs=3))", "of reference models, and only targets and shadow models have"),
        (
            "two-stage(attack-p, trajectory(epochs=3))",
            "on population records, and only targets and shadow models have",
        ),
    ],
)
def test_what_students_cannot_answer_is_said_in_a_sentence(spelling, reason):
    said = lacking_in(Source().plan(), builtin(ATTACKS, spelling).value)
    assert reason in said if reason else not said


def test_without_a_population_nobody_learns():
    plan = Source(HalfSplit(part=898)).plan()
    said = lacking_in(plan, builtin(ATTACKS, "trajectory").value)
    assert said == "needs population records that students learn from; half-split has none"


@pytest.mark.parametrize("name", ["trajectory(epochs=x)", "trajectory(width=2)", "trajektory"])
def test_a_query_set_that_cannot_be_read_is_named(name):
    with pytest.raises(ValueError, match=r"quer(y set|ies) .*traje[ck]tory"):
        query_set(name)


def test_a_recipe_shrinks_in_proportion_and_takes_records_as_they_are():
    recipe = replace(RECIPE, epochs=200, milestones=(2, 4, 100, 150), augment=("flip",))
    assert distilling.recipe_of(recipe, 20) == replace(recipe, epochs=20, milestones=(1, 10, 15), augment=())


def test_a_student_that_cannot_be_trained_is_named(made, monkeypatch):
    plan, _ = made
    training = plan.by_key[next(iter(plan.attacked))]
    monkeypatch.setattr(distilling, "fit", lambda task: [Diverged("loss became NaN in epoch 1")])
    teacher = np.zeros((len(plan.split.population), 10), np.float32)
    with pytest.raises(HookError, match="a student of its outputs cannot be trained: loss became NaN in epoch 1"):
        list(distilling.students([training], [teacher], plan.pool.x[:5], 3, "cpu"))


def test_students_that_do_not_fit_into_memory_come_in_turns(made, monkeypatch):
    plan, _ = made
    trainings = [plan.by_key[key] for key in sorted(plan.attacked)]
    taught = list(np.random.default_rng(0).normal(0, 3, (2, len(plan.split.population), 10)))
    whole = list(distilling.students(trainings, taught, plan.pool.x[:5], 2, "cpu"))
    monkeypatch.setattr(distilling, "BYTES", 5 * 2 * 10 * 4)
    for one, two in zip(whole, distilling.students(trainings, taught, plan.pool.x[:5], 2, "cpu"), strict=True):
        np.testing.assert_array_equal(one, two)
    assert not np.array_equal(whole[0], whole[1])
