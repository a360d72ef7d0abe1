"""What would decide an undecided claim, against intervals whose width is known. Seconds: 1."""

import math

import numpy as np
import pytest

from benchmarks.papers.kit import Open, against, apart
from benchmarks.papers.kit.deciding import sentence
from benchmarks.statistics.distributions import student_point

ABOUT = {"trials": 8, "models": 28, "seconds": 2800.0, "device": "a GPU"}


def interval(mean, half):
    return {"mean": mean, "low": mean - half, "high": mean + half}


def test_twice_as_far_as_it_reaches_needs_four_times_as_many_targets():
    (of,) = against("it", interval(0.1, 0.2), 0.0)
    assert of.times == pytest.approx(4.0)
    assert against("it", interval(0.3, 0.2), 0.0) == ()  # decided
    assert against("it", interval(0.0, 0.2), 0.0)[0].times == math.inf


def test_of_two_bars_in_the_interval_the_harder_counts():
    assert against("it", interval(0.04, 0.1), -0.05, 0.05)[0].times == pytest.approx(100.0)


def test_two_numbers_part_where_both_intervals_have_shrunk():
    assert apart("they", interval(0.5, 0.1), interval(0.6, 0.1))[0].times == pytest.approx(4.0)
    assert apart("they", interval(0.5, 0.1), interval(0.71, 0.1)) == ()


def test_a_plain_mean_is_decided_by_about_so_many_targets():
    rng = np.random.default_rng(0)
    first = rng.normal(0.5, 1.0, 20)
    first += 0.35 - first.mean()
    half = student_point(0.025, 19) * first.std(ddof=1) / 20**0.5
    (of,) = against("the mean", interval(0.35, half), 0.0)
    needed = math.ceil(20 * of.times)
    same = np.tile(first, 50)[:needed]  # the spread as it is
    assert student_point(0.025, needed - 1) * same.std(ddof=1) / needed**0.5 == pytest.approx(0.35, rel=0.15)


def test_the_sentence_names_the_hardest_number_the_targets_and_the_cost():
    said = sentence([Open("a", 2.0), Open("the lead", 4.0)], ABOUT)
    assert said == (
        " Open is the lead; if it stays as it is, about 32 targets or more decide, not 8 "
        "(24 models more: 40 min of training, a GPU)."
    )
    assert "are so near that even 1,000 targets would not decide it" in sentence([Open("a", math.inf)], ABOUT)
    never = [Open("a", math.inf), Open("who is first", math.inf, "they differ")]
    assert sentence(never, ABOUT) == " No number of targets decides who is first: they differ."
    assert sentence([], ABOUT) == ""
    assert "1 model more" in sentence([Open("a", 1.0)], ABOUT)
    dear = {"trials": 8, "models": 2, "seconds": 600.0, "device": "a CPU"}  # 5 min each, the others 100 s
    assert sentence([Open("a", 2.0)], ABOUT, dear).endswith("(16 models more: 53 min of training, a GPU and a CPU).")
