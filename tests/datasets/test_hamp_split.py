"""HAMP's protocol: its blocks, who knows what, and what the published form contaminates. Seconds: 2."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import HampSplit, Pool, duplicates

LOCATION = HampSplit(part=1350, validation=300, test=1000)
PURCHASE = HampSplit(part=18_000, validation=2000, test=2000, reference=18_000)


def blocks(split, model=0):
    """Members, non-members, validation, population and spare rows of a model's defender and adversary, as sets."""
    members = set(split.training[model])
    rows = (split.validation_of(model), split.population, split.spare_of(model))
    return members, set(split.audited) - members, *map(set, rows)


def test_blocks_of_location_are_hamps_and_disjoint():
    split = LOCATION.split(5010, 1, 128, 0)
    found = blocks(split)
    assert list(map(len, found)) == [1350, 1350, 300, 1000, 1010]
    assert set().union(*found) == set(range(5010))
    order = np.random.default_rng([0, 6]).permutation(5010)
    cuts = [set(rows) for rows in np.split(order, [1350, 1650, 2650, 4000])]
    assert [found[i] for i in (0, 2, 3, 1, 4)] == cuts


def test_the_defender_of_purchase_owns_the_reference_block():
    split = PURCHASE.split(197_324, 1, 2, 0)
    assert list(map(len, blocks(split))) == [18_000, 18_000, 2000, 2000, 18_000]
    assert set(split.spare) == set(np.random.default_rng([0, 6]).permutation(197_324)[18_000:36_000])


def test_the_published_form_audits_what_chose_the_epoch_and_what_was_levelled():
    """22 % of the non-members of Location chose the target's epoch; 300 and 1,000 are validation and test records."""
    split = HampSplit(1350, 300, 1000, published=True).split(5010, 1, 128, 0)
    members, others, validation, population, spare = blocks(split)
    assert members == blocks(LOCATION.split(5010, 1, 128, 0))[0]
    order = np.random.default_rng([0, 6]).permutation(5010)
    assert (others, validation) == (set(order[1350:2700]), set(order[1350:1650]))
    assert spare == others
    assert population == set([*order[2700:4000], *order[4300:]][:1350])
    model = split.trials[0].references[3]
    own, left, chosen, _, levelled = blocks(split, model)
    assert chosen == set(order[4000:4300])
    assert levelled == left == set(split.audited) - own
    assert split.gives == LOCATION.split(5010, 1, 128, 0).gives


def test_the_published_form_of_purchase_levels_its_own_non_members():
    split = HampSplit(1800, 200, 200, reference=1800, published=True).split(19_732, 1, 4, 1)
    members, others, validation, population, spare = blocks(split)
    assert spare == others
    assert not validation & (members | others)
    assert not population & (members | others | validation)


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 30), st.integers(1, 5), st.integers(2, 9), st.integers(0, 99), st.integers(0, 9))
def test_the_adversary_knows_half_of_the_target_and_is_judged_on_the_rest(part, trials, references, seed, reference):
    split = HampSplit(part, 3, 4, reference).split(2 * part + 7 + reference + 5, trials, references, seed)
    assert len({t.target for t in split.trials}) == trials
    for trial in split.trials:
        assert trial.shadow == trial.target not in trial.references
        assert not set(trial.audited) & set(trial.rehearsed)
        assert sorted(trial.known) == list(range(2 * part))
        member = split.member(trial.target)
        assert len(split.training[trial.target]) == member.sum() == part
        assert member[trial.rehearsed].sum() == (~member[trial.rehearsed]).sum() == part // 2
        inside = np.stack([split.member(r) for r in trial.references])
        assert set(inside.sum(0)) <= {references // 2, (references + 1) // 2}
        assert set(inside.sum(1)) == {part}
        members, others, validation, population, spare = blocks(split, trial.target)
        assert not validation & population | population & spare | validation & spare
        assert not (validation | population | spare) & (members | others)


def test_targets_and_their_halves_are_independent():
    split = HampSplit(2000, 1, 1).split(4002, 5, 4, 0)
    inside = np.stack([split.member(m) for m in split.training])
    pairs = np.corrcoef(inside)
    np.testing.assert_array_equal(inside[5::2], ~inside[6::2])
    pairs[[5, 6, 7, 8], [6, 5, 8, 7]] = 0
    assert np.abs(pairs - np.eye(9)).max() < 5 / np.sqrt(4000)
    known = np.stack([np.isin(np.arange(4000), t.rehearsed) for t in split.trials])
    assert np.abs(np.corrcoef(known, inside[:5]) - np.eye(10)).max() < 5 / np.sqrt(4000)


def test_duplicates_count_on_both_halves():
    split = HampSplit(10, 1, 1).split(24, 1, 2, 0)
    x = np.arange(24, dtype=np.uint8)[:, None].copy()
    member = split.member(0)
    trial = split.trials[0]
    inside = next(p for p in trial.rehearsed if member[p])
    outside = next(p for p in trial.audited if not member[p])
    x[split.audited[outside]] = x[split.audited[inside]]
    pool = Pool("toy", x, np.zeros(24, np.int64), 2, (1.0,), (0.0,), "made up", "MIT")
    assert duplicates(pool, split) == 1


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: LOCATION.split(3999, 1, 2, 0), "hamp with 1350 training records a model needs 4000 records"),
        (lambda: LOCATION.split(5010, 1, 1, 0), "hamp needs at least 2 reference models, got 1"),
        (lambda: HampSplit(9, 1, 1, 0, True).split(99, 2, 4, 0), "expected 1 trial, since it has one target, got 2"),
        (lambda: HampSplit(9, 3, 1, 0, True).split(24, 1, 4, 0), "needs 25 records, and the data set has 24"),
        (lambda: HampSplit(1, 1, 1), "hamp: part: expected a whole number at least 2, got 1"),
        (lambda: HampSplit(9, 0, 1), "hamp: validation"),
        (lambda: HampSplit(9, 1, 0), "hamp: test"),
        (lambda: HampSplit(9, 1, 1, -1), "hamp: reference"),
        (lambda: HampSplit(9, 1, 1, 0, 1), "hamp: published: expected true or false, got 1"),
    ],
)
def test_what_cannot_be_is_one_sentence(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert words in str(error.value)


def test_sizes_follow_the_part():
    assert PURCHASE.resized(180) == HampSplit(180, 20, 20, 180)
    assert HampSplit(1350, 300, 1000, published=True).resized(3) == HampSplit(3, 1, 2, published=True)
