"""Who trains on what: roles apart, prefixes stable, and nothing that tells the membership."""

import hashlib
import time

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from datasets import HalfSplit, HampSplit, Pool, SixSplit, Split, Trial, duplicates


def pool(x, y=None):
    x = np.asarray(x, np.uint8)
    y = np.zeros(len(x), np.int64) if y is None else y
    return Pool("toy", x, y, 2, (1.0,), (0.0,), "made up", "MIT")


def digest(split):
    sha = hashlib.sha256(split.audited.astype("<i8").tobytes())
    for model in sorted(split.training):
        sha.update(b"%d" % model + split.training[model].astype("<i8").tobytes())
    for t in split.trials:
        sha.update(repr((t.target, t.shadow, t.references)).encode())
        sha.update(t.audited.astype("<i8").tobytes() + t.rehearsed.astype("<i8").tobytes())
    return sha.hexdigest()


def test_on_which_rows_a_model_trained():
    split = SixSplit(10).split(63, 2, 2, 0)
    rows = np.random.default_rng(0).permutation(200)  # most are beyond its greatest
    for model, own in split.training.items():
        for _ in range(2):
            assert split.trained_on(model, rows).tolist() == [row in own for row in rows]
    assert split.trained_on(model, np.empty(0, np.int64)).shape == (0,)


@pytest.mark.parametrize(
    ("protocol", "sizes", "expected"),
    [
        (SixSplit(299), (1797, 8, 20, 0), "0280085b7d2de5f0f1a0c95752484f3a51acd58571e6604e939591180057a238"),
        (SixSplit(299), (1797, 8, 20, 7), "1b89d905b67b16a7fe7960ae790a42ad90aced620a18dbf0c8ebad62c67af4b9"),
        (SixSplit(12, 10), (70, 5, 3, 1), "df6910845961c3ea6896d3265044e8210ddee3dd7b1b260969bad33a77cb2eb9"),
        (SixSplit(10), (63, 13, 2, 5), "6c32329a5336c9a650f8da9973571ff0a09b5583d0589f7fe7695d2d28613da7"),
    ],
)
def test_six_split_is_that_of_the_first_edition(protocol, sizes, expected):
    assert digest(protocol.split(*sizes)) == expected


@settings(max_examples=40, deadline=None)
@given(st.integers(2, 12), st.integers(1, 6), st.integers(1, 4), st.integers(0, 99), st.booleans())
def test_six_split_keeps_roles_apart(part, trials, references, seed, short):
    target_out = part - 1 if short else None
    split = SixSplit(part, target_out).split(6 * part + 3, trials, references, seed)
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
            assert set(seen) < set(split.population)
        assert split.member(trial.target)[trial.audited].sum() == part


def test_trials_take_the_parts_in_turn_and_cost_few_models():
    models = [
        {m for t in SixSplit(10).split(60, k, 1, 0).trials for m in (t.target, t.shadow)} for k in (1, 2, 3, 4, 8)
    ]
    assert [len(m) for m in models] == [2, 2, 4, 4, 8]
    split = SixSplit(10).split(60, 4, 1, 0)
    assert [(t.target, t.shadow) for t in split.trials] == [(0, 2), (2, 0), (1, 3), (3, 1)]
    short = SixSplit(10, target_out=8).split(60, 3, 1, 0)
    assert [(t.target, t.shadow) for t in short.trials] == [(0, 2), (2, 0), (3, 0)]
    again = SixSplit(10).split(60, 5, 1, 0)
    np.testing.assert_array_equal(again.training[4], again.training[0])  # the same rows, another model


@pytest.mark.parametrize("protocol", [SixSplit(10), SixSplit(10, 7), HalfSplit(20), HampSplit(20, 5, 5)])
def test_more_trials_and_references_change_nothing_earlier(protocol):
    few, many = protocol.split(90, 6, 4, 5), protocol.split(90, 10, 21, 5)
    for name in ("audited", "population", "validation", "spare"):
        np.testing.assert_array_equal(getattr(few, name), getattr(many, name))
    for a, b in zip(few.trials, many.trials, strict=False):
        assert (a.target, a.shadow) == (b.target, b.shadow)
        assert a.references == b.references[: len(a.references)]
        np.testing.assert_array_equal(a.audited, b.audited)
        np.testing.assert_array_equal(a.rehearsed, b.rehearsed)
    for model, rows in few.training.items():
        np.testing.assert_array_equal(rows, many.training[model])


def test_references_differ_and_mix_both_parts():
    split = SixSplit(100).split(600, 1, 5, 0)
    rows = [set(split.training[r]) for r in split.trials[0].references]
    assert all(20 < len(a & b) < 80 for i, a in enumerate(rows) for b in rows[:i])  # half shared on average


