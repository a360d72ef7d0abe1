"""Which epoch's weights a model keeps: the last one's, or those of the best accuracy on its validation records."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch

from models.predict import Predictor, predict_all
from models.stack import Stack
from models.task import Task


class Best:
    """Of K models in training, the weights after the epoch of best validation accuracy so far, the first of equals.

    members: their numbers in the task, whose validation rows they are judged on, in evaluation mode.
    """

    def __init__(self, task: Task, members: range, stack: Stack) -> None:
        rows = [task.validation[k] for k in members]
        shared = all(np.array_equal(rows[0], own) for own in rows)
        self.asked = [(task.x[own], task.y[own]) for own in (rows[:1] if shared else rows)]
        self.tensors = [*(leaf.detach() for leaf in stack.leaves), *stack.buffers.values()]
        self.kept = [tensor.clone() for tensor in self.tensors]
        self.right, self.epochs = [-1] * len(members), [0] * len(members)

    @torch.no_grad()
    def look(self, epochs: int, predictors: Sequence[Predictor]) -> None:
        """Judge the models as they are after so many epochs."""
        if len(self.asked) == 1:  # models of one cohort answer together, each as it would alone
            answers = predict_all(predictors, self.asked[0][0])
        else:
            answers = (p.predict(x) for p, (x, _) in zip(predictors, self.asked, strict=True))
        for k, logits in enumerate(answers):
            right = int((logits.argmax(-1) == self.asked[k % len(self.asked)][1]).sum())
            if right > self.right[k]:
                self.right[k], self.epochs[k] = right, epochs
                for kept, tensor in zip(self.kept, self.tensors, strict=True):
                    kept[k].copy_(tensor[k])

    @torch.no_grad()
    def restore(self) -> None:
        """Give all models the weights that are kept."""
        for kept, tensor in zip(self.kept, self.tensors, strict=True):
            tensor.copy_(kept)

    def facts(self, k: int) -> dict[str, float]:
        """Return what is worth noting of model k of the cohort."""
        records = len(self.asked[k % len(self.asked)][1])
        return {"kept_epoch": self.epochs[k], "validation_accuracy": self.right[k] / records}
