"""Models of the engine and of the textbook loop agree in accuracy and in what an attack gets out of them."""

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.speed import comparison
from benchmarks.training.suites import find
from datasets import load

MARGIN = 0.03  # that no interval may leave, so that a wide one proves nothing


def test_welch_interval_by_hand():
    a, b = np.array([3.0, 4.0, 5.0]), np.array([1.0, 2.0, 3.0])  # variances 1, so sqrt(2/3), 4 degrees of freedom
    low, high = comparison.welch(a, b, 0.95)
    assert (low, high) == pytest.approx((2 - 2.776445 * (2 / 3) ** 0.5, 2 + 2.776445 * (2 / 3) ** 0.5), abs=1e-5)


def test_welch_interval_of_constants_is_their_difference():
    assert comparison.welch(np.ones(3), np.ones(5), 0.95) == (0, 0)
    assert comparison.welch(np.ones(3), np.zeros(5), 0.95) == (1, 1)


def test_a_model_that_remembers_its_half_is_measured_as_known_beforehand():
    pool = comparison.reduced(load("digits", None), 40)
    sample = comparison.Comparison(find("digits"), 20, 1, 3)

    def remember(halves):
        logits = np.zeros((len(halves), len(pool.y), pool.classes), np.float32)
        for own, rows in zip(logits, halves, strict=True):
            own[:, 0] = 1  # says 0 of whatever it has not seen
            own[rows, 0] = 0
            own[rows, pool.y[rows]] = 9
        return list(logits)

    train, test, auc = comparison._measures(sample, pool, remember, 0)
    assert (train == 1).all()
    assert (auc == 1).all()
    assert (test < 0.5).all()


def test_compare_gives_a_row_for_each_precision_and_measure():
    pool = comparison.reduced(load("digits", None), 120)
    rows = list(comparison.compare(comparison.Comparison(find("digits"), 60, 1, 2), pool, "cpu"))
    assert [(r["precision"], r["measure"]) for r in rows] == [
        (p, m) for p in ("fp32", "mixed") for m in comparison.MEASURES
    ]
    assert all(r["low"] <= r["difference"] <= r["high"] for r in rows)


def test_engines_with_another_number_of_epochs_do_not_agree():
    pool = comparison.reduced(load("digits", None), 400)
    sample = comparison.Comparison(find("digits"), 200, 30, 6)
    longer = comparison._measures(sample, pool, lambda h: comparison._engine(sample, pool, "cpu", "fp32", h), 0)
    shorter = replace(sample, epochs=3)
    short = comparison._measures(shorter, pool, lambda h: comparison._textbook(shorter, pool, "cpu", h), 1)
    low, high = comparison.welch(longer[1], short[1], comparison.LEVEL)
    assert low > 0 or high < 0


@pytest.mark.slow
def test_engine_and_textbook_loop_agree_on_mnist_and_location30():
    folder = os.environ.get("MIA_ARENA_DATA")
    if folder is None:
        pytest.skip("set MIA_ARENA_DATA to the folder of mnist.npz and location30.npz")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        rows = comparison.all_rows(Path(folder), "cpu")
    finally:
        torch.set_num_threads(before)
    assert len(rows) == comparison.FAMILY
    for row in rows:
        print(row)
        assert row["low"] <= 0 <= row["high"], row
        assert max(-row["low"], row["high"]) < MARGIN, row
