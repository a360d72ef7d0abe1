"""What a defense at work is handed, and what becomes of what it returns."""

import hashlib
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import torch

from defenses import Defense, NoDefense, ReleaseContext, adopt, released, trained
from defenses.check import planted
from models import Diverged, HookError, Predictor, fit, predict_all
from models.process import Modes

LOGITS = np.arange(12, dtype=np.float32).reshape(4, 3)
QUERIES = np.arange(8, dtype=np.uint8).reshape(4, 2)


def context(queries=QUERIES, key=1, predict=lambda x: x):
    return ReleaseContext(queries, predict, (queries[:2], np.zeros(2)), (queries[:0], np.zeros(0)), key)


def releasing(made):
    return adopt(SimpleNamespace(release=lambda context, logits: made(logits)))


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda x: np.where(x > 6, np.inf, x), "expected finite released logits, got NaN or infinite for 2 records"),
        (
            lambda x: np.where(x > 6, 1e300, x.astype(np.float64)),
            "expected finite released logits, got NaN or infinite for 2 records",
        ),
        (lambda x: x[:, 0], "expected (4, 3) released logits, got (4,) float32"),
        (lambda x: None, "expected (4, 3) released logits, got () object"),
        (lambda x: [[1, 2], [3]], "released logits: ValueError: "),
        (
            lambda x: x.softmax(),
            "AttributeError: 'numpy.ndarray' object has no attribute 'softmax' (test_defenses_runni",
        ),
        (lambda x: exit(0), "SystemExit: 0 ("),
        (lambda x: next(iter(())), "StopIteration ("),
        (lambda x: np.ma.array(x, mask=x > 6), "expected an array of released logits, got a MaskedArray"),
    ],
)
def test_a_release_of_what_is_unusable_is_answered_in_a_sentence(made, sentence):
    with pytest.raises(HookError) as error:
        released(releasing(made), context(), LOGITS)
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)


def test_what_is_let_out_is_float32_and_ones_own():
    made = released(releasing(lambda x: x.astype(np.float64) / 2), context(), LOGITS)
    assert (made.shape, made.dtype) == ((4, 3), np.float32)
    before = LOGITS.copy()
    made = released(NoDefense(), context(), LOGITS)
    made[:] = 0
    released(releasing(lambda x: x.fill(0) or x), context(), LOGITS)
    np.testing.assert_array_equal(LOGITS, before)


def test_nothing_in_a_context_reaches_the_records():
    queries = QUERIES.copy()

    class Writing(Defense):
        def release(self, context, logits):
            for array in (context.inputs, *context.members, *context.spare, context.predict(context.inputs)):
                torch.from_numpy(array).zero_()
            torch.set_default_dtype(torch.float64)
            return logits

    modes = Modes.now()
    released(Writing(), context(queries), LOGITS)
    np.testing.assert_array_equal(queries, QUERIES)
    assert Modes.now() == modes


def test_random_numbers_are_a_function_of_the_key_the_record_and_the_call():
    rng = np.random.default_rng(0)
    queries = rng.integers(0, 9, (50, 3), dtype=np.uint8)
    queries[7] = queries[3]
    whole = context(queries)
    first, second = whole.uniform(4), whole.uniform(4)
    assert (first.shape, first.dtype) == ((50, 4), np.float32)
    np.testing.assert_array_equal(first[7], first[3])
    assert not np.array_equal(first, second)
    assert not np.array_equal(first, context(queries, key=2).uniform(4))
    for i in range(50):
        np.testing.assert_array_equal(context(queries[i : i + 1]).uniform(4)[0], first[i])
    np.testing.assert_array_equal(context(queries[::-1]).uniform(4), first[::-1])
    record = queries[0]  # by hand
    secret = hashlib.sha256(b"1 1").digest()
    key = int.from_bytes(hashlib.blake2b(record.tobytes(), digest_size=16, key=secret).digest(), "little")
    expected = np.random.Generator(np.random.Philox(key=key)).random(4, dtype=np.float32)
    np.testing.assert_array_equal(first[0], expected)


