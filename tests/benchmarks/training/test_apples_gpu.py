"""--device mps: what is said where there is none, and what would be done where there is one; it never ran on one."""

import numpy as np
import pytest
import torch

from benchmarks.run import main
from benchmarks.training import facts
from benchmarks.training.executors import Here
from benchmarks.training.executors.places import place
from models import Mlp, Recipe, Task
from models.batch import Draws
from models.hooks import Standard
from models.records import as_tensor
from models.training import _mixed

MPS = torch.device("mps")


@pytest.fixture
def apple(monkeypatch):
    """A machine with Apple's GPU, whose tensors lie on the CPU; yields where tensors were sent, with their types."""
    sent, to = [], torch.Tensor.to

    def moved(tensor, *of, **options):
        device = next((each for each in of if isinstance(each, torch.device)), None)
        if device != MPS:
            return to(tensor, *of, **options)
        sent.append(tensor.dtype)
        return tensor

    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: True)
    monkeypatch.setattr(torch.Tensor, "to", moved)
    return sent


def test_where_there_is_none_it_is_refused_in_one_sentence(monkeypatch, tmp_path, capsys):
    monkeypatch.setattr(torch.backends.mps, "is_available", lambda: False)
    assert main(["--device", "mps", "--store", str(tmp_path / "store"), "--output", str(tmp_path / "out")]) == 2
    said = "error: --device: got 'mps', Apple's GPU, but torch sees none here; try auto or cpu\n"
    assert capsys.readouterr().err == said
    assert list(tmp_path.rglob("*.npy")) == []


@pytest.mark.usefixtures("apple")
def test_where_there_is_one_it_is_taken_when_it_is_named_and_never_by_itself(monkeypatch, tmp_path):
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 0)
    assert place("auto", "mps", None, tmp_path) == Here("mps")
    assert facts.devices_of("auto") == ("cpu",)
    assert facts.device_name("mps") == "Apple GPU (MPS)"
    with pytest.raises(ValueError, match=r"^--device: expected auto, cpu, cuda, cuda:N or mps, got 'mps:0'$"):
        facts.devices_of("mps:0")
    for on in ("ray", "slurm:gpu"):
        with pytest.raises(ValueError, match=r"^--device: expected auto, cpu or cuda with --on .*, got 'mps'"):
            place(on, "mps", None, tmp_path)


def test_numbers_of_64_bits_stay_on_the_cpu(apple):
    for kind, held in ((np.float64, torch.float32), (np.float32, torch.float32), (np.uint8, torch.uint8)):
        assert as_tensor(np.arange(3, dtype=kind), MPS).dtype == held
    assert apple == [torch.float32, torch.float32, torch.uint8]
    assert as_tensor(np.arange(3.0), torch.device("cpu")).dtype == torch.float64


def test_random_numbers_are_those_of_the_cpu(apple):
    class Step:
        device = MPS

        def to(self, device):
            assert device == torch.device("cpu")
            return torch.tensor(5)

    there, here = Draws((3, 4), Step()), Draws((3, 4), torch.tensor(5))
    there.begin(Step())
    here.begin(torch.tensor(5))
    assert torch.equal(there.uniform(2, 3), here.uniform(2, 3))
    assert torch.equal(there.normal(4), here.normal(4))
    assert apple == [torch.float32, torch.float32]


def test_mixed_precision_is_full_precision_there():
    x, rows, recipe = np.zeros((4, 2), dtype=np.float32), np.arange(4), Recipe(1, 4, 0.1, precision="mixed")
    task = Task(x, np.arange(4) % 2, 2, (1.0,), (0.0,), (rows,), (0,), Mlp(hidden=(2,)), recipe, Standard())
    assert not _mixed(task, MPS)
    assert _mixed(task, torch.device("cuda"))
