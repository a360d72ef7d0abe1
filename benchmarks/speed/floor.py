"""The floor of a training step: what it computes and moves at least, counted on the module without computing anything.

Operations: of products and convolutions, forward and backward (the gradients of weights and of inputs; nothing flows
back into the records), a multiplication and an addition counted as two.

Bytes: a step is a forward and a backward sweep, and each sweep moves what it needs once. Weights, gradients and Adam's
moments are float32. The forward sweep reads the weights (4 bytes a parameter) and writes what the backward sweep needs.
The backward sweep reads that and the weights; as it reaches a weight, its gradient can be applied at once and never be
stored, so that it also writes the weights and reads and writes two moments (24 bytes). This makes 28 bytes a
parameter, and two passes over every number kept. What only one sweep uses, such as the gradients of activations and
the values between products and elementwise functions, can stay on the chip, and counts nothing. An update in a sweep
of its own would store and read gradients and read the weights once more, 40 bytes a parameter: common, but not least.
What the backward sweep needs is counted as autograd keeps it, floating point numbers alone.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import torch
from torch import Tensor, nn
from torch.utils.flop_counter import FlopCounterMode

from models import Recipe
from models.task import Network

PARAMETER = 28  # bytes a step
BYTES = {"fp32": 4, "mixed": 2}  # of a number that is kept


@dataclass(frozen=True)
class Work:
    """What an average step of one model costs at least (the last batch of an epoch may be smaller).

    `parameters`: of the network. `kept`: numbers that the forward sweep writes and the backward sweep reads.
    """

    flops: int
    parameters: int
    kept: int

    def floor_bytes(self, precision: str) -> int:
        """Bytes moved at least by a step in one of the precisions of `BYTES`."""
        return PARAMETER * self.parameters + 2 * BYTES[precision] * self.kept


@lru_cache
def work(network: Network, recipe: Recipe, records: int, shape: tuple[int, ...], classes: int) -> Work:
    """The work of one step of a network trained on so many records (H, W, channels) or (features,)."""
    with torch.device("meta"):
        module = network.build(shape, classes)
        batch = min(recipe.batch, records)
        x = torch.empty(batch, *((shape[2], *shape[:2]) if len(shape) == 3 else shape))
        y = torch.zeros(batch, dtype=torch.long)
    parameters = list(module.parameters())
    own = {p.untyped_storage()._cdata for p in parameters}
    kept: dict[int, Tensor] = {}

    def keep(saved: Tensor) -> Tensor:
        kept[saved.untyped_storage()._cdata] = saved
        return saved

    with FlopCounterMode(display=False) as counter:
        with torch.autograd.graph.saved_tensors_hooks(keep, lambda saved: saved):
            loss = nn.functional.cross_entropy(module(x), y)
        loss.backward()
    numbers = sum(t.numel() for key, t in kept.items() if key not in own and t.is_floating_point())
    full = records / (steps_per_epoch(recipe, records) * batch)
    return Work(round(full * counter.get_total_flops()), sum(p.numel() for p in parameters), round(full * numbers))


def steps_per_epoch(recipe: Recipe, records: int) -> int:
    """Steps of an epoch on so many records."""
    return -(-records // recipe.batch)
