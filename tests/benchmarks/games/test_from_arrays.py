"""Games from somebody's own outputs."""

import numpy as np
import pytest

from benchmarks.games import from_arrays
from benchmarks.statistics.curves import Curve
from benchmarks.statistics.telling import refuse_telling

MODELS, RECORDS, CLASSES = 5, 12, 3


def arrays(models=MODELS):
    rng = np.random.default_rng(0)
    labels = np.arange(RECORDS) % CLASSES
    logits = rng.normal(size=(models, RECORDS, 1, CLASSES)).astype(np.float32)
    return labels, logits, rng.random((models, RECORDS)) < 0.5


def audited(labels, logits, trained_on):
    return from_arrays.audit("mine", labels, logits, trained_on, "made up", "CC0")


def test_every_model_is_the_target_once_against_all_others():
    labels, logits, trained_on = arrays()
    contest = audited(labels, logits, trained_on)
    order = contest.games[0].records
    labels, logits, trained_on = labels[order], logits[:, order], trained_on[:, order]
    assert [g.key for g in contest.games] == [
        from_arrays.game(labels, logits, trained_on, t, (t + 2) % 5).key for t in range(5)
    ]
    for target, game in enumerate(contest.games):
        evidence, rehearsal = game.sides(("clean",))
        shadow = (target + 2) % 5
        np.testing.assert_array_equal(game.member, trained_on[target])
        np.testing.assert_array_equal(rehearsal.member, trained_on[shadow])
        np.testing.assert_array_equal(evidence.target, logits[target])
        np.testing.assert_array_equal(rehearsal.evidence.target, logits[shadow])
        others = [m for m in range(5) if m not in (target, shadow)]
        np.testing.assert_array_equal(evidence.references, logits[others])
        np.testing.assert_array_equal(evidence.trained_on, trained_on[others])
    assert contest.about.suite.references == 3
    assert contest.run.cost.models == 5


def test_a_records_place_says_nothing_of_who_trained_on_it():
    """Records stand in the file as model 0 was trained on them: without a mixture, place alone has AUC 1."""
    rng = np.random.default_rng(3)
    seen = rng.random((5, 400)) < 0.5
    seen = seen[:, np.argsort(~seen[0], kind="stable")]
    arrays = np.arange(400) % 3, rng.normal(size=(5, 400, 1, 3)).astype(np.float32), seen
    games, again = audited(*arrays).games, audited(*arrays).games
    for game, same in zip(games, again, strict=True):
        np.testing.assert_array_equal(game.records, games[0].records)
        np.testing.assert_array_equal(game.records, same.records)
        assert sorted(game.records) == list(range(400))
    for target, game in enumerate(games):
        evidence, rehearsal = game.sides(("clean",))
        for side, member, model in (
            (evidence, game.member, target),
            (rehearsal.evidence, rehearsal.member, (target + 2) % 5),
        ):
            np.testing.assert_array_equal(member, seen[model][game.records])
            np.testing.assert_array_equal(side.target, arrays[1][model][game.records])
            np.testing.assert_array_equal(side.labels, arrays[0][game.records])
    assert abs(Curve.of(-np.arange(400.0), games[0].member).auc() - 0.5) < 0.1


def test_the_targets_accuracy_is_that_of_the_outputs():
    labels, logits, trained_on = arrays()
    right = logits[:, :, 0].argmax(-1) == labels
    utility = audited(labels, logits, trained_on).run.utility
    assert utility.train.mean == pytest.approx(right[trained_on].mean(), rel=1e-5)
    assert utility.test.mean == pytest.approx(right[~trained_on].mean(), rel=1e-5)


def test_keys_follow_from_all_that_an_attack_is_handed():
    labels, logits, trained_on = arrays()
    keys = {g.key for g in audited(labels, logits, trained_on).games}
    other, seen, named = logits.copy(), trained_on.copy(), labels.copy()
    other[4, 0, 0, 0] += 1
    seen[4, 0] ^= True
    named[0] += 1
    for changed in ((labels, other, trained_on), (labels, logits, seen), (named, logits, trained_on)):
        assert not keys & {g.key for g in audited(*changed).games}


