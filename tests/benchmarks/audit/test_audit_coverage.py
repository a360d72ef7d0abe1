"""Intervals hold the truth of planted evidence, and null data raise no alarm, as often as an audit says."""

import numpy as np
import pytest
from scipy.special import ndtr, ndtri

from benchmarks.audit import audit
from benchmarks.audit.auditing import CHOSEN, strongest_of
from benchmarks.statistics.exposure import leaders

N = 2400


def planted(shift, rng):
    """Two attacks on n records whose members score `shift` higher, halves of which each is judged."""
    member, half = rng.random(N) < 0.5, rng.random(N) < 0.5
    halves = {}
    for name in "ab":
        scores = rng.normal(size=N) + shift * member
        halves[name] = tuple((scores[of], member[of]) for of in (half, ~half))
    chosen = leaders(halves)
    return strongest_of(chosen, [halves[chosen[0]][0], halves[chosen[1]][1]])


def covered(shift, simulations):
    """The shares of simulations in which AUC and TPR at 1 % FPR lie in their intervals."""
    rng, found = np.random.default_rng(0), []
    truth = ndtr(shift / 2**0.5), ndtr(shift + ndtri(0.01))
    for _ in range(simulations):
        made = planted(shift, rng)
        found.append([of.low <= true <= of.high for of, true in zip((made.auc, made.tpr[0.01]), truth, strict=True)])
    return np.mean(found, axis=0)


@pytest.mark.parametrize("shift", [0.0, 1.0])
def test_intervals_hold_the_truth(shift):
    assert (covered(shift, 120) >= 0.9).all()  # P(fewer | 95 %) < .02


@pytest.mark.slow
@pytest.mark.parametrize("shift", [0.0, 0.5, 1.0, 2.0])
def test_intervals_hold_the_truth_as_often_as_they_say(shift):
    share = covered(shift, 1000)
    assert (share >= 0.93).all()
    assert (share <= 0.98).all()


@pytest.mark.parametrize("effect", [1.0, CHOSEN])
def test_of_equal_attacks_the_same_is_lucky_in_both_halves(effect):
    missed = 0
    for seed in range(400):
        rng = np.random.default_rng([3, seed])
        member, half = rng.permutation(180) < 90, rng.permutation(180) < 90
        scores = rng.normal(size=(4, 180))
        halves = {str(i): tuple((of[side], member[side]) for side in (half, ~half)) for i, of in enumerate(scores)}
        a, b = leaders(halves)
        auc = strongest_of((a, b), [halves[a][0], halves[b][1]], effect).auc
        missed += not auc.low <= 0.5 <= auc.high
    if effect == 1.0:
        assert missed > 28  # 7 %
    else:
        assert missed <= 28  # P(more of 400 | 5 %) < .05


@pytest.mark.slow
@pytest.mark.parametrize("references", [0, 5])
def test_null_data_give_nothing_away(references):
    quick = ("loss", "conf", "entropy", "gap", "lira-online", "lira-online-fixed", "base", "per-class")
    seen = 0
    for seed in range(200):
        rng = np.random.default_rng(seed)
        labels, member = rng.integers(5, size=400), rng.random(400) < 0.5
        logits = rng.normal(size=(references + 1, 400, 5)) + rng.normal(size=(1, 400, 5))
        logits[:, np.arange(400), labels] += 2
        more = {"references": logits[1:], "trained_on": rng.random((references, 400)) < 0.5} if references else {}
        made = audit(labels, member, logits=logits[0], attacks=quick if references else quick[:4], **more)
        seen += made.seen
    assert seen <= 15  # P(more of 200 | 5 %) < .05
