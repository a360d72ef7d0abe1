"""Quantile regression against closed forms, naive loops and planted leaks; and whether it beats a constant."""

import numpy as np
import pytest
from scipy.stats import norm

from attacks import Evidence, Rehearsal, prepare
from attacks.quantile import Gaussian, Quantile, QuantileNetwork
from attacks.quantile_pinball import TAILS, Pinball, QuantilePinball, level, pinball
from attacks.ranking import auc
from attacks.regression import FOLDS, crossfit, folds_of

ATTACKS = [Quantile(), QuantileNetwork(), QuantilePinball()]


class Line:
    """Least squares."""

    def fit(self, x, y):
        self.slope = np.linalg.lstsq(np.c_[x, np.ones(len(x))], y, rcond=None)[0]
        return self

    def predict(self, x):
        return np.c_[x, np.ones(len(x))] @ self.slope


def linear(n, seed=0, noise=lambda x: 0.5):
    """x (n, 1) uniform in [-1, 1] and y = 2 x + noise(x) Z."""
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (n, 1))
    return x, 2 * x[:, 0] + noise(x[:, 0]) * rng.normal(size=n)


def test_each_fold_is_predicted_by_the_others_and_new_records_by_all():
    x, y = linear(50)
    models, held_out = crossfit(x, y, lambda features: Line())
    for i in range(len(y)):
        others = np.arange(len(y)) % FOLDS != i % FOLDS
        assert held_out[i] == pytest.approx(Line().fit(x[others], y[others]).predict(x[i : i + 1])[0])
    assert len(models) == FOLDS
    means = folds_of(y, lambda known: np.array([known.mean(), known.max()]))
    for i in (0, 1, 2, 49):
        others = np.arange(len(y)) % FOLDS != i % FOLDS
        assert means[i] == pytest.approx([y[others].mean(), y[others].max()])


def test_a_gaussian_head_scores_in_deviations_and_gains_what_information_theory_says():
    """exp(log variance) is linear in x here, too: deviation e^(x / 2), so that log variance is x."""
    x, y = linear(20_000, noise=lambda x: np.exp(x / 2))
    made = Gaussian(x, y, lambda features: Line())
    new, of = linear(2000, 1, lambda x: np.exp(x / 2))
    np.testing.assert_allclose(made.score(new, of), (of - 2 * new[:, 0]) / np.exp(new[:, 0] / 2), atol=0.15)
    variance = 4 / 3 + np.sinh(1)  # of y: that of 2 x, and the mean of e^x over [-1, 1]
    assert made.gains.mean() == pytest.approx(0.5 * np.log(variance), abs=0.03)  # log variance is 0 on average


def test_pinball_loss_and_levels_are_those_of_naive_loops():
    rng = np.random.default_rng(0)
    y, thresholds = rng.normal(size=9), np.sort(rng.normal(size=(9, 4)), axis=1)
    thresholds[0, 1] = thresholds[0, 2]
    y[0], y[1], y[2] = thresholds[0, 1], thresholds[1, 0] - 2, thresholds[2, 3] + 3
    levels = -np.log(TAILS)
    losses, found = pinball(y, thresholds), level(y, thresholds, levels, 0.7)
    for i in range(9):
        for k, tail in enumerate(TAILS):
            apart = y[i] - thresholds[i, k]
            assert losses[i, k] == pytest.approx((1 - tail) * apart if apart > 0 else -tail * apart)
        q = thresholds[i]
        if y[i] < q[0]:
            expected = levels[0] - 0.7 * (q[0] - y[i])
        elif y[i] > q[3]:
            expected = levels[3] + 0.7 * (y[i] - q[3])
        else:
            k = max(k for k in range(4) if q[k] <= y[i])
            share = 0 if k == 3 else (y[i] - q[k]) / (q[k + 1] - q[k])
            expected = levels[k] + (0 if k == 3 else share * (levels[k + 1] - levels[k]))
        assert found[i] == pytest.approx(expected)


def test_the_loss_is_least_at_the_quantile():
    values = norm.ppf((np.arange(4000) + 0.5) / 4000)
    at = [pinball(values, np.tile(norm.isf(TAILS) + d, (4000, 1))).mean(0) for d in (-0.1, 0, 0.1)]
    assert (at[1] < at[0]).all()
    assert (at[1] < at[2]).all()


def test_trees_learn_quantiles_that_depend_on_the_record():
    x, y = linear(3000, noise=lambda x: np.where(x > 0, 1.0, 0.2))
    attack = QuantilePinball()
    made = attack.fit(None, np.random.default_rng(0))._learn(x, y)
    assert isinstance(made, Pinball)
    new = np.array([[-0.5], [0.5]])
    for tail in (0.5, TAILS[1]):
        at = 2 * new[:, 0] + norm.isf(tail) * np.array([0.2, 1.0])
        assert made.score(new, at) == pytest.approx(-np.log(tail), abs=0.5)
    assert (made.score(new, 2 * new[:, 0] + 5) > -np.log(TAILS[-1]) + 0.5).all()


def side(rng, member, population=None, informed=True):
    """phi is the record's ease, which its first feature tells, and members have a little more."""
    ease = rng.normal(0, 3, len(member))
    told = ease if informed else rng.normal(size=len(member))
    inputs = np.stack([told, rng.normal(size=len(member))], axis=1)
    phi = ease + member + rng.normal(0, 0.5, len(member))
    logits = np.stack([phi, np.zeros(len(member))], axis=-1)[:, None].astype(np.float32)
    none = np.zeros((0, len(member)), bool)
    labels = np.zeros(len(member), np.int64)
    return Evidence(labels, logits, np.zeros((0, *logits.shape), np.float32), none, population, inputs)


def played(attack, informed):
    """What the fitted object says after it scored both sides, and the AUC on the target."""
    rng = np.random.default_rng(4)
    sides = []
    for _ in range(2):
        member = rng.random(900) < 0.5
        population = side(rng, np.zeros(900, bool), informed=informed)
        sides.append((side(rng, member, population, informed), member))
    (evidence, member), (rehearsed, practised) = sides
    ready = prepare(attack, Rehearsal(rehearsed, practised), np.random.default_rng(0))
    scores = ready.score(evidence)
    ready.decide(evidence, np.array([0.9]))
    return ready.own_facts, auc(scores, member)


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: type(attack).__name__)
def test_what_depends_on_the_record_is_found_and_a_constant_is_called_one(attack):
    facts, found = played(attack, informed=True)
    assert found > 0.83  # the best test reaches Phi(1 / (.5 sqrt 2)) = .92, phi alone .59
    assert facts["better than a constant"] == "yes"
    assert facts["gain over a constant"] > 0.3
    facts, found = played(attack, informed=False)
    assert 0.5 < found < 0.64
    assert facts["better than a constant"] == "no"


@pytest.mark.parametrize("attack", ATTACKS, ids=lambda attack: type(attack).__name__)
def test_nothing_is_said_before_anything_is_learnt_and_few_records_are_refused(attack):
    rng = np.random.default_rng(0)
    assert attack.fit(None, rng).facts == {}
    few = side(rng, np.zeros(40, bool), side(rng, np.zeros(29, bool)))
    with pytest.raises(ValueError, match="needs 30 population records, got 29"):
        prepare(attack, Rehearsal(few, np.arange(40) < 20), rng).score(few)
