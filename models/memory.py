"""How much memory a model takes in training, found without a device: from shapes alone."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from models.task import Task


def on_meta(task: Task) -> nn.Module:
    """Return the task's module without memory for its weights."""
    with torch.device("meta"):
        return task.network.build(task.x.shape[1:], task.classes)


def bytes_per_model(task: Task) -> int:
    """Return about how many bytes one model of a cohort takes in training.

    Its weights, their gradients, the optimiser's state and a copy in reduced precision; and the batch with all that a
    forward pass keeps for the backward pass, twice, since gradients and temporaries come on top.
    """
    module = on_meta(task)
    parameters = list(module.parameters())
    weights = sum(p.numel() * p.element_size() for p in parameters)
    states = {"adam": 2, "sgd": 1 if task.recipe.momentum else 0}[task.recipe.optimizer]
    shape = task.x.shape[1:]
    shape = (shape[-1], *shape[:-1]) if len(shape) == 3 else shape
    x = torch.empty(min(task.recipe.batch, len(task.rows[0])), *shape, device="meta")
    kept: dict[int, Tensor] = {}  # by storage; the tensors are held, so that no number is given out twice

    def keep(saved: Tensor) -> Tensor:
        kept[saved.untyped_storage()._cdata] = saved
        return saved

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda saved: saved):
        module.train()(x)
    own = {p.untyped_storage()._cdata for p in parameters}
    activations = sum(t.numel() * t.element_size() for key, t in kept.items() if key not in own)
    return weights * (3 + states) + 2 * (activations + x.numel() * x.element_size())
