"""Mislabeled records: which, with which label, and that nothing else of the protocol changes."""

from dataclasses import dataclass

import numpy as np
import pytest

from datasets import Canaries, HalfSplit, Pool, SixSplit

INNER = [SixSplit(40), SixSplit(40, target_out=30), HalfSplit(80)]


def pool(n, classes=10):
    y = np.random.default_rng(0).integers(classes, size=n)
    return Pool("toy", np.zeros((n, 3), np.uint8), y, classes, (1.0,), (0.0,), "made up", "MIT")


@pytest.mark.parametrize("inner", INNER)
def test_nothing_but_some_labels_differs_from_the_inner_protocol(inner):
    plain, split = inner.split(300, 4, 6, 5), Canaries(inner, 30).split(300, 4, 6, 5)
    for name in ("audited", "population", "validation", "spare"):
        np.testing.assert_array_equal(getattr(split, name), getattr(plain, name))
    for model in plain.training:
        np.testing.assert_array_equal(split.training[model], plain.training[model])
    for a, b in zip(split.trials, plain.trials, strict=True):
        assert (a.target, a.shadow, a.references) == (b.target, b.shadow, b.references)
        np.testing.assert_array_equal(a.audited, b.audited)
    assert (split.part, split.gives) == (plain.part, plain.gives)
    assert split.protocol == f"{inner.name} with 30 mislabeled canaries"
    before = pool(300)
    after = split.mislabeled(before)
    assert set(np.flatnonzero(after.y != before.y)) == set(split.canaries) < set(split.audited)
    assert len(split.canaries) == 30
    assert after.x is before.x
    assert after.digest != before.digest
    assert after.source == "made up; 30 records mislabeled here"
    assert plain.mislabeled(before) is before


@pytest.mark.parametrize("inner", INNER)
def test_more_of_anything_changes_no_canary(inner):
    before, few = pool(300), Canaries(inner, 20).split(300, 2, 2, 5)
    labels = few.mislabeled(before).y
    for count, trials, references in ((20, 6, 9), (50, 2, 2)):
        many = Canaries(inner, count).split(300, trials, references, 5)
        assert set(few.canaries) <= set(many.canaries)
        np.testing.assert_array_equal(many.mislabeled(before).y[few.canaries], labels[few.canaries])
    other = Canaries(inner, 20).split(300, 2, 2, 6)
    assert set(other.canaries) != set(few.canaries)


def test_each_canary_is_in_half_of_the_models():
    split = Canaries(HalfSplit(500), 200).split(1000, 4, 60, 0)
    inside = np.stack([split.trained_on(model, split.canaries) for model in split.training])
    np.testing.assert_array_equal(inside.sum(0), 32)
    shares = inside.mean(1)  # of 200 fair coins, less what the halves have in common: five standard deviations
    assert np.abs(shares - 0.5).max() < 5 * 0.5 / 200**0.5
    six = Canaries(SixSplit(100), 80).split(600, 4, 2, 0)
    inside = np.stack([six.trained_on(trial.target, six.canaries) for trial in six.trials])
    np.testing.assert_array_equal(inside.sum(0), 1)  # each is in the part that one of four targets trains on


def test_wrong_labels_are_uniform_over_the_others():
    split, before = Canaries(HalfSplit(10_000), 9_000).split(20_000, 1, 2, 3), pool(20_000, classes=4)
    turned = (split.mislabeled(before).y - before.y)[split.canaries] % 4
    counts = np.bincount(turned, minlength=4)
    assert counts[0] == 0
    assert np.abs(counts[1:] - 3000).max() < 5 * (9000 * 2 / 9) ** 0.5
    two = Canaries(HalfSplit(20), 10).split(40, 1, 2, 3)
    np.testing.assert_array_equal((two.mislabeled(pool(40, 2)).y != pool(40, 2).y).sum(), 10)


def test_which_records_are_canaries():
    split = Canaries(HalfSplit(20), 3).split(40, 1, 2, 3)
    rows = np.arange(40)[::-1]
    np.testing.assert_array_equal(np.sort(split.canary(rows))[-4:], [-1, 0, 1, 2])
    np.testing.assert_array_equal(split.canary(split.canaries[[2, 0, 1]]), [2, 0, 1])
    np.testing.assert_array_equal(HalfSplit(20).split(40, 1, 2, 3).canary(rows), -1)


@dataclass(frozen=True)
class NoProtocol:
    part: int = 3


@pytest.mark.parametrize(
    ("call", "words"),
    [
        (lambda: Canaries(NoProtocol(), 5), "of: expected a protocol without canaries, such as half-split, got NoPro"),
        (lambda: Canaries(Canaries(HalfSplit(9), 1), 1), "of: expected a protocol without canaries, such as half-sp"),
        (lambda: Canaries(HalfSplit(9), 0), "canaries: count: expected a whole number at least 1, got 0"),
        (lambda: Canaries(HalfSplit(9), True), "canaries: count: expected a whole number"),
        (
            lambda: Canaries(HalfSplit(9), 10).split(40, 1, 2, 0),
            "at most half of the 18 audited records, got 10",
        ),
        (lambda: Canaries(HalfSplit(9), 5).split(10, 1, 2, 0), "half-split with 9 training records a model needs 18"),
        (lambda: Canaries(HalfSplit(9), 5).split(40, 1, 2, 0).mislabeled(pool(40, 1)), "at least 2 classes"),
    ],
)
def test_what_cannot_be_is_said(call, words):
    with pytest.raises(ValueError) as error:
        call()
    assert words in str(error.value)


def test_canaries_follow_the_part():
    assert Canaries(HalfSplit(450), 100).resized(45) == Canaries(HalfSplit(45), 10)
    assert Canaries(SixSplit(100, 80), 3).resized(10) == Canaries(SixSplit(10, 8), 1)
