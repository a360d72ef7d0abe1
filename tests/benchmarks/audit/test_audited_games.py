"""An audit of the outputs of one of our own games is that game, number for number; and what games a file makes."""

from dataclasses import dataclass, replace
from types import SimpleNamespace

import numpy as np
import pytest

from attacks import BUILTIN, Evidence
from attacks import adopt as adopt_attack
from benchmarks.audit import audit, games
from benchmarks.audit.attacking import Wanted, attacked
from benchmarks.audit.case import Case
from benchmarks.audit.coins import coins
from benchmarks.audit.outputs import answers_of
from benchmarks.audit.references import of_columns
from benchmarks.games import from_arrays, from_store
from benchmarks.games.evaluate import evaluate
from benchmarks.games.game import Contest
from benchmarks.naming.registry import ATTACKS, DATASETS, DEFENSES, Plugin, builtin
from benchmarks.statistics.metrics import METRICS
from benchmarks.training import plan as plans
from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import CLEAN
from benchmarks.training.store import Store
from benchmarks.training.suites import find
from datasets.registry import adopt

N, C, R = 240, 4, 6
RNG = np.random.default_rng(0)
LABELS = RNG.integers(C, size=N)
SEEN = RNG.random((R + 1, N)) < 0.5
SEEN[2] = ~SEEN[3]  # every record has been seen by a reference model, and not by another
LOGITS = RNG.normal(size=(R + 1, N, C)).astype(np.float32)
LOGITS[:, np.arange(N), LABELS] += 1.5 * SEEN + RNG.normal(size=N)


def case(**changes):
    base = {"label": LABELS, "member": SEEN[0], "logits": LOGITS[0]} | changes
    return Case(answers_of({name: of for name, of in base.items() if of is not None}, {}))


def with_references(rows, **changes):
    made = case(**changes)
    kind = made.answers.said.kind
    values = {"logits": LOGITS, "loss": losses(LOGITS)}[kind]
    return replace(made, references=of_columns({kind: values[rows], "trained_on": SEEN[rows]}, {}, made.answers, False))


def losses(logits):
    return np.logaddexp.reduce(logits, axis=-1) - np.take_along_axis(logits, LABELS[None, :, None], -1)[..., 0]


def test_a_game_of_arrays_is_the_audits_for_every_quick_attack():
    seats = games.table(with_references(range(1, R + 1)))
    assert seats.shadow == 1
    (order,) = seats.rows
    game = from_arrays.game(LABELS[order], LOGITS[:, order, None], SEEN[:, order], 0, 1)
    assert [of.key for of in seats.games] == [game.key]
    quick = [name for name in BUILTIN if name not in ("hamp-nn", "shadow-network", "quantile-network")]
    made = audit(
        LABELS, SEEN[0], logits=LOGITS[0], references=LOGITS[1:], trained_on=SEEN[1:], name="ours", attacks=quick
    )
    numbers = {record.attack.name: record for record in made.attacked.records}
    assert len(numbers) > 20
    record = made.attacked.records[0]
    about = replaced(record)
    ours = evaluate([Contest(about, (game,), run(record))], [builtin(ATTACKS, name) for name in numbers])
    assert not ours.left
    for theirs, _ in ours.made:
        mine = numbers[theirs.attack.name]
        assert mine.scores == theirs.scores
        assert (mine.metrics, mine.verdicts, mine.roc) == (theirs.metrics, theirs.verdicts, theirs.roc)


def replaced(record):
    from benchmarks.results.record import About

    return About(record.suite, record.defense, record.adversary)


def run(record):
    from benchmarks.results.record import Cost, RunInfo

    return RunInfo(record.games, record.utility, Cost(record.cost.models, 0.0), record.versions, "", "", 0)


@dataclass(frozen=True)
class Request:
    def plan(self):
        suite = replace(find("digits-half"), references=8, trials=1)
        suite = replace(suite, recipe=replace(suite.recipe, epochs=3))
        none = builtin(DEFENSES, "none")
        pool = adopt("digits", builtin(DATASETS, "digits").value, None)
        return plans.make(suite, pool, none, (none,), "adaptive", 0)


