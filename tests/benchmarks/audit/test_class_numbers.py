"""Where only predicted classes or losses are known, classes may bear any numbers: they are compared, never counted."""

import numpy as np
import pandas as pd
import pytest

from benchmarks.audit import audit, games
from benchmarks.audit.__main__ import main
from benchmarks.audit.in_step import of_order
from benchmarks.audit.remembered import _within

N, C, R = 300, 4, 3
RNG = np.random.default_rng(0)
LABELS, SEEN = RNG.integers(C, size=N), RNG.random((R + 1, N)) < 0.5
SAID = np.where(RNG.random((R + 1, N)) < 0.5 + 0.4 * SEEN, LABELS, RNG.integers(C, size=(R + 1, N)))
LOSSES = RNG.exponential(1 - 0.5 * SEEN)
FAR = np.array([3, 10**9, 10**12, 2**53 - 1])


def audited(kind, number, references=True):
    """The audit of predicted classes or losses, with `number` (C,) in place of 0, 1, ..."""
    said = number[SAID] if kind == "predicted" else LOSSES
    more = {"references": said[1:], "trained_on": SEEN[1:]} if references else {}
    return audit(number[LABELS], SEEN[0], **{kind: said[0]}, **more)


@pytest.mark.parametrize("references", [False, True])
@pytest.mark.parametrize("kind", ["predicted", "loss"])
def test_great_class_numbers_change_nothing(kind, references):
    plain, far = (audited(kind, number, references) for number in (np.arange(C), FAR))
    assert plain.attacked.scores.keys() == far.attacked.scores.keys()
    for name, scores in plain.attacked.scores.items():
        np.testing.assert_array_equal(scores, far.attacked.scores[name])
    assert plain.epsilon == far.epsilon
    assert plain.warnings == far.warnings
    assert plain.seats.games[0].key == far.seats.games[0].key
    np.testing.assert_array_equal(far.records["label"], FAR[LABELS])


def test_a_model_that_can_be_asked_answers_in_its_own_numbers():
    """Classes 0, 2 and 3 lie side by side on a line, 1 nowhere: how far each record is from where its class ends."""
    x = np.random.default_rng(1).uniform(0, 3, (60, 1))

    def ask(at):
        return -np.abs(at - np.array([0.5, 9e9, 1.5, 2.5]))

    labels = ask(x).argmax(1)
    assert set(labels) == {0, 2, 3}
    made = audit(labels, np.arange(60) % 2 == 0, predicted=labels, inputs=x, ask=ask, attacks=["label-distance"])
    (scores,) = made.attacked.scores.values()
    far = np.minimum(np.abs(x - 1), np.abs(x - 2))[:, 0]
    assert np.corrcoef(scores, far)[0, 1] > 0.95


def test_checks_of_order_say_the_same_of_great_class_numbers():
    made = [audit(number[LABELS], SEEN[0], predicted=number[(LABELS + 1) % C]) for number in (np.arange(C), FAR)]
    assert "are labels and class columns in order?" in made[0].doubts[0]
    assert made[0].doubts == made[1].doubts
    trained = SEEN[0]
    np.testing.assert_array_equal(_within(LOSSES[0], LABELS, trained), _within(LOSSES[0], FAR[LABELS], trained))
    assert of_order(made[0].case, (), {}) == of_order(made[1].case, (), {})


def test_ids_for_labels_are_refused_where_they_are_too_many(tmp_path, capsys, monkeypatch):
    path = tmp_path / "ids.csv"
    ids = 10**15 + np.arange(N)
    pd.DataFrame({"patient_id": ids, "member": SEEN[0].astype(int), "predicted": SAID[0]}).to_csv(path, index=False)
    arguments = [str(path), "--columns", "labels=patient_id", "--output", str(tmp_path / "out")]
    assert main(arguments) == 0
    monkeypatch.setattr(games, "CELLS", N * (N + C) - 1)
    assert main(arguments) == 2
    assert capsys.readouterr().err.splitlines()[-1] == (
        f"error: predicted: expected classes, got {N + C} different ones in labels and answers on {N} records: does "
        "the column of labels hold ids?"
    )
