"""Predicted memory against a count by hand and against what a process really takes."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode

from benchmarks.speed.peak import PROMPT
from defenses import NoDefense
from models import Mlp, Recipe, Task
from models.memory import _Peak, bytes_per_model, free

MEASURE = """
import gc
from threading import Event
import numpy as np, torch
from defenses import NoDefense
from models import AlexNet, Mlp, Recipe, Task
from models.memory import bytes_per_model
from models.records import Inputs, Records
from models.training import train_cohort

torch.set_num_threads(1)
network, shape, batch, models = {case}

def task(epochs, network, models):
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 2, (batch, *shape), dtype=np.uint8), rng.integers(0, 10, batch)
    rows, seeds = (np.arange(batch),) * models, tuple(range(models))
    recipe = Recipe(epochs=epochs, batch=batch, learning_rate=1e-4)
    return Task(x, y, 10, (1.0,), (0.0,), rows, seeds, network, recipe, NoDefense())

def train(task):
    inputs = Inputs(task.scale, task.shift, torch.device("cpu"), task.dtype)
    records = Records(task.x, task.y, inputs, ())
    train_cohort(task, range(len(task.rows)), records, True, lambda _: None, Event())

def resident(field):
    with open("/proc/self/status") as lines:
        return next(1024 * int(line.split()[1]) for line in lines if line.startswith(field))

predicted = models * bytes_per_model(task(2, network, models))
train(task(2, network, models))  # libraries load and compile what they need
gc.collect()
before = resident("VmRSS")
with open("/proc/self/clear_refs", "w") as peak:
    peak.write("5")  # forgets the peak so far
train(task(2, network, models))
print(resident("VmHWM") - before, predicted)
"""


def test_storages_are_counted_once_and_until_they_go():
    with FakeTensorMode(), _Peak() as memory:
        a = torch.ones(100)  # 400 bytes
        b = a + 1  # 800
        view = b[:50]
        assert memory.alive == 800
        del a  # 400
        c = view * 2  # 600
        del b, view, c
        assert memory.alive == 0
    assert memory.peak == 800


def test_memory_that_an_earlier_cohort_left_is_free(monkeypatch):
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (20, 100))  # 10 are another process's
    monkeypatch.setattr(torch.cuda, "memory_reserved", lambda device: 70)
    monkeypatch.setattr(torch.cuda, "memory_allocated", lambda device: 5)
    assert free(torch.device("cuda")) == 85


def test_a_linear_model_by_hand():
    records, n, batch = np.zeros((40, 16), dtype=np.uint8), 20, 16
    recipe = Recipe(epochs=1, batch=batch, learning_rate=0.1, optimizer="sgd")
    task = Task(
        records, np.zeros(40, int), 16, (1.0,), (0.0,), (np.arange(n),), (0,), Mlp(hidden=()), recipe, NoDefense()
    )
    weights = (16 * 16 + 16) * 4
    order = 8 * n
    least = 2 * weights + batch * 16 * 4 + order  # the gradients, and the batch that they are made from
    assert least < bytes_per_model(task) < least + 4 * batch * 16 * 4  # logits and temporaries of the loss


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="the peak is read from Linux's /proc")
@pytest.mark.parametrize(
    "case", ["Mlp(), (600,), 200, 24", "AlexNet(), (16, 16, 3), 32, 4"], ids=["wide weights", "wide activations"]
)
def test_a_process_takes_what_was_predicted(case):
    run = subprocess.run(
        [sys.executable, "-c", MEASURE.format(case=case)],
        capture_output=True,
        text=True,
        check=True,
        timeout=300,
        env={**os.environ, **PROMPT},
    )
    measured, predicted = map(int, run.stdout.split())
    print(f"measured {measured / 2**20:.0f} MiB, predicted {predicted / 2**20:.0f} MiB")
    assert measured == pytest.approx(predicted, rel=0.1)
