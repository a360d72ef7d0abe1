import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import Pool, duplicates, half_split, six_split


def pool(x, y=None):
    x = np.asarray(x, np.uint8)
    y = np.zeros(len(x), np.int64) if y is None else y
    return Pool("toy", x, y, 2, (1.0,), (0.0,), "made up", "MIT")


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 12), st.integers(1, 6), st.integers(1, 4), st.integers(0, 99), st.booleans())
def test_six_split_keeps_roles_apart(part, trials, references, seed, short):
    target_out = part - 1 if short else None
    split = six_split(6 * part + 3, part, trials, references, seed, target_out)
    assert len(split.audited) == len(set(split.audited)) == 4 * part - short
    for trial in split.trials:
        target, shadow = set(split.training[trial.target]), set(split.training[trial.shadow])
        audited, rehearsed = set(split.audited[trial.audited]), set(split.audited[trial.rehearsed])
        assert len(target) == len(shadow) == part
        assert target < audited
        assert shadow < rehearsed
        assert not audited & rehearsed
        assert len(audited - target) in (part, target_out)
        for r in trial.references:
            seen = split.training[r]
            assert len(set(seen)) == part
            assert not set(seen) & set(split.audited)
        assert split.member(trial.target)[trial.audited].sum() == part


def test_trials_take_the_parts_in_turn_and_cost_few_models():
    models = [{m for t in six_split(60, 10, k, 1, 0).trials for m in (t.target, t.shadow)} for k in (1, 2, 3, 4, 8)]
    assert [len(m) for m in models] == [2, 2, 4, 4, 8]
    split = six_split(60, 10, 4, 1, 0)
    assert [(t.target, t.shadow) for t in split.trials] == [(0, 2), (2, 0), (1, 3), (3, 1)]
    short = six_split(60, 10, 3, 1, 0, target_out=8)
    assert [(t.target, t.shadow) for t in short.trials] == [(0, 2), (2, 0), (3, 0)]
    again = six_split(60, 10, 5, 1, 0)
    np.testing.assert_array_equal(again.training[4], again.training[0])  # the same rows, another model


def test_more_trials_and_references_change_nothing_earlier():
    few, many = six_split(60, 10, 1, 2, 5), six_split(60, 10, 8, 20, 5)
    np.testing.assert_array_equal(few.audited, many.audited)
    np.testing.assert_array_equal(few.trials[0].audited, many.trials[0].audited)
    for model, rows in few.training.items():
        np.testing.assert_array_equal(rows, many.training[model])


def test_references_differ_and_mix_both_parts():
    split = six_split(600, 100, 1, 5, 0)
    rows = [set(split.training[r]) for r in split.trials[0].references]
    assert all(20 < len(a & b) < 80 for i, a in enumerate(rows) for b in rows[:i])  # half shared on average


def test_order_of_audited_records_says_nothing_of_membership():
    split = six_split(6000, 1000, 4, 1, 0)
    for trial in split.trials:
        member = split.member(trial.target)[trial.audited]
        assert abs(member[:1000].mean() - 0.5) < 0.08  # five standard deviations
        assert abs(np.corrcoef(member[1:], member[:-1])[0, 1]) < 0.12


@settings(max_examples=30, deadline=None)
@given(st.integers(2, 6), st.integers(2, 40), st.integers(0, 99))
def test_half_split_puts_each_record_into_exactly_half(half, records, seed):
    split = half_split(records, 2 * half, 2 * half, seed)
    inside = np.stack([split.member(m) for m in range(2 * half)])
    np.testing.assert_array_equal(inside.sum(0), half)
    for trial in split.trials:
        assert {trial.target, trial.shadow, *trial.references} == set(range(2 * half))
        assert trial.target != trial.shadow


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: six_split(59, 10, 1, 1, 0), ["60", "59"]),
        (lambda: half_split(10, 5, 1, 0), ["even", "5"]),
        (lambda: half_split(10, 4, 5, 0), ["4", "5"]),
        (lambda: half_split(1, 4, 1, 0), ["1"]),
    ],
)
def test_too_little_is_said_with_numbers(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert all(w in str(error.value) for w in words)


def test_duplicates_across_member_and_non_member_parts():
    x = np.arange(60, dtype=np.uint8)[:, None]
    assert duplicates(pool(x), six_split(60, 10, 4, 1, 0)) == 0
    split = six_split(60, 10, 1, 1, 0)
    trial = split.trials[0]
    member = split.member(trial.target)[trial.audited]
    inside, outside = (split.audited[trial.audited[m]] for m in (member, ~member))
    x = x.copy()
    x[outside[3]] = x[inside[0]]
    x[outside[4]] = x[outside[5]]  # within one part: does not count
    assert duplicates(pool(x), split) == 1
