"""What is out of order in an audit is said: labels, class columns, membership, references; and nothing where all is."""

import numpy as np
import pytest

from benchmarks.audit import audit

N, C, R = 400, 3, 4
RNG = np.random.default_rng(11)
LABELS = RNG.integers(C, size=N)
SEEN = RNG.random((R + 1, N)) < 0.5
SEEN[2] = ~SEEN[3]
Z = RNG.normal(size=(R + 1, N, C))
Z[:, np.arange(N), LABELS] += 2 + 2 * SEEN
MIXED = RNG.permutation(N)
QUICK = ["loss", "gap"]


def warned(**changes):
    given = {"labels": LABELS, "member": SEEN[0], "logits": Z[0], "references": Z[1:], "trained_on": SEEN[1:]} | changes
    return " ".join(audit(**given, attacks=QUICK).warnings)


def test_nothing_is_said_where_all_is_in_order():
    assert warned() == ""
    assert warned(logits=Z[0] / 1000, references=Z[1:] / 1000) == ""


def test_class_columns_in_another_order():
    assert "are labels and class columns in order?" in warned(
        logits=Z[0][:, [1, 2, 0]], references=None, trained_on=None
    )


def test_membership_the_wrong_way_round():
    assert "is member the wrong way round?" in warned(member=~SEEN[0], references=None, trained_on=None)


def test_references_in_another_order():
    assert "in another order, or are they trained otherwise?" in warned(references=Z[1:][:, MIXED])


def test_the_same_reference_twice(tmp_path):
    with pytest.raises(ValueError, match="expected different models, got the same answers from 1 and 3"):
        warned(references=Z[[1, 2, 1, 3]])


def test_chance_is_warned_of_by_no_model():
    rng = np.random.default_rng(0)
    for _ in range(50):
        member = rng.random(N) < 0.5
        assert not audit(LABELS, member, logits=rng.normal(size=(N, C)) + np.eye(C)[LABELS], attacks=QUICK).warnings
