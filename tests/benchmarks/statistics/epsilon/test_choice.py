"""Guesses by hand, ties that tell nothing, and the correction for several numbers of guesses."""

import numpy as np
import pytest

from benchmarks.statistics.epsilon import Guesses, best, count, grid, guess, one_run

SCORES = np.array([3.0, -np.inf, 7.0, np.inf, 5.0, 4.0])


def bound_of(guesses):
    return one_run(guesses, "black-box", 0.0)


@pytest.mark.parametrize(
    ("made", "guesses"),
    [(0, [0] * 6), (1, [0, 0, 0, 1, 0, 0]), (4, [-1, -1, 1, 1, 0, 0]), (6, [-1, -1, 1, 1, 1, -1])],
)
def test_the_highest_are_members_and_the_lowest_are_not(made, guesses):
    assert guess(SCORES, made, np.random.default_rng(0)).tolist() == guesses


def test_right_guesses_are_counted():
    guesses = np.array([-1, -1, 1, 1, 0, 0])
    assert count(guesses, np.array([False, True, True, False, True, False]), 3) == Guesses(6, 4, 2, 3)


def test_ties_are_broken_at_random_whatever_the_records_order():
    rng, scores, member = np.random.default_rng(1), np.zeros(40), np.arange(40) < 20  # members first
    right = [count(guess(scores, 20, rng), member).right for _ in range(500)]
    assert abs(np.mean(right) - 10) < 0.4  # standard error: .1 at most
    drawn = {tuple(guess(scores, 20, rng)) for _ in range(20)}
    assert len(drawn) == 20


def test_numbers_of_guesses_to_try():
    assert grid(10_000) == (100, 200, 500, 1000, 2000, 5000, 10_000)
    assert grid(100) == (10, 20, 50, 100)
    assert grid(7) == (7,)


def test_the_best_of_several_is_at_a_divided_level():
    rng = np.random.default_rng(2)
    member = rng.random(200) < 0.5
    scores = member + rng.normal(size=200)
    made = best(bound_of, scores, member, (20, 100, 20), rng)
    single = {r: one_run(count(guess(scores, r, rng), member), "black-box", 0.0, 0.975).epsilon for r in (20, 100)}
    assert made.assumptions.observed.tried == 2
    assert made.epsilon == pytest.approx(max(single.values()), abs=1e-8)
    assert made.epsilon > 0
    assert made.assumptions.observed.made == max(single, key=single.get)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda rng: guess(np.array([1.0, np.nan]), 2, rng), "1 NaN"),
        (lambda rng: guess(np.zeros((2, 2)), 2, rng), r"\(2, 2\)"),
        (lambda rng: guess(SCORES, 7, rng), "0 to 6 guesses"),
        (lambda rng: count(np.zeros(2, int), np.zeros(3, bool)), r"\(2,\) of bool, got \(3,\)"),
        (lambda rng: count(np.zeros(2, int), np.zeros(2, int)), "got .* of int64"),
        (lambda rng: best(bound_of, SCORES, SCORES > 3, (), rng), "at least one number"),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(ValueError, match=message):
        call(np.random.default_rng(0))
