"""Mixup."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import torch
from torch import Tensor

from defenses.base import Defense
from models import Batch


@dataclass(frozen=True)
class Mixup(Defense):
    """Each record is mixed with another of its batch, inputs and targets alike (Zhang et al. 2018, equation 1).

    A batch has one share, from Beta(1, 1), which is the uniform distribution, and one permutation of its records, as in
    the authors' code; a record may meet itself.
    """

    reference: ClassVar[str] = "Zhang et al., ICLR 2018"

    def mix(self, batch: Batch) -> Batch:
        """Return share x the batch + (1 - share) x the permuted batch."""
        models, records = batch.labels.shape
        share, order = batch.uniform(1), batch.uniform(records).argsort(dim=-1, stable=True)
        which = torch.arange(models, device=order.device)[:, None]

        def mixed(own: Tensor) -> Tensor:
            first = share.view(models, *(1,) * (own.dim() - 1)).to(own.dtype)
            return first * own + (1 - first) * own[which, order]

        assert batch.targets is not None
        return replace(batch, inputs=mixed(batch.inputs), targets=mixed(batch.targets))
