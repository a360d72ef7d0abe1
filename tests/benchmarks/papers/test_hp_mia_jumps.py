"""Jumps of a loss by hand, and the losses of a small model as they are. Seconds: 4."""

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from benchmarks.naming.registry import DEFENSES, builtin
from benchmarks.papers.hp_mia.jumping import MODELS, PRECISIONS, compared, jumps, losses_of
from benchmarks.training.plan import make
from benchmarks.training.suites import find
from datasets import SixSplit
from models import Mlp, Recipe

FLAT = [1e-3] * 40


def with_(changes):
    losses = list(FLAT)
    for epoch, loss in changes.items():
        losses[epoch] = loss
    return losses


@pytest.mark.parametrize(
    ("losses", "count"),
    [
        (FLAT, 0),
        (with_({30: 0.02}), 1),
        (with_({30: 0.02, 31: 0.02, 32: 0.02}), 1),  # on end
        (with_({25: 0.02, 39: 0.02}), 2),
        (with_({19: 0.02}), 0),  # before the last 20
        (with_({20: 0.02}), 1),
        (with_({30: 0.0099}), 0),  # not more than ten times
        ([1e-6] * 39 + [5e-4], 0),  # nothing to be seen
    ],
)
def test_jumps_by_hand(losses, count):
    assert jumps(losses) == count


def test_models_are_counted_and_compared():
    text = compared({"fp32": [FLAT] * 16, "mixed": [with_({25: 0.02, 39: 0.02})] * 8 + [FLAT] * 8})
    assert "| fp32 | 16 | 0 | 0 |" in text
    assert "| mixed | 16 | 8 | 16 |" in text
    assert "p = 0.00245" in text  # 2 * C(16, 8) / C(32, 8)


def test_the_published_table_is_that_of_the_published_losses():
    folder = Path("results/hp-mia/jumps")
    stored = {
        precision: [json.loads((folder / f"{precision}-{n}.json").read_text())["losses"] for n in range(1, MODELS + 1)]
        for precision in PRECISIONS
    }
    assert (folder / "jumps.md").read_text().startswith(compared(stored))


def test_a_loss_is_that_after_each_epoch():
    suite = replace(find("digits"), network=Mlp((8,)), recipe=Recipe(4, 20, 0.01), protocol=SixSplit(60))
    none = builtin(DEFENSES, "none")
    plan = make(replace(suite, trials=1, references=1), suite.pool(None), none, (), "adaptive", 0)
    two = list(plan.trainings.values())[:2]
    losses = losses_of(two, "fp32")
    for of in losses:
        assert len(of) == 4
        assert 0 < of[-1] < of[0] < np.log(10) + 1
    without = (
        not torch.ops.mkldnn._is_mkldnn_bf16_supported()
    )  # where the products of "mixed" are float32, as Recipe says
    assert (losses_of(two, "mixed") == losses) == without
    np.testing.assert_allclose(losses_of(two[1:], "fp32")[0], losses[1], rtol=1e-5)
