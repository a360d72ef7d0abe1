"""Two processes on one GPU train what one does. Needs a CUDA device; seconds: 20."""

import numpy as np
import pytest
import torch

from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.executors.processes import Processes
from benchmarks.training.request import Request
from benchmarks.training.standing import outputs_of
from benchmarks.training.store import Store

pytestmark = pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")


def test_two_processes_on_one_gpu_train_what_one_does(tmp_path):
    request = Request("digits", ("l2",), references=8, trials=2, epochs=2)
    plan = request.plan()
    stores = [Store(tmp_path / name) for name in ("one", "two")]
    for store, places in zip(stores, (Here("cuda:0"), Processes(("cuda:0", "cuda:0"))), strict=True):
        assert runner.train(plan, request, store, places) == []
    for key in outputs_of(plan.by_key.values(), plan):
        one, two = (store.outputs.array(key, "logits.npy") for store in stores)
        np.testing.assert_allclose(one, two, rtol=1e-3, atol=1e-3)
