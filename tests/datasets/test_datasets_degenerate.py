"""Protocols and data sets at the edge of what is meant: right, or one sentence."""

import numpy as np
import pytest

from datasets import HalfSplit, SixSplit, load, repeated


@pytest.mark.parametrize("protocol", [SixSplit, HalfSplit])
@pytest.mark.parametrize("part", [0, -1, 1.5, True, None, "a"])
def test_a_part_of_nobody_is_refused(protocol, part):
    for make in (lambda: protocol(part), lambda: protocol(10).resized(part)):
        with pytest.raises(ValueError, match="part: expected a whole number at least 1, got"):
            make()


@pytest.mark.parametrize("protocol", [SixSplit(10), HalfSplit(10)])
@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ((None, 1, 2, 0), "records: expected a whole number at least 0, got None"),
        (("a", 1, 2, 0), "records: expected a whole number"),
        ((True, 1, 2, 0), "records: expected a whole number"),
        ((-1, 1, 2, 0), "records: expected a whole number at least 0, got -1"),
        ((0, 1, 2, 0), "and the data set has 0"),
        ((600, 0, 2, 0), "trials: expected a whole number at least 1, got 0"),
        ((600, 2.5, 2, 0), "trials: expected"),
        ((600, 1, -1, 0), "references: expected"),
        ((600, 1, 2, -1), "seed: expected a whole number at least 0, got -1"),
        ((600, 1, 2, None), "seed: expected"),
        ((600, 1, 2, "a"), "seed: expected"),
    ],
)
def test_a_split_of_what_is_no_pool_is_refused(protocol, arguments, sentence):
    with pytest.raises(ValueError, match=sentence):
        protocol.split(*arguments)


@pytest.mark.parametrize("references", [0, 1])
def test_half_split_of_too_few_models_is_refused(references):
    with pytest.raises(ValueError, match=f"half-split needs at least 2 reference models, got {references}"):
        HalfSplit(10).split(600, 1, references, 0)


def test_records_without_numbers_or_models_repeat_nothing():
    members = np.ones((2, 4), bool)
    assert repeated(np.zeros((4, 0)), members).tolist() == [False] * 4
    assert repeated(np.zeros((0, 3)), members[:, :0]).tolist() == []
    assert repeated(np.zeros((4, 3)), members[:0]).tolist() == [False] * 4


def test_a_folder_may_be_text(tmp_path):
    assert load("digits", str(tmp_path)).x.shape == (1797, 8, 8, 1)
    with pytest.raises(ValueError, match=r"letter\.npz"):
        load("letter", str(tmp_path))