def test_random_numbers_are_uniform_and_unrelated_between_records():
    queries = np.arange(2000, dtype=np.int64)[:, None]
    numbers = context(queries).uniform(10).astype(float)
    assert ((numbers >= 0) & (numbers < 1)).all()
    assert abs(numbers.mean() - 0.5) < 0.01
    assert abs(numbers.var() - 1 / 12) < 0.003
    assert abs(np.corrcoef(numbers[:-1, 0], numbers[1:, 0])[0, 1]) < 0.08
    assert context(queries).uniform().shape == (2000,)
    assert context(queries[:0]).uniform(3).shape == (0, 3)


def test_the_model_is_asked_in_groups_of_one_size():
    sizes = []

    def predict(x):
        sizes.append(len(x))
        return x[:, :1].astype(np.float32)

    queries = np.arange(70, dtype=np.uint8)[:, None]
    np.testing.assert_array_equal(context(queries, predict=predict).predict(queries), queries)
    assert sizes == [32, 32, 32]
    assert context(queries, predict=predict).predict(queries[:0]).shape == (0, 1)


class Averages:
    """A predictor of its own: the nearest class mean."""

    def __init__(self, x, y, facts):
        self.means = np.stack([x[y == c].mean(0) for c in range(3)])
        self.facts = facts

    def predict(self, x):
        return -((x[:, None] - self.means) ** 2).mean(-1) / 100


class Nearest(Defense):
    """A procedure of two phases: class means, then a temperature chosen on the validation records."""

    def train(self, task, rngs):
        models = []
        for rows, own, rng in zip(task.rows, task.validation, rngs, strict=True):
            model = Averages(task.x[rows], task.y[rows], {})
            right = (model.predict(task.x[own]).argmax(-1) == task.y[own]).mean()
            model.facts = {"validation": float(right), "draw": float(rng.random())}
            models.append(model)
        return models


def test_a_procedure_may_return_predictors_of_its_own():
    task = planted(Nearest())
    models = trained(task)
    for k, model in enumerate(models):
        logits = model.predict(task.x)
        assert (logits.shape, logits.dtype) == ((90, 3), np.float32)
        assert (logits.argmax(-1) == task.y).mean() > 0.8
        assert set(model.facts) == {"validation", "draw"}
        (alone,) = trained(task.only(k))
        assert alone.facts == model.facts
        np.testing.assert_array_equal(alone.predict(task.x), logits)
    assert len({model.facts["draw"] for model in models}) == 3
    for model, logits in zip(models, predict_all(models, task.x), strict=True):
        np.testing.assert_array_equal(model.predict(task.x), logits)


class Cooled(Predictor):
    def __init__(self, own):
        super().__init__(own.stack, own.row, own.inputs)

    def predict(self, x):
        return super().predict(x) / 2


def halved(model):
    predict = model.predict
    model.predict = lambda x: predict(x) / 2
    return model


@pytest.mark.parametrize("change", [Cooled, halved])
def test_a_changed_predict_is_what_is_asked(change):
    task = planted(returning(lambda task: [change(one) for one in fit(task)]))
    expected = [own.predict(task.x) for own in fit(replace(task, defense=NoDefense()))]
    for whole, logits in zip(expected, predict_all(trained(task), task.x), strict=True):
        np.testing.assert_array_equal(logits, whole / 2)


def test_a_procedure_sees_nothing_but_what_its_defenders_own():
    seen = []

    class Looking(Defense):
        def train(self, task, rngs):
            seen.append(task)
            return fit(task)

    task = planted(Looking()).only(1)
    expected = fit(replace(task, defense=NoDefense()))[0].predict(task.x)
    np.testing.assert_array_equal(trained(task)[0].predict(task.x), expected)
    (shown,) = seen
    own = [*task.rows[0], *task.validation[0], *task.spare[0]]
    assert len(shown.x) == len(own) == 30
    for part in ("rows", "validation", "spare"):
        rows, before = getattr(shown, part)[0], getattr(task, part)[0]
        np.testing.assert_array_equal(shown.x[rows], task.x[before])
        np.testing.assert_array_equal(shown.y[rows], task.y[before])
    trained(replace(task, validation=(), spare=()))
    assert [len(a[0]) for a in (seen[1].rows, seen[1].validation, seen[1].spare)] == [16, 0, 0]


