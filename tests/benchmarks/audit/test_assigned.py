"""Rows of trained_on that are another model's, or the wrong way round, are told; sound ones are not, at a stated rate.
About 5 seconds."""

import re

import numpy as np
import pytest

from benchmarks.audit.assigned import _excess, of_trained_on
from benchmarks.audit.case import Case
from benchmarks.audit.outputs import Answers, Said
from benchmarks.audit.references import References

N, C, R = 400, 4, 8


def case(seed, gap, kind="logits", models=R, design="coins", order=None, inverted=False):
    """Models that answer by `gap` better what they were trained on; their rows of trained_on in some order."""
    rng = np.random.default_rng([5, seed])
    labels, seen, hard = rng.integers(C, size=N), rng.random((models + 1, N)) < 0.5, np.zeros(N)
    if design == "pairs":
        seen[2::2] = ~seen[1:-1:2]
    if design == "hard":  # rows go with how hard records are, one way or the other
        hard = 2 * rng.normal(size=N)
        seen = rng.random((models + 1, N)) < 1 / (1 + np.exp(-hard * rng.choice([-1, 1], size=(models + 1, 1))))
    z = rng.normal(size=(models + 1, N, C))
    z[:, np.arange(N), labels] += 1 + hard + gap * seen
    losses = np.log(np.exp(z).sum(-1)) - z[:, np.arange(N), labels]
    said = {"logits": z, "predicted": z.argmax(-1), "loss": losses}[kind]
    rows = seen[1:] if order is None else seen[1:][order]
    answers = Answers(labels, seen[0], Said(kind, said[0]), {}, None, None, ())
    return Case(answers, References(Said(kind, said[1:]), ~rows if inverted else rows))


@pytest.mark.parametrize("kind", ["logits", "loss", "predicted"])
def test_a_shift_by_one_model_is_told(kind):
    for seed in range(5):
        said = of_trained_on(case(seed, 3.0, kind, order=np.roll(np.arange(R), 1)))
        assert said.startswith("Reference model 1 answers better what model 2 was trained on by trained_on than what ")
        assert re.search(r"was, and so on for [5-7] others: are models and trained_on in the same order\?$", said)


def test_two_models_in_each_others_place_and_rows_the_wrong_way_round():
    swapped = of_trained_on(case(0, 2.0, order=[0, 1, 5, 3, 4, 2, 6, 7]))
    assert "Reference model 3 answers better what model 6 was trained on" in swapped
    assert "and so on for 1 other:" in swapped
    for models in (1, R):
        said = of_trained_on(case(0, 2.0, models=models, inverted=True))
        assert said.startswith("Reference model 1 answers better what it was not trained on by trained_on")
        assert said.endswith("is trained_on the wrong way round?")


@pytest.mark.parametrize("design", ["coins", "pairs", "hard"])
@pytest.mark.parametrize("gap", [0.0, 1.0, 4.0])
def test_sound_rows_are_not_warned_of(gap, design):
    """Of 60 none: at a chance of 1 in 10,000, as is said, the 540 of all warn once with a chance of 5 %."""
    kinds = ("logits", "predicted")
    assert [seed for seed in range(60) if of_trained_on(case(seed, gap, kinds[seed % 2], design=design))] == []


def test_what_is_summed_is_standard_normal_or_less_where_there_is_nothing():
    """Of 3,000 sums on the diagonal 1 % lie beyond the normal's 1 % point, and fewer elsewhere."""
    found = []
    for seed in range(1000):
        rng = np.random.default_rng([6, seed])
        found.append(_excess(rng.normal(size=(3, 100)), (rng.random((3, 100)) < 0.5) * 1.0))
    beyond = np.mean(np.stack(found) > 2.326, axis=0)
    assert 0.0045 < np.diagonal(beyond).mean() < 0.0165  # 14 to 49 of 3,000: P = 0.999
    assert beyond[~np.eye(3, dtype=bool)].mean() < 0.01


def test_sums_are_those_of_a_loop():
    rng = np.random.default_rng(0)
    values, seen = rng.normal(size=(2, 60)), (rng.random((2, 60)) < 0.4) * 1.0
    ranks = values.argsort(1).argsort(1) + 1.0
    high, higher = (
        (ranks[0] @ row - ranks[0].mean() * row.sum())
        / np.sqrt(((ranks[0] - 30.5) ** 2).sum() * ((row - row.mean()) ** 2).sum() / 59)
        for row in (seen[1], seen[1] - seen[0])
    )
    assert _excess(values, seen)[0, 1] == pytest.approx(min(high, higher), rel=1e-12)