@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (
            lambda y, z, s: (y, z[:2], s[:2]),
            "logits: expected at least 3 models, a target, a shadow and a reference, got 2",
        ),
        (lambda y, z, s: (y, z, s[:4]), r"trained_on: expected \(5, 12\) bool, got \(4, 12\) bool"),
        (lambda y, z, s: (y, z, s.astype(int)), r"trained_on: expected \(5, 12\) bool, got \(5, 12\) int64"),
        (lambda y, z, s: (y, z[:, :, 0], s), r"expected shape \(12, Q, C\), got"),
        (lambda y, z, s: (y, z * np.nan, s), "expected finite numbers, got NaN or infinity on 12 of 12 records"),
        (lambda y, z, s: (y + 1, z, s), "labels: expected 0 to 2, got 3"),
        (lambda y, z, s: (y[:9], z, s), "labels: expected 12, one a record of logits, got 9"),
        (lambda y, z, s: (np.tile(y, 2), z, s), "labels: expected 12, one a record of logits, got 24"),
    ],
)
def test_what_makes_no_games_is_one_sentence(spoil, words):
    with pytest.raises(ValueError, match=words):
        audited(*spoil(*arrays()))


def designed(design, models=16, records=400):
    """Outputs that say nothing of models that were trained as `design` (M, n) of random numbers says."""
    trained_on = design(np.random.default_rng(1).random((models, records)))
    return np.zeros(records, int), np.zeros((models, records, 1, CLASSES), np.float32), trained_on


DESIGNS = {
    "each record in exactly half of the models": lambda u: u.argsort(0).argsort(0) < len(u) // 2,
    "in a quarter of them": lambda u: u.argsort(0).argsort(0) < len(u) // 4,
    "half of the records in nobody's training": lambda u: (u < 0.5) & (np.arange(u.shape[1]) % 2 == 0),
    "some easy to draw": lambda u: u < np.linspace(0.1, 0.9, u.shape[1]),
    "the same half for every second model": lambda u: u[np.arange(len(u)) % 2] < 0.5,
}


@pytest.mark.parametrize("design", DESIGNS.values(), ids=DESIGNS)
def test_a_design_that_tells_membership_is_refused(design):
    with pytest.raises(ValueError, match=r"trained_on: how many other models saw a record tells whether model 0 did"):
        audited(*designed(design))


SINGLE = {  # 32 models, of which another one tells what model 3 saw; how many saw a record does not
    "16 memberships with two seeds each": (lambda seen: np.concatenate([seen[:16], seen[:16]]), 0, 16),
    "another has what it has not": (lambda seen: np.concatenate([seen[:31], ~seen[3:4]]), 3, 31),
}


@pytest.mark.parametrize(("design", "target", "other"), SINGLE.values(), ids=SINGLE)
def test_a_single_model_that_tells_membership_is_refused(design, target, other):
    words = rf"^trained_on: whether model {other} saw a record tells whether model {target} did \(AUC [01].00, "
    with pytest.raises(ValueError, match=words):
        audited(*designed(lambda u: design(u < 0.5), 32, 1000))


def test_whether_one_model_tells_is_its_auc():
    rng = np.random.default_rng(0)
    seen = rng.random((4, 300)) < rng.random((4, 1))
    seen[2] = seen[0] ^ (rng.random(300) < 0.3)
    with pytest.raises(
        ValueError, match=rf"model 2 saw .* \(AUC {Curve.of(seen[2].astype(float), seen[0]).auc():.2f}, "
    ):
        refuse_telling(seen, 0, None, [1, 2, 3])


def test_a_design_that_tells_nothing_is_taken():
    for models in (3, 4, 16, 64):
        assert len(audited(*designed(lambda u: u < 0.5, models)).games) == models
    assert len(audited(*designed(lambda u: u < 0.2)).games) == 16
