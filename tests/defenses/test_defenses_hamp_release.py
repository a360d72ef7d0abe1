"""HAMP's test-time half against hand-worked rows."""

import numpy as np

from defenses.hamp import in_rank_order, random_inputs


def test_values_are_laid_out_in_rank_order_with_ties_by_class_number():
    own = np.array([[1.0, 3.0, 3.0, 2.0], [5.0, 5.0, 5.0, 5.0]])
    other = np.array([[10.0, 40.0, 20.0, 30.0], [2.0, 4.0, 1.0, 3.0]])
    expected = [[10.0, 40.0, 30.0, 20.0], [4.0, 3.0, 2.0, 1.0]]
    np.testing.assert_array_equal(in_rank_order(own, other), expected)


def test_argmax_stays_and_every_value_is_used_once_among_many_ties():
    rng = np.random.default_rng(0)
    own, other = rng.integers(0, 3, (50, 60)).astype(np.float32), rng.normal(size=(50, 60)).astype(np.float32)
    out = in_rank_order(own, other)
    np.testing.assert_array_equal(out.argmax(-1), own.argmax(-1))
    np.testing.assert_array_equal(np.sort(out), np.sort(other))
    above = own[:, :, None] > own[:, None, :]
    assert (out[:, :, None] > out[:, None, :])[above].all()


def test_random_inputs_fill_the_range_of_what_they_imitate():
    rng = np.random.default_rng(0)
    bits = random_inputs(np.array([[0, 1], [0, 0]] * 200, dtype=np.uint8), rng)
    assert bits.dtype == np.uint8
    assert set(np.unique(bits)) == {0, 1}
    assert abs(bits.mean() - 0.5) < 0.1
    floats = random_inputs(np.array([[0, -5], [1, 5]] * 200, dtype=np.float32), rng)
    assert floats.dtype == np.float32
    assert np.ptp(floats[:, 0]) <= 1 < 9 < np.ptp(floats[:, 1]) <= 10
