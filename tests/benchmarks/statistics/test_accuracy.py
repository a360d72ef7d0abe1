"""Accuracy of models that are asked the same records: cases by hand, and intervals against the truth."""

import numpy as np
import pytest

from benchmarks.statistics.accuracy import Answers, accuracy, from_lines, lead, lines_of
from benchmarks.statistics.distributions import student_point
from benchmarks.statistics.intervals import clopper_pearson, share


def test_counts_and_lines_by_hand():
    made = from_lines(["110-", "-011"])
    assert made.counts.tolist() == [[2, 3], [2, 3]]
    assert [of.tolist() for of in made.records] == [[0, 1, 2], [1, 2, 3]]
    assert lines_of(made, np.arange(4)) == ["110-", "-011"]
    numbered = Answers(made.right, [10 * of + 10 for of in made.records])
    assert lines_of(numbered, np.array([10, 20, 30, 40])) == ["110-", "-011"]


def test_models_that_answer_alike_count_as_one():
    line = "1101110011"
    one = clopper_pearson(7, 10)
    for models in (2, 5):
        found = accuracy(from_lines([line] * models))
        assert (found.mean, found.low, found.high) == pytest.approx((0.7, one.low, one.high), abs=0.02)
    other = "-" * 10
    two = from_lines([line + other, other + line])  # records of their own: twenty of them
    alone = clopper_pearson(14, 20)
    assert (accuracy(two).low, accuracy(two).high) == pytest.approx((alone.low, alone.high))
    assert accuracy(two) == share(*two.counts.T)


def half(variance):
    return 1.959963985 * variance**0.5


def test_the_lead_of_one_model_is_bonett_and_prices():
    """Of 20 records, one model alone is right about 5, the other about 2: by hand."""
    one, other = from_lines(["1" * 5 + "0" * 2 + "1" * 13]), from_lines(["0" * 5 + "1" * 2 + "1" * 13])
    found = lead(one, other)
    assert found.mean == pytest.approx(3 / 20)
    assert found.holds == "targets"
    p, q, n = 6 / 22, 3 / 22, 22
    wide = half((p + q - (p - q) ** 2) / n)
    assert (found.low, found.high) == pytest.approx((3 / 20 - wide, 3 / 20 + wide))
    same = lead(one, one)
    assert (same.mean, same.low, same.high) == pytest.approx((0, -half(2 / 22**2), half(2 / 22**2)))


def test_the_variance_of_a_lead_of_models_that_share_records():
    """Two pairs of models, four records: +1, 0, 0, 0 and +1, 0, 0, -1."""
    found = lead(from_lines(["1010", "1010"]), from_lines(["0010", "0011"]))
    psi = np.array([[0.75, -0.25, -0.25, -0.25], [1, 0, 0, -1]]) / 4
    effect = (psi.sum(0) ** 2).sum() / (psi**2).sum()
    assert effect > 1
    apart = [(1 + 2 - 1 / 6) / 36, (2 + 2) / 36]
    assert found.high == pytest.approx(0.125 + half(effect * sum(apart) / 4))


def test_targets_that_scatter_have_students_interval_and_several_comparisons_a_wider_one():
    lines = ["1" * 9 + "0", "1" * 5 + "0" * 5, "1" * 2 + "0" * 8, "1" * 8 + "0" * 2]
    base = ["0" * 10] * 4
    spread = np.array([0.9, 0.5, 0.2, 0.8]).std(ddof=1) / 2
    for comparisons in (1, 50):
        found = lead(from_lines(lines), from_lines(base), comparisons)
        wide = student_point(0.025 / comparisons, 3) * spread
        assert found.low == pytest.approx(max(0.6 - wide, -1))
        assert found.high == min(0.6 + wide, 1.0)
        assert found.holds == "population"


def test_other_records_are_refused():
    with pytest.raises(ValueError, match="the same records"):
        lead(from_lines(["10-"]), from_lines(["1-0"]))


@pytest.mark.parametrize("models", [1, 4, 16])
def test_intervals_hold_the_truth_of_records_that_were_not_asked(models):
    """Records differ in how often they are answered rightly; each is asked by half of the models."""
    held, led, games = 0, 0, 200
    for game in range(games):
        rng = np.random.default_rng([5, game])
        chance = rng.beta(0.5, 0.5, size=300) if models > 1 else np.full(300, 0.5)
        chances = (chance, np.clip(chance + rng.choice([-0.2, 0.2], 300), 0, 1))  # .5 on average, both
        asked = [np.flatnonzero(rng.random(300) < 0.5) for _ in range(models)]
        lots = [Answers([rng.random(len(at)) < of[at] for at in asked], asked) for of in chances]
        found, ahead = accuracy(lots[0]), lead(*lots)
        held += found.low <= 0.5 <= found.high
        led += ahead.low <= 0 <= ahead.high
    assert min(held, led) >= 0.92 * games