def test_a_hostile_procedure_changes_neither_the_pool_nor_the_process():
    class Hostile(Defense):
        def train(self, task, rngs):
            for array in (task.x, task.y, *task.rows, *task.spare):
                torch.from_numpy(array).zero_()
            torch.set_default_dtype(torch.float64)
            torch.use_deterministic_algorithms(True)
            torch.manual_seed(1)
            return [Diverged("on purpose")] * 3

    task = planted(Hostile())
    arrays = (task.x, task.y, *task.rows, *task.validation, *task.spare)
    before, modes, state = [a.tobytes() for a in arrays], Modes.now(), torch.get_rng_state()
    trained(task)
    assert [a.tobytes() for a in arrays] == before
    assert Modes.now() == modes
    assert torch.equal(torch.get_rng_state(), state)


def returning(made):
    return adopt(SimpleNamespace(train=lambda task, rngs: made(task)))


class Without:
    """A model that has one thing not."""

    def __init__(self, name):
        self.name = name

    def __getattribute__(self, name):
        if name == object.__getattribute__(self, "name"):
            raise GeneratorExit("not there")
        return {} if name == "facts" else len if name == "predict" else object.__getattribute__(self, name)


def model(predict, facts=None):
    return SimpleNamespace(predict=predict, facts={} if facts is None else facts)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (lambda task: None, "train: expected 3 results, one a model, got NoneType"),
        (lambda task: fit(task)[:2], "train: expected 3 results, one a model, got 2"),
        (lambda task: [None] * 3, "train: expected models with predict(x), or Diverged, got NoneType"),
        (lambda task: [model(len, {"eps": np.float64(1)})] * 3, "train: expected facts to be a dict of plain values"),
        (lambda task: [model(len, {"eps": float("inf")})] * 3, "train: expected facts to be a dict of plain values"),
        (
            lambda task: [model(len, {"eps": "\x1b[31m"})] * 3,
            "train: expected facts to be a dict of plain values, got {'eps'",
        ),
        (lambda task: [model(len, {"eps\n": 1})] * 3, "train: expected facts to be a dict of plain values"),
        (lambda task: [model(len, {"eps": 10**5000})] * 3, "train: expected facts to be a dict of plain values"),
        (lambda task: [Without("facts")] * 3, "train: GeneratorExit: not there (test_defenses_running.py:"),
        (lambda task: [Without("predict")] * 3, "train: GeneratorExit: not there (test_defenses_running.py:"),
        (lambda task: 1 / 0, "ZeroDivisionError: division by zero (test_defenses_running.py:"),
    ],
)
def test_a_procedure_that_returns_what_is_unusable_is_answered_in_a_sentence(made, sentence):
    with pytest.raises(HookError) as error:
        trained(planted(returning(made)))
    assert str(error.value).startswith(sentence)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("predict", "sentence"),
    [
        (lambda x: x, "expected (90, 3) predicted logits, got (90, 6) uint8"),
        (
            lambda x: np.full((len(x), 3), np.nan),
            "expected finite predicted logits, got NaN or infinite for 90 records",
        ),
        (lambda x: x.logits, "AttributeError: "),
    ],
)
def test_a_predictor_that_returns_what_is_unusable_is_answered_in_a_sentence(predict, sentence):
    task = planted(returning(lambda task: [model(predict)] * 3))
    with pytest.raises(HookError) as error:
        trained(task)[0].predict(task.x)
    assert str(error.value).startswith(sentence)


def test_a_predictor_cannot_reach_the_records_that_it_is_asked():
    task = planted(returning(lambda task: [model(lambda x: x.fill(0) or np.zeros((len(x), 3)))] * 3))
    before = task.x.copy()
    trained(task)[0].predict(task.x)
    np.testing.assert_array_equal(task.x, before)


@pytest.mark.parametrize(("count", "runs"), [(1, 1), (5, 1), (6, 2), (12, 3)])
def test_a_model_is_asked_by_its_defense_in_runs_of_one_size(count, runs):
    sizes, queries = [], np.arange(2 * count, dtype=np.uint8).reshape(count, 2)

    def predict(x):
        sizes.append(len(x))
        return x.astype(np.float32)

    nobody = queries[:0], np.zeros(0)
    asked = ReleaseContext(queries, predict, nobody, nobody, 1, group=5).predict(queries)
    np.testing.assert_array_equal(asked, queries)
    assert sizes == [5] * runs
