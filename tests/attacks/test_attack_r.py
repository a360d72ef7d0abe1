"""The position among references: by hand, against numpy, and what holds whatever the numbers. Seconds: 2."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from attacks import Evidence
from attacks.attack_r import position
from attacks.registry import load

MOST = float(np.finfo(np.float32).max)


def at(value, *references):
    return position(np.array([value], float), np.array(references, float)[:, None])[0]


@pytest.mark.parametrize("n", [1, 2, 6, 7, 8, 20])
def test_a_value_equal_to_all_references_is_in_the_middle_whatever_their_number(n):
    assert at(5, *[5] * n) == 0.5


@pytest.mark.parametrize(
    ("value", "references", "right"),
    [
        (2, (1, 2, 2), 2 / 3),  # one below, two tie
        (1, (1, 2, 2), 1 / 6),
        (1.5, (1, 2, 2), 5 / 12),  # half-way between both
        (2, (2, 2, 3), 1 / 3),
        (2, (1, 2, 3), 1 / 2),
        (2.25, (1, 2, 3), 1 / 2 + 1 / 12),
        (3, (1, 2, 2, 3, np.nan), 7 / 8),
        (0, (np.nan, 0), 1 / 2),
    ],
)
def test_positions_worked_out_by_hand(value, references, right):
    assert at(value, *references) == pytest.approx(right, rel=1e-15)


def test_beyond_the_ends_positions_go_on_towards_0_and_1():
    e = np.e - 1  # 1 + log(1 + e - 1) = 2: half of the share is left
    assert at(3 + e, 1, 2, 3) == pytest.approx(1 - 1 / 12)
    assert at(1 - e, 1, 2, 3) == pytest.approx(1 / 12)
    assert at(5 + e, 5) == pytest.approx(0.75)


def test_distinct_references_are_the_quantiles_of_hazen_inverted():
    losses = np.random.default_rng(0).normal(size=9)
    for r in (0.06, 0.1, 0.37, 0.9):
        assert at(np.quantile(losses, r, method="hazen"), *losses) == pytest.approx(r)


def test_positions_are_strict_from_the_smallest_distance_to_the_greatest():
    far = np.concatenate([-np.geomspace(MOST, 1e-6, 300), [0, 5, 10, 15, 20], 20 + np.geomspace(1e-6, MOST, 300)])
    for references in ([[0.0], [10.0], [20.0], [np.nan]], [[0.0], [20.0]], [[0.0], [0.0], [20.0], [20.0]]):
        made = position(far, np.repeat(references, len(far), axis=1))
        assert (np.diff(made) > 0).all()
        assert made[0] > 0
        assert made[-1] < 1


def test_rounding_lifts_no_value_above_the_next_reference():
    references = (-1, *[1e-17] * 4, *[2] * 4)
    assert at(0, *references) <= at(1e-17, *references)


numbers = st.one_of(st.integers(-3, 3).map(float), st.floats(-MOST, MOST, width=32))
some = st.lists(numbers, min_size=1, max_size=8)


@given(some, st.lists(numbers, min_size=2, max_size=20))
def test_positions_never_fall_as_values_rise(references, values):
    ordered = np.sort(values)
    made = position(ordered, np.repeat(np.array(references)[:, None], len(ordered), axis=1))
    assert (np.diff(made) >= 0).all()
    assert (made > 0).all()
    assert (made < 1).all()


@given(some, numbers, st.integers(2, 5), st.integers(0, 3), st.randoms())
def test_more_of_the_same_references_in_any_order_and_withheld_ones_change_nothing(
    references, value, times, nan, random
):
    more = [*references * times, *[np.nan] * nan]
    random.shuffle(more)
    assert at(value, *more) == at(value, *references)


@given(some, numbers)
def test_a_position_seen_from_above_is_one_minus_that_from_below(references, value):
    assert at(value, *references) + at(-value, *(-np.array(references))) == pytest.approx(1, rel=1e-12)


def test_outputs_close_to_certainty_do_not_tie_at_the_top():
    rng, n = np.random.default_rng(0), 500
    logits = np.zeros((6, n, 1, 2), np.float32)
    logits[..., 0] = rng.uniform(40, 60, size=(6, n, 1))
    logits[0, ..., 0] += 20 + 700 * (np.arange(n) % 2)[:, None]
    evidence = Evidence(np.zeros(n, int), logits[0], logits[1:], np.zeros((5, n), bool))
    assert len(np.unique(load("attack-r")().score(evidence, None, None))) == n
