"""Signals against 50-digit arithmetic on the logits as they are, and orders without ties. Seconds: 4."""

from itertools import pairwise

import mpmath
import numpy as np
import pytest
from fifty_digits import outputs
from fifty_digits import signals as exact

from attacks import Evidence, Outputs, restrict, signals
from attacks.check import auc
from attacks.registry import load
from attacks.unsaturated import BEYOND

MOST = float(np.finfo(np.float32).max)
HARD = [
    ([18, 0, 0, 0], 0),
    ([19, 0, 0, 0], 1),
    ([37.5, 0], 0),
    ([0, 37.5], 0),
    ([372, 0, 1], 0),
    ([745, 0, 0], 0),
    ([3.4e38, -3.4e38, 0], 0),
    ([3.4e38, -3.4e38, 0], 1),
    ([3.4e38, -3.4e38, 0], 2),
    ([MOST, MOST, -MOST], 1),
    ([-MOST, -MOST], 1),
    ([1e-45, 0], 0),
    ([1e-45, -1e-45, 0], 2),
    ([0, 0, 0], 1),
    ([1e4, -1e4], 1),
    ([10_000.0, 9_999.999, -1e-3], 1),
    ([1e8, 1e8 + 8, 1], 0),
]


def made(logits, labels):
    model = Outputs(logits, labels)
    return {name: model.signal(name)[:, 0] for name in signals.NAMED}


def agree(values, right):
    for name, value in values.items():
        least = 5e-312  # below, denormal numbers have lost 12 digits
        for got, number in zip(value, right, strict=True):
            error = abs(mpmath.mpf(float(got)) - number[name])
            assert error <= 1e-12 * max(abs(number[name]), least), (name, got, number[name])


@pytest.mark.parametrize(("logits", "label"), HARD)
def test_hard_logits_have_the_signals_of_fifty_digits(logits, label):
    logits, labels = np.array(logits, np.float32)[None, None], np.array([label])
    agree(made(logits, labels), [exact(logits[0, 0], label)])


