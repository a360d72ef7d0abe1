"""Accuracy of models that are asked the same records: cases by hand, and intervals against the truth."""

import numpy as np
import pytest

from benchmarks.statistics.accuracy import Answers, accuracy, apart, from_lines, lines_of
from benchmarks.statistics.intervals import clopper_pearson, error_of_mean, share


def answers(*lines):
    """Of records 10, 20, 30, ..."""
    made = from_lines(lines)
    asked = ~np.isnan(made)
    numbers = 10 * (1 + np.arange(made.shape[1]))
    return Answers(tuple(of[at] == 1 for of, at in zip(made, asked, strict=True)), tuple(numbers[at] for at in asked))


def test_counts_and_lines_by_hand():
    made = answers("110-", "-011")
    assert made.counts.tolist() == [[2, 3], [2, 3]]
    assert lines_of(made, np.array([10, 20, 30, 40])) == ["110-", "-011"]
    np.testing.assert_array_equal(from_lines(["10-"]), [[1, 0, np.nan]])


def test_models_that_answer_alike_count_as_one():
    line = "1101110011"
    one = clopper_pearson(7, 10)
    for models in (2, 5):
        found = accuracy(answers(*[line] * models))
        assert (found.mean, found.low, found.high) == pytest.approx((0.7, one.low, one.high), abs=0.02)
    other = "-" * 10
    two = answers(line + other, other + line)  # records of their own: twenty of them
    alone = clopper_pearson(14, 20)
    assert (accuracy(two).low, accuracy(two).high) == pytest.approx((alone.low, alone.high))
    assert accuracy(two) == share(*two.counts.T)


def test_the_variance_of_a_lead_by_hand():
    """Two pairs of models, four records: +1, 0, 0, 0 and +1, 0, 0, -1."""
    points, variance = apart(from_lines(["1010", "1010"]), from_lines(["0010", "0011"]))
    assert points.tolist() == [0.25, 0.0]
    psi = np.array([[0.75, -0.25, -0.25, -0.25], [1, 0, 0, -1]]) / 8
    assert variance == pytest.approx((psi.sum(0) ** 2).sum())
    points, variance = apart(from_lines(["10--"]), from_lines(["00--"]))
    assert points.tolist() == [0.5]
    assert variance == pytest.approx(2 * (0.5 / 2) ** 2)
    assert apart(from_lines(["10"] * 4), from_lines(["10"] * 4))[1] == 0


@pytest.mark.parametrize("models", [4, 16])
def test_intervals_hold_the_truth_of_records_that_were_not_asked(models):
    """Records differ in how often they are answered rightly; each is asked by half of the models."""
    held, led, games = 0, 0, 200
    for game in range(games):
        rng = np.random.default_rng([5, game])
        chance = rng.beta(0.5, 0.5, size=(2, 300))  # of two lots of models, .5 on average
        asked = rng.random((models, 300)) < 0.5
        made = [np.where(asked, rng.random((models, 300)) < of, np.nan) for of in chance]
        lot = Answers(
            tuple(of[at] == 1 for of, at in zip(made[0], asked, strict=True)), tuple(map(np.flatnonzero, asked))
        )
        found = accuracy(lot)
        held += found.low <= 0.5 <= found.high
        points, within = apart(*made)
        error, _ = error_of_mean(points, within)
        led += abs(points.mean()) <= 2 * error
    assert min(held, led) >= 0.92 * games
