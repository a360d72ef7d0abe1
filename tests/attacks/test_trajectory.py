"""The loss trajectory attack against answers known beforehand."""

import numpy as np
import pytest

from attacks import Evidence, Rehearsal, prepare
from attacks.loss import Loss
from attacks.planting import planted
from attacks.ranking import auc
from attacks.trajectory import Trajectory, losses

EPOCHS = 6
ATTACK = Trajectory(epochs=EPOCHS)
COLUMNS = {"clean": slice(0, 1), f"trajectory(epochs={EPOCHS})": slice(1, EPOCHS + 1)}


def side(rng, member, slow):
    """Logits of two classes whose losses fall from 2 to about .1; those of members halfway later, by `slow`.

    The model's own loss, and the student's first and last, are drawn alike for members and others.
    """
    n, when = len(member), np.arange(EPOCHS) / (EPOCHS - 1)
    start = 2 + 0.1 * rng.normal(size=(n, 1))
    bump = slow * member[:, None] * np.sin(np.pi * when) + 0.1 * rng.normal(size=(n, EPOCHS))
    along = start * (1 - when) + 0.1 * (1 + rng.random((n, 1))) * when + np.abs(bump)
    own = 0.01 + 0.2 * rng.random((n, 1))
    loss = np.concatenate([own, along], axis=1)
    phi = -np.log(np.expm1(loss))
    labels = rng.integers(2, size=n)
    signs = np.where(np.arange(2) == labels[:, None], 0.5, -0.5)
    logits = (phi[..., None] * signs[:, None]).astype(np.float32)
    none = np.zeros((0, n), bool)
    return Evidence(labels, logits, np.zeros((0, *logits.shape), np.float32), none, columns=COLUMNS)


def game(slow, n=1500):
    rng = np.random.default_rng(0)
    truth, member = rng.random((2, n)) < 0.5
    return side(rng, truth, slow), Rehearsal(side(rng, member, slow), member), truth


def played(attack, evidence, rehearsal):
    return prepare(attack, rehearsal, np.random.default_rng(0)).score(evidence)


def test_features_are_the_losses_in_their_order_and_stay_finite():
    logits = np.array([[[0, 0], [2, 0], [-3e4, 3e4], [3e4, -3e4]]], np.float32)
    columns = {"clean": slice(0, 1), "trajectory(epochs=3)": slice(1, 4)}
    evidence = Evidence(
        np.zeros(1, int), logits, np.zeros((0, 1, 4, 2), np.float32), np.zeros((0, 1), bool), columns=columns
    )
    expected = [np.log(2), np.log1p(np.exp(-2)), 30, 1e-12]
    np.testing.assert_allclose(np.exp(losses(evidence)[0]), expected, rtol=1e-6)


def test_what_only_the_way_tells_is_found():
    """Neither the model's own loss nor the student's last one tells anything."""
    evidence, rehearsal, member = game(0.5)
    assert auc(played(ATTACK, evidence, rehearsal), member) > 0.95
    for column in (0, EPOCHS):
        alone = auc(-losses(evidence)[:, column], member)
        assert 0.45 < alone < 0.55
    assert 0.45 < auc(played(Loss(), evidence, rehearsal), member) < 0.55


def test_where_members_go_the_same_way_nothing_is_found():
    evidence, rehearsal, member = game(0.0)
    assert 0.45 < auc(played(ATTACK, evidence, rehearsal), member) < 0.55


def test_the_order_of_the_targets_records_changes_nothing():
    evidence, rehearsal, _ = game(0.3, n=300)
    order = np.random.default_rng(1).permutation(300)
    moved = Evidence(
        evidence.labels[order],
        evidence.target[order],
        evidence.references[:, order],
        evidence.trained_on[:, order],
        columns=COLUMNS,
    )
    scores = played(ATTACK, evidence, rehearsal)
    np.testing.assert_allclose(played(ATTACK, moved, rehearsal), scores[order], atol=1e-12)


def test_it_is_fitted_on_the_shadow_models_records_alone():
    """Another target gets other scores for other losses alone: the same losses, the same scores."""
    evidence, rehearsal, _ = game(0.3, n=300)
    ready = prepare(ATTACK, rehearsal, np.random.default_rng(0))
    before = ready.score(evidence)
    other, _, _ = game(0.0, n=300)
    ready.score(other)
    np.testing.assert_array_equal(prepare(ATTACK, rehearsal, np.random.default_rng(0)).score(evidence), before)
    assert ready.declared.needs == "target"
    with pytest.raises(ValueError, match="population: the attack did not declare it"):
        _ = ready.view(evidence).population


@pytest.mark.parametrize(("leak", "low", "high"), [(3.0, 0.85, 1.0), (0.0, 0.45, 0.55)])
def test_a_planted_leak_is_found_and_no_other(leak, low, high):
    queries = prepare(ATTACK, game(0, 100)[1], np.random.default_rng(0)).declared.queries
    evidence, rehearsal, member = planted(np.random.default_rng(3), 2000, 0, 4, leak, queries)
    assert low < auc(played(ATTACK, evidence, rehearsal), member) < high
