"""SELENA: who leaves out whom, whose outputs make a soft label, and what its student learns."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from defenses import NoDefense, Selena, selena, teaching, trained
from defenses.check import planted
from defenses.selena import answers, left_out, rows_of
from models import Diverged, HookError, Recipe, fit


@pytest.mark.parametrize(("records", "submodels", "outside"), [(450, 25, 10), (16, 25, 10), (7, 3, 1), (9, 4, 3)])
def test_each_record_is_left_out_by_so_many_and_sub_models_are_equal(records, submodels, outside):
    out = left_out(records, submodels, outside, np.random.default_rng(0))
    assert (out.sum(1) == outside).all()
    assert np.ptp(out.sum(0)) <= 1
    pool = 3 * np.arange(records) + 1
    rows = rows_of(pool, out, np.random.default_rng(1))
    assert len({len(own) for own in rows}) == 1
    for own, without in zip(rows, out.T, strict=True):
        assert set(own) == set(pool[~without])  # all of its own, and nobody else's
        assert len(own) - len(set(own)) <= 1


def test_any_sub_models_leave_out_any_record_as_often():
    rng = np.random.default_rng(0)
    times = np.mean([left_out(5, 5, 2, rng) for _ in range(4000)], axis=0)
    np.testing.assert_allclose(times, 2 / 5, atol=5 * np.sqrt(0.24 / 4000))


def test_too_few_records_are_answered_in_a_sentence():
    with pytest.raises(ValueError, match="1 training records are too few for 25 sub-models"):
        rows_of(np.arange(1), left_out(1, 25, 10, np.random.default_rng(0)), np.random.default_rng(0))


def telling(number, classes):
    """A model that says with certainty which one it is, in the place of a class."""
    return SimpleNamespace(predict=lambda x: np.where(np.arange(classes) == number, 50.0, 0.0) * np.ones((len(x), 1)))


def test_no_answer_comes_from_a_sub_model_that_saw_the_record():
    out = left_out(40, 25, 10, np.random.default_rng(0))
    made = answers([telling(s, 25) for s in range(25)], np.zeros((40, 3)), out, 25)
    np.testing.assert_allclose(made, out / 10, atol=1e-12)


def test_a_soft_label_is_the_mean_of_softmax_outputs_not_of_logits():
    models = [SimpleNamespace(predict=lambda x, z=z: np.full((len(x), 2), [z, 0.0])) for z in (0.0, np.log(9), 7.0)]
    made = answers(models, np.zeros((1, 3)), np.array([[True, True, False]]), 2)
    np.testing.assert_allclose(made, [[0.7, 0.3]])  # of .5 and .9; of logits it would be .75


def spied(monkeypatch, change=lambda models: models):
    """The tasks that are trained, and what came of them."""
    seen = []

    def spy(task):
        seen.append((task, change(fit(task))))
        return seen[-1][1]

    monkeypatch.setattr(selena, "fit", spy)
    monkeypatch.setattr(teaching, "fit", spy)
    return seen


def test_what_is_trained_is_sub_models_then_students_of_their_outputs(monkeypatch):
    seen = spied(monkeypatch)
    whole = planted(Selena(submodels=5, outside=2))
    students = trained(whole)
    *phases, (last, _) = seen
    subtasks = [(rows, model) for task, models in phases for rows, model in zip(task.rows, models, strict=True)]
    assert len(subtasks) == 15
    assert len({seed for task, _ in phases for seed in task.seeds} - set(whole.seeds)) == 15
    assert last.seeds == whole.seeds
    for k, student in enumerate(students):
        own = subtasks[5 * k : 5 * k + 5]
        right = 0
        for row in last.rows[k]:
            outside = [model for rows, model in own if row not in rows]
            assert len(outside) == 2
            logits = np.array([m.predict(last.x[last.rows[k]]) for m in outside], np.float64)
            mine = logits[:, list(last.rows[k]).index(row)]
            expected = (np.exp(mine) / np.exp(mine).sum(-1, keepdims=True)).mean(0)
            np.testing.assert_allclose(last.taught[k][row], expected, atol=1e-6)
            right += expected.argmax() == last.y[row]
        assert {row for rows, _ in own for row in rows} == set(last.rows[k])
        assert student.facts == {"trainings": 6, "soft labels right": round(right / 16, 4)}


def test_a_student_learns_what_its_sub_models_know():
    recipe = Recipe(epochs=60, batch=8, learning_rate=0.02)
    task = replace(planted(Selena(submodels=5, outside=2)), recipe=recipe)
    for student, plain in zip(trained(task), trained(replace(task, defense=NoDefense())), strict=True):
        logits = student.predict(task.x)
        assert (logits.argmax(-1) == task.y).mean() > 0.8
        assert student.facts["soft labels right"] > 0.7
        assert not np.array_equal(logits, plain.predict(task.x))


def test_a_model_whose_sub_model_diverges_has_diverged_and_no_other(monkeypatch):
    def change(models):
        if len(models) != 15:
            return models
        return [*models[:7], Diverged("on purpose"), *models[8:]]

    whole = planted(Selena(submodels=5, outside=2))
    expected = trained(whole)
    seen = spied(monkeypatch, change)
    monkeypatch.setattr(selena, "cohort_width", lambda task: 32)
    found = trained(whole)
    assert len(seen) == 2
    assert found[1] == Diverged("a sub-model: on purpose")
    for k in (0, 2):
        np.testing.assert_array_equal(found[k].predict(whole.x), expected[k].predict(whole.x))


def test_students_of_more_than_fits_in_memory_are_the_same(monkeypatch):
    whole = planted(Selena(submodels=5, outside=2))
    expected = trained(whole)
    monkeypatch.setattr(teaching, "BYTES", 1)
    seen = spied(monkeypatch)
    for model, before in zip(trained(whole), expected, strict=True):
        np.testing.assert_array_equal(model.predict(whole.x), before.predict(whole.x))
    assert [len(task) for task, _ in seen if task.taught] == [1, 1, 1]


def test_a_bar_counts_each_epoch_of_the_recipe_once():
    epochs = []
    trained(replace(planted(Selena()), advance=epochs.append))
    assert sum(epochs) == 3 * 2  # models, epochs


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"submodels": 1}, "selena: submodels is 1, expected a whole number from 2 to 1000"),
        ({"outside": 25}, "selena: outside is 25, expected a whole number from 1 to 24"),
        ({"outside": 0}, "selena: outside is 0, expected a whole number from 1 to 24"),
        ({"submodels": 25.0}, "selena: submodels is 25.0, expected a whole number from 2 to 1000"),
        ({"submodels": True}, "selena: submodels is True, expected a whole number from 2 to 1000"),
    ],
)
def test_other_fields_are_refused(fields, sentence):
    with pytest.raises(ValueError) as error:
        Selena(**fields)
    assert str(error.value) == sentence


def test_too_few_training_records_fail_as_a_defense():
    task = planted(Selena())
    with pytest.raises(HookError, match="are too few for 25 sub-models"):
        trained(replace(task, rows=tuple(rows[:1] for rows in task.rows)))
