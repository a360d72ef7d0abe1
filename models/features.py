"""What the last layer of a network reads, for a defense that changes it in training."""

from __future__ import annotations

from collections.abc import Callable

from torch import Tensor, nn

from models.faults import HookError
from models.wide import Features, Products


def reading(features: Features | None, program: nn.Module, models: int, run: Callable[[], Tensor]) -> Tensor:
    """Return run(), a call of `program`, in which the last linear layer reads what `features` makes of its inputs.

    program: K = `models` models side by side (see models.wide), or one.

    Raises HookError where the logits are not that layer's outputs as they are.
    """
    if features is None:
        return run()
    made: list[Tensor] = []

    def before(layer: nn.Module, inputs: tuple[Tensor, ...]) -> Tensor:
        own = inputs[0].unflatten(1, (models, -1)).movedim(1, 0)
        return features(own).movedim(0, 1).flatten(1)

    def after(layer: nn.Module, inputs: tuple[Tensor, ...], output: Tensor) -> None:
        made.append(output)

    handles = []
    for last in [part for part in program.modules() if isinstance(part, (nn.Linear, Products))][-1:]:
        handles = [last.register_forward_pre_hook(before), last.register_forward_hook(after)]
    try:
        logits = run()
    finally:
        for handle in handles:
            handle.remove()
    if len(made) != 1 or made[0] is not logits:
        raise HookError("features: expected a network whose last layer, a torch.nn.Linear, makes the logits")
    return logits