@settings(max_examples=30, deadline=None)
@given(st.integers(1, 20), st.integers(2, 9), st.integers(0, 9), st.integers(0, 99))
def test_half_split_puts_each_record_into_half_of_the_references(part, references, more, seed):
    split = HalfSplit(part).split(2 * part + more, (references + 4) // 4 * 4, references, seed)
    assert len(split.audited) == 2 * part
    assert list(split.training) == list(range(references + 4))
    for rows in split.training.values():
        assert len(set(rows)) == part
        assert set(rows) <= set(split.audited)
    for trial in split.trials:
        assert len({trial.target, trial.shadow, *trial.references}) == references + 2
        inside = np.stack([split.member(m) for m in trial.references]).sum(0)
        assert set(inside) <= {references // 2, (references + 1) // 2}
    assert len({t.target for t in split.trials}) == len(split.trials)


def test_twins_are_complements_and_pairs_are_independent():
    split = HalfSplit(2000).split(4000, 1, 60, 0)
    inside = np.stack([split.member(m) for m in split.training])
    np.testing.assert_array_equal(inside[::2], ~inside[1::2])
    pairs = np.corrcoef(inside[::2]) - np.eye(32)
    assert np.abs(pairs).max() < 5.5 / np.sqrt(4000)
    assert abs(inside[::2].sum(0).var() - 8) < 0.9  # of 32 fair coins; five standard deviations
    for trial in HalfSplit(20).split(40, 8, 8, 0).trials:
        twins = {trial.target ^ 1, trial.shadow ^ 1}
        assert not twins & {trial.target, trial.shadow, *trial.references}


def separated(scores, member):
    """AUC of scores in the units of its standard deviation when they say nothing."""
    inside, outside = scores[member], scores[~member]
    auc = (np.sign(inside[:, None] - outside[None, :]).mean() + 1) / 2
    return (auc - 0.5) / np.sqrt((len(scores) + 1) / (12 * len(inside) * len(outside)))


def guesses(trained_on, rehearsed, member):
    """(n,) scores from nothing but who trained on a record; the last was learnt on the rehearsal."""
    total = trained_on.sum(0)
    weights = np.linalg.lstsq(rehearsed.T - 0.5, member - 0.5, rcond=1e-6)[0]
    agreement = (trained_on == (total > len(trained_on) / 2)).mean(0)
    return {
        "sum": total,
        "first": trained_on[0],
        "last": trained_on[-1],
        "balance": -np.abs(total - len(trained_on) / 2),
        "alternating": trained_on[::2].sum(0) - trained_on[1::2].sum(0),
        "agreement": agreement,
        "place": np.arange(len(total)),
        "learnt": weights @ (trained_on - 0.5),
    }


def worst(split):
    found = {}
    for t in split.trials:
        sides = [(t.target, t.audited), (t.shadow, t.rehearsed)]
        seen = [np.stack([split.member(r)[at] for r in t.references]).astype(float) for _, at in sides]
        members = [split.member(model)[at] for model, at in sides]
        for own in (0, 1):
            for name, scores in guesses(seen[own], seen[1 - own], members[1 - own]).items():
                z = abs(separated(np.asarray(scores, float), members[own]))
                found[name] = max(found.get(name, 0), z)
    return found


@pytest.mark.parametrize("references", [2, 3, 4, 7, 14, 60])
@pytest.mark.parametrize("protocol", [SixSplit(150), HalfSplit(300), HampSplit(300, 50, 100)])
def test_who_trained_on_a_record_tells_nothing_of_the_target(protocol, references):
    assert max(worst(protocol.split(900, 4, references, 3)).values()) < 4.5  # of 64 null deviations


def balanced(records, models):
    """The design of the first edition: each record in exactly half of the models."""
    turns = np.argsort(np.random.default_rng(0).random((models, records)), axis=0) < models // 2
    orders = [np.random.default_rng(i).permutation(records) for i in range(2)]
    trials = (Trial(0, models // 2, tuple(range(models)), orders.__getitem__),)
    training = {m: np.flatnonzero(turns[m]) for m in range(models)}
    return Split("balanced", records // 2, np.arange(records), training, trials)


@pytest.mark.parametrize("models", [4, 8, 16, 64])
def test_a_balanced_design_would_be_found(models):
    assert worst(balanced(600, models))["learnt"] > 4.5


@pytest.mark.parametrize("protocol", [SixSplit(1000), HalfSplit(2000), HampSplit(2000, 50, 100)])
def test_order_of_audited_records_says_nothing_of_membership(protocol):
    split = protocol.split(6000, 4, 4, 0)
    for trial in split.trials:
        for model, places in ((trial.target, trial.audited), (trial.shadow, trial.rehearsed)):
            member = split.member(model)[places]
            assert abs(member[:1000].mean() - 0.5) < 0.08  # five standard deviations
            assert abs(np.corrcoef(member[1:], member[:-1])[0, 1]) < 0.12


@settings(max_examples=40, deadline=None)
@given(st.sampled_from(["six", "half"]), st.integers(1, 30), st.integers(0, 200), st.integers(0, 9))
def test_what_is_left_is_given_to_one_role_each(kind, part, left, seed):
    protocol, used = (SixSplit(part), 6 * part) if kind == "six" else (HalfSplit(part), 2 * part)
    split = protocol.split(used + left, 2, 2, seed)
    sets = [set(split.audited), set(split.population), set(split.validation), set(split.spare)]
    assert sum(map(len, sets)) == len(set().union(*sets)) <= used + left
    for trial in split.trials:
        for model in (trial.target, trial.shadow):
            assert not set(split.training[model]) & (sets[1] | sets[2] | sets[3])
        for model in trial.references:
            assert not set(split.training[model]) & (sets[2] | sets[3])
    assert {name for name in ("population", "validation", "spare") if len(getattr(split, name))} <= split.gives
    assert split.gives <= protocol.gives
    assert len(split.validation) == len(split.spare) <= part
    assert len(split.validation) == 0 or 10 * len(split.validation) >= part


def test_what_a_protocol_gives():
    assert SixSplit(10).split(60, 1, 1, 0).gives == {"reference", "population", "proxies"}
    assert SixSplit(10).split(64, 1, 1, 0).gives == {"reference", "population", "proxies", "validation", "spare"}
    assert SixSplit(10).split(60, 1, 0, 0).gives == {"population"}
    assert "validation" not in SixSplit(100).split(619, 1, 1, 0).gives
    assert len(SixSplit(100).split(620, 1, 1, 0).validation) == 10
    assert HalfSplit(10).split(20, 1, 2, 0).gives == {"reference", "shadow"}
    assert HalfSplit(10).split(50, 1, 2, 0).gives == HalfSplit.gives


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (
            lambda: SixSplit(10).split(59, 1, 1, 0),
            "six-split with 10 training records a model needs 60 records, and the data set has 59",
        ),
        (lambda: SixSplit(0), "six-split: part: expected a whole number at least 1, got 0"),
        (lambda: SixSplit(True), "six-split: part"),
        (lambda: SixSplit(2.5), "six-split: part"),
        (lambda: SixSplit(10, 11), "six-split: target_out: expected a whole number from 1 to 10, got 11"),
        (lambda: SixSplit(10).split(60, 0, 1, 0), "six-split: trials"),
        (lambda: SixSplit(10).split(60, 1, -1, 0), "six-split: references"),
        (lambda: HalfSplit(10).split(19, 1, 2, 0), "needs 20 records, and the data set has 19"),
        (lambda: HalfSplit(10).split(20, 1, 1, 0), "at least 2 reference models, got 1"),
        (lambda: HalfSplit(10).split(20, 5, 3, 0), "has 4 trials, got 5; take at most that many, or at least 4"),
        (lambda: HalfSplit(10).split(20, 9, 4, 0), "has 8 trials, got 9; take at most that many, or at least 8"),
        (lambda: HalfSplit(0), "half-split: part"),
    ],
)
def test_too_little_is_said_with_numbers(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert words in str(error.value)


def test_sizes_are_changed_in_proportion():
    assert SixSplit(12000, 10000).resized(120) == SixSplit(120, 100)
    assert SixSplit(12000).resized(3) == SixSplit(3)
    assert HalfSplit(7).resized(9) == HalfSplit(9)


@pytest.mark.parametrize("protocol", [SixSplit(10), HalfSplit(20), HampSplit(20, 5, 5)])
def test_ten_thousand_references_and_trials_are_seconds(protocol):
    begun = time.process_time()
    split = protocol.split(100, 10_000, 10_000, 0)
    assert len({t.target for t in split.trials}) == 10_000
    assert len(split.adversarys) >= 10_000
    assert len({id(t.offered) for t in split.trials}) == 1  # one tuple for all
    assert time.process_time() - begun < 10


def test_the_adversarys_models_are_those_of_its_trials():
    for protocol in (SixSplit(10), HalfSplit(20)):
        for trials in (1, 2, 3, 6):
            split = protocol.split(90, trials, 5, 0)
            each = [m for t in split.trials for m in (t.shadow, *t.references)]
            assert set(split.adversarys) == set(each)
            assert len(set(split.adversarys)) == len(split.adversarys)


def test_a_model_that_is_none_has_no_rows():
    split = SixSplit(10).split(60, 1, 1, 0)
    with pytest.raises(KeyError):
        split.training[77]


def test_duplicates_across_member_and_non_member_parts():
    x = np.arange(60, dtype=np.uint8)[:, None]
    assert duplicates(pool(x), SixSplit(10).split(60, 4, 1, 0)) == 0
    split = SixSplit(10).split(60, 1, 1, 0)
    trial = split.trials[0]
    member = split.member(trial.target)[trial.audited]
    inside, outside = (split.audited[trial.audited[m]] for m in (member, ~member))
    x = x.copy()
    x[outside[3]] = x[inside[0]]
    x[outside[4]] = x[outside[5]]  # within one part: does not count
    assert duplicates(pool(x), split) == 1
