"""What is out of order in an audit is said: labels, class columns, membership, references; and nothing where all is."""

import numpy as np
import pytest

from benchmarks.audit import audit, wording
from benchmarks.audit.case import Case
from benchmarks.audit.in_step import of_order
from benchmarks.audit.outputs import Answers, Said

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


def many(labels, z, member=None):
    member = np.arange(len(labels)) % 2 == 0 if member is None else member
    return audit(labels, member, logits=z, attacks=["loss"])


@pytest.mark.parametrize("classes", [2, 10, 100])
@pytest.mark.parametrize("kind", ["shifted", "shuffled"])
def test_labels_out_of_step_with_the_rows(classes, kind):
    """Balanced classes, of which the most common is no more often than guessing is right."""
    rng = np.random.default_rng(classes)
    labels = rng.permutation(np.arange(4000) % classes)
    z = 4 * np.eye(classes)[labels] + rng.normal(size=(4000, classes))
    assert many(labels, z).doubts == ()
    made = many(np.roll(labels, 1) if kind == "shifted" else rng.permutation(labels), z)
    (said,) = made.doubts
    assert f"and would be on {100 / classes:.1f} % if its answers had nothing to do with the labels" in said
    assert said.endswith("are labels and class columns in order?")
    assert wording.headline(made).startswith(f"Check the input first. {said} As it stands: ")


def test_models_that_are_hardly_right_and_those_that_say_one_class_are_in_step():
    rng = np.random.default_rng(3)
    for _ in range(20):
        labels = rng.integers(10, size=2000)
        poor = np.where(
            rng.random(2000) < 0.16, labels, rng.integers(10, size=2000)
        )  # right on 24 %, and 10 % by chance
        rare = (rng.random(2000) < 0.03).astype(int)
        for of, says in ((labels, poor), (rare, rare * (rng.random(2000) < 0.1)), (rare, np.zeros(2000, int))):
            answers = Answers(of, np.arange(2000) % 2 == 0, Said("predicted", says), {}, None, None, ())
            assert of_order(Case(answers), (), {}) == []


def test_a_model_that_says_one_class_alone_is_audited():
    member = np.arange(2000) % 2 == 0
    made = audit((np.arange(2000) % 4 == 1).astype(int), member, predicted=np.zeros(2000, int), attacks=["gap"])
    assert made.doubts == ()
    assert made.seen  # every fourth record is of class 1: half of the others, no member


def test_rows_of_trained_on_of_another_model():
    said = warned(trained_on=np.roll(SEEN[1:], 1, 0))
    assert "answers better what model 2 was trained on by trained_on than what itself was" in said


def test_membership_the_wrong_way_round():
    assert "is member the wrong way round?" in warned(member=~SEEN[0], references=None, trained_on=None)


@pytest.mark.parametrize(("each", "said"), [(8, False), (20, True)])
def test_of_few_records_an_order_is_a_matter_of_luck(each, said):
    """8 members all below 8 others: one order in 12,870, which is no rarer than the rate of false warnings allows."""
    sure = np.concatenate([np.linspace(0.5, 0.6, each), np.linspace(0.8, 0.9, each)])
    labels, member = np.arange(2 * each) % 2, np.arange(2 * each) < each
    answers = np.where(labels[:, None] == np.arange(2), sure[:, None], 1 - sure[:, None])
    made = audit(labels, member, answers, attacks=["loss"])
    assert any("wrong way round" in line for line in made.warnings) == said


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
