"""Thresholds by class against a naive loop, and what they are for."""

from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from attacks import Evidence, Rehearsal, check_attack, declared, planted, prepare
from attacks.base import Attack
from attacks.learning import LEAST
from attacks.per_class import ClassThresholds
from attacks.registry import load

ALPHAS = np.array([0.6, 0.8, 0.9, 1.0])


class Given(Attack):
    """Scores that are the first logit."""

    access = "logit"

    def score(self, evidence, rehearsal, rng):
        return evidence.target[:, 0, 0].astype(np.float64)


class Telling(Attack):
    """Is fitted, and says something of it."""

    def fit(self, rehearsal, rng):
        return SimpleNamespace(score=lambda evidence: np.zeros(len(evidence.labels)), facts={"epochs": 7})


def of(scores, labels):
    logits = np.zeros((len(scores), 1, 6), np.float32)
    logits[:, 0, 0] = scores
    return Evidence(labels, logits, np.zeros((0, *logits.shape), np.float32), np.zeros((0, len(labels)), bool))


def naive_threshold(scores, member, alpha):
    """HP-MIA's Algorithm 2: of the midpoints that meet the demand the one with most TP, else of greatest precision."""
    ordered, best = sorted(scores), None
    for low, high in pairwise(ordered):
        cut = 0.5 * low + 0.5 * high
        claims = [m for s, m in zip(scores, member, strict=True) if s >= cut]
        precision = sum(claims) / len(claims)
        key = (min(precision, alpha), sum(claims), -cut)
        best = max(best, (key, cut)) if best else (key, cut)
    return best[1]


def naive(practice, member, labels, scores, of_class):
    claims = np.zeros((len(ALPHAS), len(scores)), bool)
    for label in set(of_class.tolist()):
        own = labels == label
        enough = (own & member).sum() >= LEAST and (own & ~member).sum() >= LEAST
        kept = own if enough else np.ones(len(labels), bool)
        for a, alpha in enumerate(ALPHAS):
            cut = naive_threshold(practice[kept].tolist(), member[kept].tolist(), alpha)
            for i in range(len(scores)):
                if of_class[i] == label:
                    claims[a, i] = scores[i] >= cut
    return claims


def drawn(seed, sizes):
    """Scores of records of classes of these sizes, each with a place of its own; members lie a little above."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat(np.arange(len(sizes)), sizes))
    member = rng.random(len(labels)) < 0.5
    scores = np.float32(3 * labels + rng.normal(size=len(labels)) + 1.5 * member)
    return scores.astype(np.float64), labels, member


@pytest.mark.parametrize("seed", range(4))
def test_verdicts_are_those_of_a_naive_loop(seed):
    sizes = (90, 70, LEAST, 2 * LEAST, 3)
    practice, labels, member = drawn(seed, sizes)
    scores, of_class, _ = drawn(seed + 10, (20, 20, 20, 20, 20, 5))  # class 5 was never rehearsed
    ready = prepare(ClassThresholds(Given()), Rehearsal(of(practice, labels), member), np.random.default_rng(0))
    found = ready.decide(of(scores, of_class), ALPHAS)
    np.testing.assert_array_equal(found, naive(practice, member, labels, scores, of_class))
    np.testing.assert_array_equal(ready.score(of(scores, of_class)), scores)


def test_what_differs_between_classes_is_found_class_by_class():
    practice, labels, member = drawn(0, (1000, 1000, 1000))
    scores, of_class, truth = drawn(1, (1000, 1000, 1000))
    rehearsal, evidence = Rehearsal(of(practice, labels), member), of(scores, of_class)
    claims = [
        prepare(a, rehearsal, np.random.default_rng(0)).decide(evidence, np.array([0.9]))[0]
        for a in (ClassThresholds(Given()), Given())
    ]
    own, common = ((c & truth).sum() for c in claims)
    assert own > 1.5 * common
    assert (claims[0] & truth).sum() / claims[0].sum() == pytest.approx(0.9, abs=0.03)


@pytest.mark.parametrize(("members", "own"), [(LEAST - 1, 1), (LEAST, 2)])
def test_classes_with_few_records_on_one_side_share_the_common_threshold(members, own):
    practice, labels, member = drawn(0, (100, 100))
    member = np.where(labels == 1, np.cumsum(labels == 1) <= members, member)
    fitted = ClassThresholds(Given()).fit(Rehearsal(of(practice, labels), member), np.random.default_rng(0))
    assert fitted.facts == {"classes with own thresholds": own}


def test_it_is_handed_what_its_stage_needs():
    stage = load("lira-offline")()
    says, own = declared(ClassThresholds(stage)), declared(stage)
    assert (says.access, says.needs, says.queries, says.uses) == (own.access, own.needs, own.queries, own.uses)
    assert len(check_attack(ClassThresholds(stage))) == 11


def test_what_a_stage_says_of_itself_is_passed_on():
    _, rehearsal, _ = planted(np.random.default_rng(0), 60, 2, 3, 1.0)
    fitted = ClassThresholds(Telling()).fit(rehearsal, np.random.default_rng(0))
    assert fitted.facts == {"classes with own thresholds": 0, "epochs": 7}


def test_a_stage_with_a_rule_of_its_own_is_refused():
    _, rehearsal, _ = planted(np.random.default_rng(0), 60, 2, 3, 1.0)
    for stage in (ClassThresholds(), load("two-stage")()):
        with pytest.raises(ValueError, match=r"stage: expected an attack that decides by a threshold, got \w+, which"):
            prepare(ClassThresholds(stage), rehearsal, np.random.default_rng(0))
    with pytest.raises(ValueError, match="stage: float is a class"):
        ClassThresholds(float)
