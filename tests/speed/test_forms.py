"""How convolutions are trained fastest: its record's page, and the command where there is no GPU."""

import pytest
import torch

from benchmarks.speed import forms, page, results

ROWS = [
    {"shape": "mnist-cnn", "width": 16, "streams": 1, "seconds": 2e-4},
    {"shape": "mnist-cnn", "width": 1, "streams": 8, "seconds": 1e-4},
    {"shape": "cifar-alexnet", "width": 1, "streams": 8, "seconds": 3e-3},
]


def test_the_fastest_form_is_marked_and_what_was_not_measured_is_empty():
    text = page.page([], None, None, {"device": "Test GPU", "versions": {"torch": "2"}, "rows": ROWS})
    lines = [[cell.strip() for cell in line.split("|")[1:-1]] for line in text.splitlines() if line.startswith("|")]
    assert lines[0] == ["network", "16 a stack, 1 stream", "1 a stack, 8 streams"]
    assert lines[2:] == [["mnist-cnn", "0.2", "**0.1**"], ["cifar-alexnet", "", "**3**"]]


@pytest.mark.parametrize("name", forms.NETWORKS)
def test_every_network_has_models_to_time(name):
    task = forms.task_of(name, "cpu")
    assert len(task) == forms.MODELS
    assert len(task.y) >= task.recipe.batch
    assert task.recipe.precision == "mixed"


@pytest.mark.skipif(torch.cuda.is_available(), reason="needs a machine without a GPU")
def test_without_a_gpu_it_says_so(capsys):
    assert forms.main([]) == 2
    assert "cuda" in capsys.readouterr().err


@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs a CUDA device")
def test_a_form_is_timed():
    row = forms.measure("mnist-cnn", 1, 8, "cuda:0")
    assert row["seconds"] > 0
    assert results.machine("cuda:0")["kind"] == "cuda"