def test_a_trained_game_is_the_audits_of_its_outputs(tmp_path):
    """The draws of attacks and intervals follow from keys and names, which the audit is given here."""
    plan, store = Request().plan(), Store(tmp_path)
    assert not runner.train(plan, Request(), store, Here())
    none = builtin(DEFENSES, "none")
    contest = from_store.contest(plan, store, none, "ours")
    (trial,) = plan.split.trials
    roles = plan.roles(none, trial)
    models = [roles[0], roles[1], *roles[2]]
    order = coins(0, 1).permutation(len(trial.audited))
    rows = trial.audited[np.argsort(order)]  # so that the audit hands them over as the trial does
    logits = [store.outputs.array(of.outputs_key(CLEAN), "logits.npy")[rows, 0] for of in models]
    seen = np.array([plan.split.trained_on(of.model, plan.split.audited[rows]) for of in models])
    labels = plan.pool.y[plan.split.audited[rows]]
    names = ("loss", "gap", "mentr", "lira-online", "lira-online-fixed", "base", "bavaria-n", "lira-common")
    made = audit(labels, seen[0], logits=logits[0], references=np.array(logits[1:]), trained_on=seen[1:],
                 attacks=names, name=contest.about.suite.name)  # fmt: skip
    chosen = [builtin(ATTACKS, name) for name in names]
    (game,) = (replace(of, key=contest.games[0].key) for of in made.seats.games)
    mine, theirs = (evaluate([replace(contest, games=(of,))], chosen) for of in (game, contest.games[0]))
    assert len(mine.made) == len(names)
    for (one, _), (other, _), own in zip(mine.made, theirs.made, made.attacked.records, strict=True):
        assert own.scores == one.scores == other.scores
        assert own.metrics["auc"] == one.metrics["auc"]
        assert (one.verdicts, one.roc) == (other.verdicts, other.roc)
        for key, of in one.metrics.items():
            assert of.values == other.metrics[key].values
            if METRICS[key].alpha is None:  # the rehearsals' records stand in other orders, so resampled ones differ
                assert of == other.metrics[key]
    assert made.utility == contest.run.utility


def test_without_a_shadow_each_half_is_attacked_by_who_knows_the_other():
    seats = games.table(case())
    assert seats.shadow is None
    assert sorted(np.concatenate(seats.rows)) == list(range(N))
    assert abs(len(seats.rows[0]) - len(seats.rows[1])) <= 2
    for game, own, known in zip(seats.games, seats.rows, seats.rows[::-1], strict=True):
        evidence, rehearsal = game.sides(("clean",))
        np.testing.assert_array_equal(evidence.target[:, 0], LOGITS[0][own])
        np.testing.assert_array_equal(rehearsal.evidence.target[:, 0], LOGITS[0][known])
        np.testing.assert_array_equal(rehearsal.member, SEEN[0][known])
        np.testing.assert_array_equal(game.member, SEEN[0][own])
        assert abs(game.member.mean() - SEEN[0].mean()) < 0.02
    assert len({game.key for game in seats.games}) == 2


@pytest.mark.parametrize("references", [0, 4])
def test_a_records_place_in_the_file_says_nothing(references):
    """The target's outputs tie, members stand first: who breaks ties by place, or goes by it alone, guesses."""
    rng, member = np.random.default_rng(0), np.arange(400) < 200
    labels = rng.integers(3, size=400)
    tied = np.arange(1 + references)[:, None, None] * np.ones((400, 3)) * [2, 0, 0]
    made = Case(answers_of({"label": labels, "member": member, "logits": tied[0]}, {}))
    if references:
        seen = rng.random((references, 400)) < 0.5
        made = replace(made, references=of_columns({"logits": tied[1:], "trained_on": seen}, {}, made.answers, False))
    seats = games.table(made)
    attacks = [Plugin(name, adopt_attack(SimpleNamespace(score=score))) for name, score in BY_PLACE.items()]
    said = attacked(made, seats, Wanted(tuple(attacks), frozenset()), "tied", "")
    for record in said.records:
        assert abs(record.metrics["auc"].mean - 0.5) < 0.1
    for game, rows, again in zip(seats.games, seats.rows, games.table(made).rows, strict=True):
        np.testing.assert_array_equal(said.scores["place"][rows], -np.arange(len(rows)))
        np.testing.assert_array_equal(game.member, member[rows])
        np.testing.assert_array_equal(rows, again)