def sweep(each):
    for classes in (2, 3, 10, 100):
        for scale in (1e-44, 1e-3, 1, 5, 20, 100, 800, 1e4, 1e20, MOST):
            n = max(2, each // classes)
            logits, labels = outputs(np.random.default_rng([classes, n]), classes, scale, n)
            agree(made(logits, labels), [exact(z[0], y) for z, y in zip(logits, labels, strict=True)])


def test_random_logits_have_the_signals_of_fifty_digits():
    sweep(30)


@pytest.mark.slow
def test_many_random_logits_have_the_signals_of_fifty_digits():
    sweep(3000)


def at_zero(name, z, label):
    """Logits (1, 1, C) as close to a zero of the signal as a step of float32, by moving one of `z`; None if nowhere."""
    at, low, high = z.argmax() if name == "phi_max" else label, 0.0, 20.0

    def moved(by):
        return (z + by * (np.arange(len(z)) == at)).astype(np.float32)[None, None]

    def below(by):
        return made(moved(by), np.array([label]))[name][0] < 0

    if below(low) == below(high):
        return None
    for _ in range(40):
        middle = (low + high) / 2
        low, high = (middle, high) if below(middle) == below(low) else (low, middle)
    return moved(low)


@pytest.mark.parametrize("name", ["phi", "phi_max", "log_entropy", "log_mentr"])
def test_a_signal_keeps_its_digits_where_it_crosses_zero(name):
    found = 0
    for classes, seed in [(classes, seed) for classes in (2, 3, 10) for seed in range(8)]:
        rng = np.random.default_rng([classes, seed])
        label = int(rng.integers(classes))
        logits = at_zero(name, rng.normal(size=classes), label)
        if logits is not None:
            right = exact(logits[0, 0], label)
            assert abs(right[name]) < 1e-6
            agree(made(logits, np.array([label])), [right])
            found += 1
    assert found >= 8


def strict(scores, right, name):
    """Scores rise wherever exact values do, by more than 11 digits of them, or of their logarithms below 1e-300."""
    order = sorted(range(len(right)), key=lambda i: right[i][name])
    tell = [r[BEYOND[name]] if r[name] > -1e-300 else r[name] for r in right]
    apart = [(a, b) for a, b in pairwise(order) if abs(tell[b] - tell[a]) > 1e-11 * abs(tell[a])]
    assert len(apart) > 0.9 * len(right)
    for a, b in apart:
        assert scores[a] < scores[b], (right[a][name], right[b][name])


@pytest.mark.parametrize("scale", [5, 30, 500, 1e4, MOST])
@pytest.mark.parametrize(
    ("attack", "signal"), [("loss", "log_p"), ("conf", "log_p_max"), ("entropy", "entropy"), ("mentr", "mentr")]
)
def test_scores_of_outputs_tie_nowhere_where_exact_arithmetic_does_not(attack, signal, scale):
    for classes in (2, 5):
        logits, labels = outputs(np.random.default_rng(classes), classes, scale, 60)
        evidence = Evidence(labels, logits, [], np.zeros((0, 60), bool))
        scores = load(attack)().score(restrict(evidence, "probability", "target"), None, None)
        assert np.isfinite(scores).all()
        strict(scores, [exact(z[0], y) for z, y in zip(logits, labels, strict=True)], signal)


@pytest.mark.parametrize("attack", ["loss", "conf", "entropy", "mentr"])
def test_orders_have_no_seam_where_float64_ends(attack):
    gaps = np.concatenate([np.arange(360, 373, 0.0002), np.arange(690, 780, 0.0002)])
    logits = np.zeros((len(gaps), 1, 3), np.float32)
    logits[:, 0, 1] = gaps
    evidence = Evidence(np.ones(len(gaps), int), logits, [], np.zeros((0, len(gaps)), bool))
    assert (np.diff(load(attack)().score(evidence, None, None)) > 0).all()


def difference(values):
    """The first minus the mean of all others, and the greatest of all."""
    with mpmath.workdps(60):
        return values[0] - mpmath.fsum(values[1:]) / (len(values) - 1), max(map(abs, values))


@pytest.mark.parametrize("scale", [5, 30, 300])
@pytest.mark.parametrize(
    ("attack", "signal"), [("c-loss", "log_p"), ("c-conf", "p_label"), ("c-conf-max", "log_p_max")]
)
def test_calibrated_scores_keep_their_digits_close_to_certainty(attack, signal, scale):
    rng, references = np.random.default_rng(5), 3
    logits, labels = outputs(rng, 4, scale, 40)
    others = [logits + rng.normal(size=logits.shape).astype(np.float32) for _ in range(references)]
    evidence = Evidence(labels, logits, others, np.zeros((references, 40), bool))
    scores = load(attack)().score(evidence, None, None)
    for i, label in enumerate(labels):
        own, *out = (exact(model[i, 0], label) for model in (logits, *others))
        right, size = difference([o[signal] for o in (own, *out)])
        if signal == "p_label":  # it is minus that of 1 - p, and keeps the digits of what is smaller
            rest, least = difference([o[signal] * mpmath.exp(-o["phi"]) for o in (own, *out)])
            right, size = min((size, right), (least, -rest))[::-1]
        assert abs(mpmath.mpf(float(scores[i])) - right) <= 1e-12 * max(size, 1e-300), (i, scores[i], right)


def test_close_to_certainty_the_modified_entropy_still_ranks():
    """As networks with many units do on MNIST: gaps of 20 to 60, where all used to tie."""
    rng, n = np.random.default_rng(0), 2000
    member = rng.random(n) < 0.5
    logits = rng.normal(size=(n, 1, 10)).astype(np.float32)
    logits[:, 0, 0] += rng.uniform(20, 60, size=n) + 10 * member
    evidence = Evidence(np.zeros(n, int), logits, [], np.zeros((0, n), bool))
    scores = {name: load(name)().score(evidence, None, None) for name in ("loss", "conf", "entropy", "mentr")}
    for name, score in scores.items():
        assert len(np.unique(score)) == n, name
        assert auc(score, member) == pytest.approx(auc(scores["loss"], member), abs=0.01), name


def test_what_probabilities_show_is_finite_at_the_ends_of_float32():
    logits = np.array([[[3.4e38, -3.4e38, 0]]], np.float32)
    shown = restrict(Evidence(np.array([1]), logits, [], np.zeros((0, 1), bool)), "probability", "target")
    assert np.isfinite(shown.target).all()
    assert shown.target.max() == 0
    assert shown.target[0, 0].argmin() == 1
