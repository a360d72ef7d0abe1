"""Attacks that learn, and those that see labels alone, against answers known beforehand."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression

from attacks import Evidence, Rehearsal
from attacks.label_augmentation import small
from attacks.label_regression import LabelRegression, log_odds
from attacks.learning import LEAST, PerClass
from attacks.planting import planted
from attacks.ranking import auc
from attacks.ready import prepare
from attacks.registry import load


def test_regressions_of_all_records_at_once_equal_scikit_learns():
    rng = np.random.default_rng(0)
    references = (rng.random((40, 6, 5)) < 0.6).astype(float)
    seen, own = rng.random((40, 6)) < 0.5, (rng.random((6, 5)) < 0.5).astype(float)
    found = log_odds(own, references, seen, 1.0)
    for k in range(6):
        # half a case of each kind at the origin, where bits are all 0
        x = np.concatenate([references[:, k], np.zeros((2, 5))])
        y, weight = np.concatenate([seen[:, k], [True, False]]), np.concatenate([np.ones(40), [0.5, 0.5]])
        model = LogisticRegression(C=1.0, tol=1e-10, max_iter=1000).fit(x, y, sample_weight=weight)
        assert found[k] == pytest.approx(model.decision_function(own[k : k + 1])[0], abs=1e-5)


def test_a_record_without_one_side_stays_finite():
    bits = np.ones((4, 2, 3))
    assert np.isfinite(log_odds(np.ones((2, 3)), bits, np.zeros((4, 2), bool), 1.0)).all()


def test_what_only_members_get_right_is_found_from_labels_alone():
    """Members are predicted rightly on all 19 queries, others on half of the augmented ones."""
    rng = np.random.default_rng(1)

    def side(member, query="flips-shifts"):
        seen = rng.random((16, 300)) < 0.5
        chance = np.where(np.stack([member, *seen]), 0.95, 0.6)
        right = rng.random((17, 300, 19)) < chance[..., None]
        logits = np.stack([right, ~right], axis=-1).astype(np.float32)
        columns = {"clean": slice(0, 1), query: slice(1, 19)}
        return Evidence(np.zeros(300, np.int64), logits[0], logits[1:], seen, columns=columns)

    member = rng.random(300) < 0.5
    flips = load("label-regression-flips")(counts=(3.0,), m=18)
    for attack in (LabelRegression(), load("label-augmentation")(), flips):
        evidence, rehearsal = (side(member, attack.queries[1]) for _ in range(2))
        scores = prepare(attack, Rehearsal(rehearsal, member), np.random.default_rng(0)).score(evidence)
        assert auc(scores, member) > 0.9
    evidence, rehearsal = side(member), Rehearsal(side(member), member)
    one_label = np.zeros_like(evidence.target)
    silent = Evidence(
        evidence.labels, one_label, np.zeros_like(evidence.references), evidence.trained_on, columns=evidence.columns
    )
    assert 0.35 < auc(prepare(LabelRegression(), rehearsal, np.random.default_rng(0)).score(silent), member) < 0.65


def test_some_tens_of_records_a_class_suffice_for_what_augmented_copies_tell():
    """20 classes of some 50 records; members are predicted rightly more often: the best score is the count of right
    answers, and a network a class must find half of what that tells.
    """
    rng = np.random.default_rng(4)
    labels, member = rng.integers(20, size=1000), rng.random(1000) < 0.5

    def side(member):
        right = rng.random((1000, 19)) < np.where(member, 0.75, 0.65)[:, None]
        said = np.where(right, labels[:, None], (labels[:, None] + 1) % 20)
        logits = said[..., None] == np.arange(20)
        columns = {"clean": slice(0, 1), "rotations": slice(1, 19)}
        none = np.zeros((0, 1000), bool)
        return Evidence(labels, logits.astype(np.float32), [], none, columns=columns), right.sum(1)

    (evidence, count), (rehearsed, _) = side(member), side(member)
    attack = load("label-augmentation")(("clean", "rotations"))
    found = prepare(attack, Rehearsal(rehearsed, member), np.random.default_rng(0)).score(evidence)
    assert auc(found, member) > 0.5 + 0.45 * (auc(count, member) - 0.5)


def test_classes_with_few_records_share_one_classifier():
    rng = np.random.default_rng(2)
    labels = np.array([0] * 100 + [1] * (LEAST - 1))
    logits = rng.normal(size=(len(labels), 1, 2)).astype(np.float32)
    none = np.zeros((0, len(labels)), bool)
    evidence = Evidence(labels, logits, np.zeros((0, *logits.shape), np.float32), none)
    fitted = PerClass.fit(
        lambda e: e.target[:, 0], Rehearsal(evidence, rng.random(len(labels)) < 0.5), lambda: small(rng)
    )
    assert list(fitted.models) == [0]
    assert np.isfinite(fitted.score(evidence)).all()


@pytest.mark.parametrize("name", ["shadow-top3", "shadow-network"])
def test_a_shadow_classifier_finds_a_planted_leak_and_no_other(name):
    for leak, low, high in ((3.0, 0.85, 1.0), (0.0, 0.44, 0.56)):
        evidence, rehearsal, member = planted(np.random.default_rng(3), 2000, 0, 4, leak)
        found = prepare(load(name)(), rehearsal, np.random.default_rng(0)).score(evidence)
        assert low < auc(found, member) < high