BY_PLACE = {
    "place": lambda evidence, _rehearsal, _rng: -np.arange(len(evidence.labels), dtype=float),
    "ties by place": lambda evidence, _rehearsal, _rng: (
        -evidence.signal("log_p").target[:, 0].argsort(kind="stable").argsort().astype(float)
    ),
}


def test_scores_come_back_to_their_records():
    made = audit(LABELS, SEEN[0], logits=LOGITS[0], attacks=["loss"])
    expected = -losses(LOGITS[:1])[0]
    np.testing.assert_allclose(made.records["score of loss"], expected, rtol=1e-5, atol=1e-6)
    full = audit(LABELS, SEEN[0], logits=LOGITS[0], references=LOGITS[1:], trained_on=SEEN[1:], attacks=["loss"])
    np.testing.assert_allclose(full.records["score of loss"], expected, rtol=1e-5, atol=1e-6)


def test_references_that_saw_nothing_leave_halves():
    seen = np.zeros((R, N), bool)
    made = case()
    made = replace(made, references=of_columns({"logits": LOGITS[1:], "trained_on": seen}, {}, made.answers, False))
    seats = games.table(made)
    assert (seats.shadow, len(seats.games)) == (None, 2)
    assert seats.games[0].offers == {"reference"}
    evidence, rehearsal = seats.games[0].sides(("clean",))
    np.testing.assert_array_equal(evidence.references[:, :, 0], LOGITS[1:][:, seats.rows[0]])
    np.testing.assert_array_equal(rehearsal.evidence.references[:, :, 0], LOGITS[1:][:, seats.rows[1]])


def test_the_first_model_that_saw_a_share_is_the_shadow_and_no_reference():
    seen = SEEN[1:].copy()
    seen[0] = False
    made = case()
    made = replace(made, references=of_columns({"logits": LOGITS[1:], "trained_on": seen}, {}, made.answers, False))
    seats = games.table(made)
    assert seats.shadow == 2
    evidence, rehearsal = seats.games[0].sides(("clean",))
    (order,) = seats.rows
    np.testing.assert_array_equal(evidence.references[:, :, 0], LOGITS[[1, 3, 4, 5, 6]][:, order])
    np.testing.assert_array_equal(rehearsal.evidence.target[:, 0], LOGITS[2][order])
    np.testing.assert_array_equal(rehearsal.member, seen[1][order])


def test_who_trained_on_a_record_must_not_tell():
    made = case()
    telling = np.tile(~SEEN[0], (R, 1))
    made = replace(made, references=of_columns({"logits": LOGITS[1:], "trained_on": telling}, {}, made.answers, False))
    with pytest.raises(ValueError, match="how many reference models saw a record tells whether the audited model did"):
        games.table(made)


def test_too_few_records_are_refused():
    few = np.arange(N) == 0
    with pytest.raises(ValueError, match="expected 4 members or more, got 1"):
        games.table(case(member=few))


def test_losses_give_what_follows_of_them_and_nothing_else():
    seats = games.table(with_references([1, 2, 3], logits=None, loss=losses(LOGITS[0][None])[0]))
    shown, _ = seats.games[0].sides(("clean",))
    full = Evidence(LABELS, LOGITS[0][:, None], LOGITS[[2, 3]][:, :, None], SEEN[[2, 3]])
    for name in ("log_p", "p_label", "phi"):
        for mine, theirs in zip(shown.signal(name), full.signal(name), strict=True):
            np.testing.assert_allclose(mine, theirs[..., seats.rows[0], :], rtol=2e-5, atol=2e-6)
    for ask in (lambda: shown.target, lambda: shown.signal("entropy")):
        with pytest.raises(ValueError, match="there are losses alone"):
            ask()


