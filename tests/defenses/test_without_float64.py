"""No defense trains with float64 tensors, which Apple's GPU does not have; what is drawn on the CPU may be."""

from dataclasses import replace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from benchmarks.naming.registry import DEFENSES, choose
from defenses import memguard, trained
from defenses.check import planted
from defenses.registry import BUILTIN
from models import fitting

DRAWN = {"aten.rand.generator", "aten.lt.Scalar"}  # who is in a batch of DP-SGD: see models.private.batches

NAMES = [name for name in BUILTIN if name != "advreg"] + ["advreg(passes=1, steps=1)"]  # which takes many steps else


class Single(TorchDispatchMode):
    """Refuses operations that make float64."""

    def __torch_dispatch__(self, func, types, args=(), kwargs=None):
        made = func(*args, **(kwargs or {}))
        for tensor in made if isinstance(made, (tuple, list)) else (made,):
            if isinstance(tensor, torch.Tensor) and tensor.dtype == torch.float64 and str(func) not in DRAWN:
                raise AssertionError(f"{func} made float64")
        return made


@pytest.fixture(autouse=True)
def _in_this_thread(monkeypatch):
    """A dispatch mode is one thread's, and slow."""
    from threading import Event

    monkeypatch.setattr(memguard, "RECIPE", replace(memguard.RECIPE, epochs=1))  # one says as much as 400
    monkeypatch.setattr(fitting, "side_by_side", lambda parts, do: [one for p in parts for one in do(p, Event())])


def test_it_would_be_seen():
    with pytest.raises(AssertionError, match="made float64"), Single():
        torch.zeros(3).double()


@pytest.mark.parametrize("defense", choose(DEFENSES, NAMES), ids=lambda plugin: plugin.name)
def test_defenses_train_in_float32(defense):
    task = planted(defense.value)
    with Single():
        assert len(trained(task)) == len(task)
