"""Query sets against answers worked by hand; what is asked about a record depends on that record alone."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

import attacks
from benchmarks.naming import registry
from benchmarks.training import jobs
from benchmarks.training import queries as queries_module
from benchmarks.training.plan import Asked
from benchmarks.training.queries import QuerySet, adopt, canonical, made, query_set, unfit
from benchmarks.training.request import Request
from datasets import Pool
from models import HookError, fit, predict_all


def pool(x, scale=(1.0,)):
    return Pool("mine", x, np.zeros(len(x), np.int64), 2, scale, (0.0,), "me", "mine")


def queries(name, x, scale=(1.0,)):
    """(Q, n, ...)."""
    return np.stack(list(made(name, x, pool(x.copy(), scale))))


def images(n=3, size=5, kind=np.uint8, seed=0):
    return np.random.default_rng(seed).integers(0, 200, (n, size, size, 2)).astype(kind)


def moved(image, down, right, outside):
    """Pixel by pixel."""
    out = np.empty_like(image)
    height, width = image.shape[:2]
    for i in range(height):
        for j in range(width):
            a, b = i - down, j - right
            inside = 0 <= a < height and 0 <= b < width
            near = image[min(max(a, 0), height - 1), min(max(b, 0), width - 1)]
            out[i, j] = image[a, b] if inside else near if outside == "nearest" else 0
    return out


def test_flips_and_shifts_pixel_by_pixel():
    x = images()
    steps = [(down, right) for down in (0, 1, -1) for right in (0, 1, -1)]
    expected = [[moved(i, *step, "zeros") for i in of] for of in (x, x[:, :, ::-1]) for step in steps]
    np.testing.assert_array_equal(queries("flips-shifts", x), expected)


@pytest.mark.parametrize("d", [1, 2, 7])
def test_shifts_pixel_by_pixel(d):
    x = images()
    found = queries(f"shifts(d={d})", x)
    steps = [(0, 0)] + [(i, j) for i in range(-d, d + 1) for j in range(-d, d + 1) if abs(i) + abs(j) == d]
    assert len(found) == 4 * d + 1
    np.testing.assert_array_equal(found, [[moved(i, *step, "nearest") for i in x] for step in steps])


def test_rotations_by_right_angles_and_between_them():
    x = images(size=6)
    found = queries("rotations(r=90)", x)
    assert found.shape[0] == 181
    assert found.dtype == x.dtype
    np.testing.assert_array_equal(found[90], x)
    np.testing.assert_array_equal(found[0], np.rot90(x, -1, axes=(1, 2)))
    np.testing.assert_array_equal(found[-1], np.rot90(x, 1, axes=(1, 2)))
    assert len(queries("rotations", x)) == 19
    ramp = np.broadcast_to(np.arange(9, dtype=np.float32)[None, :, None, None], (1, 9, 9, 1))
    turned = queries("rotations(r=1)", ramp.copy())[-1][0, 1:-1, 1:-1, 0]  # a plane stays a plane
    rows, columns = np.indices((9, 9))[:, 1:-1, 1:-1] - 4
    angle = np.deg2rad(1)
    np.testing.assert_allclose(turned, 4 + np.cos(angle) * rows + np.sin(angle) * columns, atol=1e-4)


BITS = np.random.default_rng(1).integers(0, 2, (40, 30)).astype(np.uint8)


@pytest.mark.parametrize(("name", "x"), [("noise(m=4)", images()), ("noise(m=4)", BITS), ("bit-flips(m=4)", BITS)])
def test_what_is_drawn_follows_from_the_record_alone(name, x):
    whole = queries(name, x)
    np.testing.assert_array_equal(queries(name, x[::-1]), whole[:, ::-1])
    np.testing.assert_array_equal(queries(name, x[1:2]), whole[:, 1:2])
    np.testing.assert_array_equal(queries(name.replace("4", "6"), x)[:4], whole)  # the first stay the same
    differ = [np.ravel(q - x.astype(float)) for q in whole]
    assert all(np.any(a != b) for a, b in pairwise(differ))
    twice = queries(name, np.concatenate([x[:2], x[:1]]))
    np.testing.assert_array_equal(twice[:, 0], twice[:, 2])
    assert np.any(twice[:, 0] - x[0].astype(float) != twice[:, 1] - x[1].astype(float))


def test_noise_has_its_deviation_in_what_the_network_sees():
    x, scale = images(n=40, size=8), (1 / 16, 1 / 255)
    drawn = (queries("noise(sigma=0.1)", x, scale) - x.astype(float)) * scale
    assert drawn.shape[0] == 50
    for channel in range(2):
        of = drawn[..., channel]
        assert abs(of.std() / 0.1 - 1) < 4 / np.sqrt(2 * of.size)
        assert abs(of.mean()) < 4 * 0.1 / np.sqrt(of.size)


def test_bits_flip_as_often_as_is_asked():
    found = queries("bit-flips(count=6)", BITS)
    assert found.dtype == np.uint8
    assert set(np.unique(found)) == {0, 1}
    share, draws = (found != BITS).mean(), found.size
    assert abs(share - 0.2) < 4 * np.sqrt(0.2 * 0.8 / draws)
    np.testing.assert_array_equal(queries("bit-flips(count=30, m=1)", BITS)[0], 1 - BITS)


def test_unfit_data_are_named_in_one_sentence():
    table, pictures, bits = (pool(x) for x in (BITS * np.float32(0.5), images(), BITS.copy()))
    assert unfit("rotations(r=2)", table) == "asks rotations(r=2), which need images; the records are (30,)"
    zero_or_one = "asks bit-flips, which need features that are 0 or 1; the records hold numbers from 0 to 0.5"
    assert unfit("bit-flips", table) == zero_or_one
    few = "asks bit-flips(count=31), which need 31 features or more; the records have 30"
    assert unfit("bit-flips(count=31)", bits) == few
    small = "asks shifts(d=5), which need images of more than 5 pixels a side; the records are 5 x 5"
    assert unfit("shifts(d=5)", pictures) == small
    assert unfit("shifts(d=4)", pictures) == ""
    assert unfit("rotatoins", pictures).startswith("needs queries that are not there: ")
    assert "did you mean rotations?" in unfit("rotatoins", pictures)
    for name in ("clean", "noise", "bit-flips"):
        assert unfit(name, bits) == ""
    for name in ("flips-shifts", "shifts", "rotations", "noise"):
        assert unfit(name, pictures) == ""


@pytest.mark.parametrize("name", ["noise(sigma=0)", "noise(m=0)", "bit-flips(count=inf)", "rotations(0)", "shifts(0)"])
def test_senseless_values_are_refused(name):
    with pytest.raises(ValueError, match=r"expected .*, got"):
        query_set(name)


def test_spelling_out_a_default_makes_no_other_key():
    plan = Request("digits", queries=("rotations", "rotations(r=9)", "noise(m=50,sigma=0.05)", "shifts(d=2)")).plan()
    assert [asked.query for asked in plan.asked] == ["clean", "rotations", "noise", "shifts(2)"]
    training = plan.trainings["none", 0]
    assert training.outputs_key(Asked(canonical("noise(0.05)"))) == training.outputs_key(Asked("noise"))
    assert len({training.outputs_key(asked) for asked in plan.asked}) == 4


@pytest.mark.parametrize("name", attacks.BUILTIN)
def test_what_the_attacks_ask_is_there(name):
    for query in registry.builtin(registry.ATTACKS, name).value.queries:
        assert canonical(canonical(query)) == canonical(query)


class Broken:
    def __init__(self, said):
        self.said = said

    def make(self, x, pool):
        yield from self.said(x)


@pytest.mark.parametrize(
    ("said", "sentence"),
    [
        (lambda x: [x, x[:1]], "queries mine: expected numbers .*, got"),
        (lambda x: [x, 3], "queries mine: expected numbers .*, got 3"),
        (lambda x: [], "queries mine: expected one query or more, got none"),
        (lambda x: [1 / 0], "queries mine: ZeroDivisionError: division by zero"),
    ],
)
def test_a_query_set_that_breaks_is_named(said, sentence, monkeypatch):
    monkeypatch.setattr("benchmarks.training.queries.query_set", lambda name: adopt(Broken(said)))
    with pytest.raises(HookError, match=sentence):
        list(made("mine", BITS, pool(BITS.copy())))


def test_what_is_no_query_set_is_refused():
    assert isinstance(adopt(Broken(None)), QuerySet)
    with pytest.raises(ValueError, match="expected an object with make"):
        adopt(3)
    with pytest.raises(ValueError, match="expected an object with make"):
        registry.find(registry.QUERIES, "math:pi")


def test_queries_too_large_to_hold_are_the_same(monkeypatch):
    plan = Request("digits").plan()
    asked = Asked("noise(m=3)")
    held = [x.copy() for x in jobs._queries(plan, asked)()]
    monkeypatch.setattr(jobs, "HELD", 1)
    anew = jobs._queries(plan, asked)
    for _ in range(2):
        np.testing.assert_array_equal(list(anew()), held)


@pytest.mark.parametrize(
    ("held", "groups"), [(1, [1, 1, 1, 1, 1]), (2 * 3 * 40 * 10 * 4, [1, 2, 2]), (1 << 30, [1, 4])]
)
def test_models_answer_many_queries_together_as_each_alone(held, groups, monkeypatch):
    plan = Request("digits").plan()
    trainings = list(plan.trainings.values())[:5]
    task = jobs.task_of(trainings, "cpu")
    good = list(zip(trainings, fit(replace(task, recipe=replace(task.recipe, epochs=1))), strict=True))
    asked, x = [], plan.pool.x[:40]
    several = [x, x + 1, x[::-1]]

    def together(predictors, inputs):
        asked.append(len(predictors))
        return predict_all(predictors, inputs)

    monkeypatch.setattr(jobs, "predict_all", together)
    monkeypatch.setattr(jobs, "HELD", held)
    answers = list(jobs._answers(good, lambda: several))
    assert asked == [size for size in groups for _ in several]
    assert [training for training, _ in answers] == trainings
    for (_, predictor), (_, said) in zip(good, answers, strict=True):
        np.testing.assert_array_equal(said, np.stack([predictor.predict(of) for of in several], axis=1))


class Torn(QuerySet):
    """Makes what it is told to."""

    def __init__(self, make):
        self.make = make


def raises(x, pool):
    raise KeyError("no such\nthing")
    yield x


@pytest.mark.parametrize(
    ("make", "why"),
    [
        (lambda x, pool: iter([x[:3]]), "expected numbers (5, 5, 5, 2), got (3, 5, 5, 2)"),
        (lambda x, pool: iter([x.astype(str)]), "expected numbers (5, 5, 5, 2), got (5, 5, 5, 2)"),
        (lambda x, pool: iter([]), "expected one query or more, got none"),
        (raises, "KeyError: "),
    ],
)
def test_a_query_set_whose_code_breaks_is_known_before_anything_is_trained(make, why, monkeypatch):
    pictures = pool(images(n=9))
    monkeypatch.setattr(queries_module, "query_set", lambda name: Torn(make))
    for found in (unfit("torn", pictures), queries_module.broken("torn", pictures)):
        assert found.startswith(f"asks queries that break: queries torn: {why}")
        assert "\n" not in found
    monkeypatch.setattr(queries_module, "query_set", lambda name: Torn(lambda x, pool: iter([x, x])))
    assert unfit("torn", pictures) == ""