def test_what_can_play_follows_from_what_there_is():
    loss = losses(LOGITS[0][None])[0]
    of_loss = audit(LABELS, SEEN[0], loss=loss, references=losses(LOGITS[1:]), trained_on=SEEN[1:])
    played = {record.attack.name for record in of_loss.attacked.records}
    assert {"loss", "lira-online", "lira-online-fixed", "base"} <= played
    left = {of.attack: of.reason for of in of_loss.left}
    assert left["mentr"] == "needs all classes' probabilities; there are losses alone"
    assert left["gap"] == "needs predicted classes; there are losses alone"
    assert not any(of.failed for of in of_loss.left)
    full = audit(
        LABELS, SEEN[0], logits=LOGITS[0], references=LOGITS[1:], trained_on=SEEN[1:], attacks=("lira-online",)
    )
    np.testing.assert_allclose(
        of_loss.attacked.scores["lira-online"], full.attacked.scores["lira-online"], rtol=1e-2, atol=1e-2
    )
    of_labels = audit(LABELS, SEEN[0], predicted=LOGITS[0].argmax(-1))
    assert {record.attack.name for record in of_labels.attacked.records} == {"gap"}
    assert of_loss.utility.train.mean is None
    assert of_labels.utility.train.mean == pytest.approx((LOGITS[0].argmax(-1) == LABELS)[SEEN[0]].mean(), rel=1e-5)


def test_a_population_lets_its_attacks_play():
    rng = np.random.default_rng(1)
    m = 60
    labels, logits = rng.integers(C, size=m), rng.normal(size=(R + 1, m, C)).astype(np.float32)
    both = np.concatenate([LOGITS, logits], axis=1)
    seen = np.concatenate([SEEN, np.zeros((R + 1, m), bool)], axis=1)
    crowd = {"labels": labels, "logits": logits[0]}
    alone = audit(LABELS, SEEN[0], logits=LOGITS[0], population=crowd, attacks=("attack-p", "loss"))
    assert [record.attack.name for record in alone.attacked.records] == ["attack-p", "loss"]
    made = audit(LABELS, SEEN[0], logits=LOGITS[0], population=crowd, references=both[1:], trained_on=seen[1:],
                 attacks=("rmia", "attack-p", "pmia-class", "bavaria-n-offline"))  # fmt: skip
    assert [record.attack.name for record in made.attacked.records] == ["rmia", "attack-p"]
    assert {of.reason for of in made.left} == {"needs population records that reference models trained on"}
    evidence, rehearsal = made.seats.games[0].sides(("clean",))
    np.testing.assert_array_equal(evidence.population.target[:, 0], logits[0])
    np.testing.assert_array_equal(rehearsal.evidence.population.target[:, 0], logits[1])
    np.testing.assert_array_equal(evidence.population.references[:, :, 0], logits[2:])
    with pytest.raises(ValueError, match=r"expected \(R, 300, 4\)"):
        audit(LABELS, SEEN[0], logits=LOGITS[0], population=crowd, references=LOGITS[1:], trained_on=SEEN[1:])


def test_records_that_every_reference_saw_are_left_out_where_they_are_few():
    seen = SEEN[1:].copy()
    seen[:, :7] = True
    made = audit(LABELS, SEEN[0], logits=LOGITS[0], references=LOGITS[1:], trained_on=seen, attacks=("c-loss", "loss"))
    lost = int(seen[1:].all(0).sum())
    assert 7 <= lost <= N // 20
    assert len(made.records) == N - lost
    (warning,) = made.warnings
    assert warning.startswith(
        f"Beside the shadow model, every reference model was trained on {lost} of {N} records: they are left out."
    )
    seen[:, :50] = True
    made = audit(LABELS, SEEN[0], logits=LOGITS[0], references=LOGITS[1:], trained_on=seen, attacks=("c-loss", "loss"))
    assert len(made.records) == N
    assert [of.attack for of in made.left] == ["c-loss"]
    assert "records have none" in made.left[0].reason
