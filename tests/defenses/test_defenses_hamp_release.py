"""HAMP's test-time half against hand-worked rows."""

import numpy as np
import pytest

from defenses import Hamp, ReleaseContext
from defenses.hamp import in_rank_order, random_inputs

BITS = np.random.default_rng(0).integers(0, 2, (400, 4), dtype=np.uint8)
NOBODY = (BITS[:0], np.zeros(0, np.int64))


def context(queries, predict, members=BITS):
    return ReleaseContext(queries, predict, (members, np.zeros(len(members), np.int64)), NOBODY, key=1)


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


def test_random_inputs_fill_the_range_of_the_members():
    uniform = np.random.default_rng(0).random
    bits = random_inputs(np.array([[0, 1], [0, 0]], np.uint8), lambda *shape: uniform((400, *shape)))
    assert bits.dtype == np.uint8
    assert bits.shape == (400, 2)
    assert set(np.unique(bits)) == {0, 1}
    assert abs(bits.mean() - 0.5) < 0.1
    floats = random_inputs(np.array([[0, -5], [1, 5]], np.float32), lambda *shape: uniform((400, *shape)))
    assert floats.dtype == np.float32
    assert np.ptp(floats[:, 0]) <= 1 < 9 < np.ptp(floats[:, 1]) <= 10


def test_random_whole_numbers_end_at_the_greatest_of_the_members():
    members = np.array([[3], [19]], np.uint8)  # 17 values; the greatest float32 below 1 times 17 rounds to 17
    ends = random_inputs(members, lambda *shape: np.array([[0], [np.nextafter(np.float32(1), 0)]], np.float32))
    np.testing.assert_array_equal(ends, members)


def test_a_random_input_depends_on_its_record_alone():
    asked = []

    def predict(x):
        asked.append(x.copy())
        return np.tile(np.array([[30, 10, 20]], np.float32), (len(x), 1))

    queries = BITS[:40]
    logits = np.zeros((40, 3), np.float32)
    Hamp().release(context(queries, predict), logits)
    everyone = np.concatenate(asked)[:40]
    for i in (0, 7, 39):
        asked.clear()
        Hamp().release(context(queries[i : i + 1], predict), logits[:1])
        np.testing.assert_array_equal(asked[0][0], everyone[i])
    same = [i for i in range(40) if (queries[i] == queries[0]).all()]
    assert len({everyone[i].tobytes() for i in same}) == 1
    assert len({row.tobytes() for row in everyone}) > 10


def test_release_keeps_the_order_and_takes_the_values_of_random_inputs():
    logits = np.array([[3, 1, 2], [1, 1, 1], [0, 5, 5], [9, 8, 7], [1, 2, 3]], np.float32)
    asked = []

    def predict(x):
        asked.append(x)
        return np.tile(np.array([[30, 10, 20]], np.float32), (len(x), 1))

    released = Hamp().release(context(BITS[:5], predict), logits)
    np.testing.assert_array_equal(released.argmax(-1)[[0, 3, 4]], [0, 0, 2])
    np.testing.assert_array_equal(released[0].argsort(), logits[0].argsort())
    shape = released - released.max(-1, keepdims=True)
    np.testing.assert_allclose(np.sort(shape, axis=-1), np.tile([-20, -10, 0], (5, 1)), atol=1e-4)  # ties stay distinct
    assert set(np.unique(np.concatenate(asked))) <= {0, 1}


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_random_inputs_of_the_widest_range_are_finite_and_inside(dtype):
    most = np.finfo(dtype).max
    members = np.array([[-most, 0, -1], [most, most, 1]], dtype)
    for share in (0.0, 0.25, 0.5, 0.999):
        made = random_inputs(members, lambda *shape, share=share: np.full((1, *shape), share, np.float32))
        expected = [most * (2 * share - 1), most * share, 2 * share - 1]
        np.testing.assert_allclose(made[0], expected, rtol=1e-3)
        assert made.dtype == dtype
