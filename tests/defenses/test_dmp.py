"""DMP: the teacher is the undefended model, and its student never touches a member."""

from dataclasses import replace

import numpy as np
import pytest

from defenses import Dmp, NoDefense, dmp, teaching, trained
from defenses.check import planted
from models import Diverged, HookError, Recipe, fit


def spied(monkeypatch, change=lambda models: models):
    """The tasks of teachers and students, and what came of them."""
    seen = []

    def spy(task):
        made = fit(task)
        seen.append((task, made if task.taught else change(made)))
        return seen[-1][1]

    monkeypatch.setattr(dmp, "fit", spy)
    monkeypatch.setattr(teaching, "fit", spy)
    return seen


def test_the_teacher_is_the_undefended_model_and_the_student_has_its_answers(monkeypatch):
    seen = spied(monkeypatch)
    whole = planted(Dmp())
    students = trained(whole)
    (_, teachers), (task, _) = seen
    for k, plain in enumerate(trained(replace(whole, defense=NoDefense()))):
        np.testing.assert_array_equal(teachers[k].predict(whole.x), plain.predict(whole.x))
        np.testing.assert_array_equal(task.x[task.rows[k]], whole.x[whole.spare[k]])
        logits = plain.predict(whole.x[whole.spare[k]]).astype(np.float64)
        expected = np.exp(logits) / np.exp(logits).sum(-1, keepdims=True)
        np.testing.assert_allclose(task.taught[k][task.rows[k]], expected, atol=1e-6)
        assert students[k].facts == {"trainings": 2, "spare records": 8}


def test_what_a_student_is_trained_on_holds_no_member(monkeypatch):
    whole = planted(Dmp()).only(1)
    seen = spied(monkeypatch)
    trained(whole)
    task = seen[-1][0]
    assert len(task.x) == 8
    members = {whole.x[row].tobytes() for row in whole.rows[0]}
    assert not members & {record.tobytes() for record in task.x}


def test_a_student_of_the_same_teacher_is_the_same_whatever_the_members_are(monkeypatch):
    whole = planted(Dmp())
    teachers = fit(replace(whole, defense=NoDefense()))
    spied(monkeypatch, lambda models: teachers)
    before = [model.predict(whole.x) for model in trained(whole)]
    x, y = whole.x.copy(), whole.y.copy()
    members = np.setdiff1d(np.concatenate(whole.rows), np.concatenate(whole.spare))  # of a pool that models share
    x[members], y[members] = 255 - x[members], (y[members] + 1) % 3
    for logits, model in zip(before, trained(replace(whole, x=x, y=y)), strict=True):
        np.testing.assert_array_equal(model.predict(whole.x), logits)


def test_a_student_learns_from_its_teacher():
    recipe = Recipe(epochs=100, batch=8, learning_rate=0.02)
    task = replace(planted(Dmp()), recipe=recipe)
    plain_ones = trained(replace(task, defense=NoDefense()))
    for student, plain, rows in zip(trained(task), plain_ones, task.spare, strict=True):
        spare = task.x[rows]
        assert (student.predict(spare).argmax(-1) == plain.predict(spare).argmax(-1)).all()
        assert not np.array_equal(student.predict(task.x), plain.predict(task.x))


def test_a_model_whose_teacher_diverges_has_diverged_and_no_other(monkeypatch):
    whole = planted(Dmp())
    expected = trained(whole)
    spied(monkeypatch, lambda models: [models[0], Diverged("on purpose"), models[2]])
    found = trained(whole)
    assert found[1] == Diverged("on purpose")
    for k in (0, 2):
        np.testing.assert_array_equal(found[k].predict(whole.x), expected[k].predict(whole.x))


def test_without_spare_records_it_fails_in_a_sentence():
    with pytest.raises(HookError, match="expected spare records to learn from, got none"):
        trained(replace(planted(Dmp()), spare=()))


def test_a_bar_counts_each_epoch_of_the_recipe_once():
    epochs = []
    trained(replace(planted(Dmp()), advance=epochs.append))
    assert sum(epochs) == 3 * 2  # models, epochs
