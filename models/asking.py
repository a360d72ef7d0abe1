"""What a companion may ask the models of a cohort while they are in training."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from models.companion import Beside
from models.faults import HookError
from models.predict import at_once
from models.records import Records
from models.stack import Stack
from models.task import Task


def beside(task: Task, members: range, rows: Tensor, records: Records, stack: Stack) -> Beside:
    """Return the models number `members` of a task, of which the rows (K, n) are their own, as a companion sees them.

    Raises HookError where their defenders own different numbers of spare records.
    """
    own = [np.asarray(task.spare[k] if task.spare else (), np.int64) for k in members]
    if len({len(of) for of in own}) > 1:
        raise HookError(f"spare: expected as many records for each model, got {sorted({len(of) for of in own})}")
    spare = torch.from_numpy(np.stack(own))

    @torch.no_grad()
    def ask(rows: Tensor) -> tuple[Tensor, Tensor]:
        parts = [records.batch(part.to(records.x.device), None) for part in rows.split(at_once(stack), 1)]
        logits = [stack.logits(x, training=False).to(task.dtype) for x, _ in parts]
        return torch.cat(logits, 1), torch.cat([y for _, y in parts], 1)

    seeds, steps = tuple(task.seeds[k] for k in members), -(-rows.shape[1] // task.recipe.batch)
    return Beside(seeds, task.classes, task.recipe.batch, steps, rows, spare, records.x.device, task.dtype, ask)
