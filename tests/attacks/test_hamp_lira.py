"""HAMP's four LiRA variants against a loop over records in probabilities, as its code has them. Seconds: 2."""

import mpmath
import numpy as np
import pytest
from scipy.stats import norm

from attacks import Evidence, Rehearsal, prepare
from attacks.hamp_lira import HampLira, HampLiraFixed, HampLiraOffline, HampLiraOfflineFixed, bounded
from attacks.registry import load

RNG = np.random.default_rng(5)
N, R, C = 40, 8, 4
LABELS = RNG.integers(C, size=N)
TARGET, REFERENCES = (RNG.normal(0, 2, (*shape, N, 1, C)).astype(np.float32) for shape in ((), (R,)))
SEEN = np.argsort(np.argsort(RNG.random((R, N)), axis=0), axis=0) < R // 2  # each record in half of them


def phi(logits):
    """(...) in probabilities, as HAMP's scripts: 1e-45 inside both logarithms."""
    x = logits[..., 0, :].astype(np.float64)
    p = np.exp(x - x.max(-1, keepdims=True))
    p /= p.sum(-1, keepdims=True)
    own = np.take_along_axis(p, np.broadcast_to(LABELS[:, None], (*p.shape[:-1], 1)), -1)[..., 0]
    others = np.where(np.arange(C) == LABELS[:, None], 0, p).sum(-1)
    return np.log(own + 1e-45) - np.log(others + 1e-45)


def by_loop(online, fixed):
    own, others = phi(TARGET), phi(REFERENCES)
    inside = [others[SEEN[:, i], i] for i in range(N)]
    outside = [others[~SEEN[:, i], i] for i in range(N)]
    scores = []
    for i in range(N):
        if online:
            deviations = [np.std(inside)] * 2 if fixed else [np.std(inside[i]), np.std(outside[i])]
            sides = [
                norm.logpdf(own[i], np.median(of[i]), d + 1e-30)
                for of, d in zip((inside, outside), deviations, strict=True)
            ]
            scores.append(sides[0] - sides[1])
        else:
            deviation = np.std(outside) if fixed else np.std(outside[i])
            scores.append(-norm.logpdf(own[i], np.median(outside[i]), deviation + 1e-30))
    return np.array(scores)


def scored(attack, seen=SEEN, references=REFERENCES, target=TARGET):
    evidence = Evidence(LABELS, target, references, seen)
    rehearsal = Rehearsal(evidence, np.arange(N) % 2 == 0)
    return prepare(attack, rehearsal, np.random.default_rng(0)).score(evidence)


CASES = [(HampLira, True, False), (HampLiraFixed, True, True)]
CASES += [(HampLiraOffline, False, False), (HampLiraOfflineFixed, False, True)]


@pytest.mark.parametrize(("attack", "online", "fixed"), CASES)
def test_scores_are_those_of_the_loop(attack, online, fixed):
    constant = 0 if online else 0.5 * np.log(2 * np.pi)
    np.testing.assert_allclose(scored(attack()), by_loop(online, fixed) - constant, rtol=1e-6, atol=1e-7)


@pytest.mark.parametrize(("name", "own"), [("hamp-lira", "lira-online"), ("hamp-lira-fixed", "lira-online-uncentred"),
                                           ("hamp-lira-offline", "lira-two-sided"),
                                           ("hamp-lira-offline-fixed", "lira-offline-fixed")])  # fmt: skip
def test_none_of_them_is_one_that_there_is(name, own):
    ranks = [np.argsort(scored(load(each)())) for each in (name, own)]
    assert not np.array_equal(*ranks)


@pytest.mark.parametrize("value", [-800.0, -103.6, -40.0, -1e-3, 0.0, 2.5, 30.0, 104.0, 1e4])
def test_the_two_logarithms_with_their_floor_in_high_precision(value):
    with mpmath.workdps(60):
        p = 1 / (1 + mpmath.exp(-mpmath.mpf(value)))
        rest = 1 / (1 + mpmath.exp(mpmath.mpf(value)))
        tiny = mpmath.mpf(10) ** -45
        expected = float(mpmath.log(p + tiny) - mpmath.log(rest + tiny))
    assert bounded(np.array(value)) == pytest.approx(expected, rel=1e-12, abs=1e-15)


def test_its_global_threshold_ranks_as_the_loss_does():
    np.testing.assert_array_equal(np.argsort(phi(TARGET)), np.argsort(scored(load("loss")())))


def test_a_record_that_lacks_a_side_has_the_others_mean_score():
    seen = SEEN.copy()
    seen[:, 3] = True
    found = scored(HampLira(), seen)
    others = np.delete(found, 3)
    assert found[3] == pytest.approx(others.mean())
    np.testing.assert_array_equal(others, np.delete(scored(HampLira()), 3))
    with pytest.raises(ValueError, match="no record has reference models that saw it and others that did not"):
        scored(HampLira(), np.ones_like(SEEN))
    with pytest.raises(ValueError, match="train more references"):
        scored(HampLiraOffline(), np.ones_like(SEEN))
