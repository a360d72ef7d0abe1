"""The strongest attack without the luck of its choice: tests by counting, lists by hand, and null data."""

from itertools import combinations

import numpy as np
import pytest

from benchmarks.statistics.exposure import adjusted, chance, leaders, rank_test, standing, tail_test


def trial(inside, outside):
    scores = np.array([*inside, *outside], float)
    return scores, np.arange(len(scores)) < len(inside)


def by_counting(scores, member, statistic):
    """The share of all memberships of as many members whose statistic is at least this one's."""
    n, k = len(scores), int(member.sum())
    made = [statistic(scores, np.isin(np.arange(n), of)) for of in combinations(range(n), k)]
    return np.mean(np.array(made) >= statistic(scores, member))


def above_the_highest_other(scores, member):
    return (scores[member] > scores[~member].max()).sum()


def rank_sum(scores, member):
    return scores.argsort().argsort()[member].sum()


@pytest.mark.parametrize("inside", [(5, 6, 7, 1), (1, 2, 3, 9), (4, 5, 6, 7), (0, 1, 2, 3)])
def test_both_tests_count_all_memberships(inside):
    rest = [value for value in range(10) if value not in inside]
    scores, member = trial(inside, rest)
    assert rank_test(scores, member) == pytest.approx(by_counting(scores, member, rank_sum), rel=1e-12)
    expected = by_counting(scores, member, above_the_highest_other)
    assert tail_test(scores, member, 0.01) == pytest.approx(expected, rel=1e-12)


def test_tail_at_a_rate_that_leaves_two_others_above():
    scores, member = trial((9, 8, 7, 3), (6, 5, 4, 2, 1, 0))

    def above_the_second(s, m):
        return (s[m] > np.sort(s[~m])[-2]).sum()

    expected = by_counting(scores, member, above_the_second)
    assert tail_test(scores, member, 0.34) == pytest.approx(expected, rel=1e-12)


def test_ties_count_for_others():
    scores, member = trial((1, 1, 1), (1, 0, 0))
    assert tail_test(scores, member) == 1.0
    assert rank_test(*trial((1, 1, 1), (1, 1, 1))) >= 0.5


def test_each_half_is_judged_by_the_other_halfs_best():
    good, bad = trial((3, 4, 5), (0, 1, 2)), trial((0, 1, 2), (3, 4, 5))
    assert leaders({"a": (good, bad), "b": (bad, good)}) == ("b", "a")
    assert leaders({"a": (good, good), "b": (bad, bad)}) == ("a", "a")
    assert leaders({"b": (good, good), "a": (good, good)}) == ("a", "a")
    with pytest.raises(ValueError, match="expected one attack or more"):
        leaders({})


def test_the_rate_leads_where_others_suffice_for_it():
    rng = np.random.default_rng(0)
    outside = rng.normal(size=200)
    tail = trial([*np.full(20, 9.0), *rng.normal(-1, 1, 180)], outside)  # 10 % far above, the rest below
    bulk = trial(rng.normal(1, 0.1, 200), outside)
    assert leaders({"bulk": (bulk, bulk), "tail": (tail, tail)}) == ("tail", "tail")


def test_chance_is_the_least_of_four_tests_times_four():
    one, other = trial((5, 6, 7, 1), (0, 2, 3, 4)), trial((0, 1, 2, 3), (4, 5, 6, 7))
    p = [test(*of) for of in (one, other) for test in (rank_test, tail_test)]
    assert chance([one, other]) == pytest.approx(4 * min(p))
    assert chance([other, other]) == 1.0


def test_no_alarm_beyond_its_rate_on_null_data():
    rng = np.random.default_rng(1)
    alarms = 0
    for _ in range(400):
        member = rng.random(80) < 0.5
        half = rng.random(80) < 0.5
        halves = {}
        for name in "abcd":
            scores = rng.normal(size=80)
            halves[name] = tuple((scores[of], member[of]) for of in (half, ~half))
        chosen = leaders(halves)
        alarms += chance([halves[chosen[0]][0], halves[chosen[1]][1]]) < 0.05
    assert alarms <= 31  # P(more of 400 | 5 %) < .01


def test_standing_by_hand():
    scores = np.array([5.0, 3.0, 1.0, 4.0, 2.0, 0.0, 10.0, 0.0])
    member = np.array([True, True, True, False, False, False, True, False])
    half = np.array([True] * 6 + [False] * 2)
    stands = standing(scores, member, half)
    expected = [1 / 4, 2 / 4, 3 / 4, 1 / 3, 2 / 3, 3 / 3, 1 / 2, 1 / 1]
    np.testing.assert_allclose(stands.p, expected, rtol=1e-15)
    np.testing.assert_allclose(stands.q[member], [2 / 3, 2 / 3, 3 / 4, 2 / 3], rtol=1e-15)
    assert np.isnan(stands.q[~member]).all()


def test_adjusted_p_values_say_what_benjamini_and_hochberg_reject():
    rng = np.random.default_rng(2)
    for _ in range(50):
        p = rng.random(12).round(1) + 0.001
        q = adjusted(p)
        for level in (0.05, 0.2, 0.5, 0.9):
            ordered = np.sort(p)
            met = [k for k in range(1, 13) if ordered[k - 1] <= k * level / 12]
            rejected = p <= (ordered[met[-1] - 1] if met else -1)
            np.testing.assert_array_equal(q <= level, rejected)


def test_a_list_of_members_keeps_its_rate_where_nothing_is_given_away():
    rng, false = np.random.default_rng(3), 0
    for _ in range(1000):
        member, half = rng.random(60) < 0.5, rng.random(60) < 0.5
        false += bool((standing(rng.normal(size=60), member, half).q[member] <= 0.1).any())
    assert false <= 123  # P(more | 10 %) < .01
