"""A defense's hooks as the training loop calls them: checked, and kept from disturbing anything."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

import torch
from torch import Tensor

from models.batch import Batch
from models.companion import Beside, Companion
from models.faults import HookError, line, place, shown
from models.process import Modes
from models.recipe import GREATEST


class Privacy(NamedTuple):
    """What DP-SGD needs to know: the largest norm of a record's gradient; the noise's deviation is `noise` of them."""

    clip: float
    noise: float


class Standard:
    """The hooks that leave training as it is."""

    def targets(self, batch: Batch) -> Tensor:
        """Return what is learnt, float (K, B, C), for a batch that has no targets yet; here one-hot vectors."""
        return one_hot(batch.labels, batch.classes)

    def mix(self, batch: Batch) -> Batch:
        """Return the batch that the network is trained on, with other inputs and targets; here the batch itself."""
        return batch

    def features(self, hidden: Tensor, batch: Batch) -> Tensor:
        """Return what the last layer reads in training, (K, B, F), of its inputs hidden (K, B, F); here hidden itself.

        Only for networks whose logits are the outputs of a torch.nn.Linear.
        """
        return hidden

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return each model's loss (K,) for logits (K, B, C); here the mean cross-entropy with batch.targets over B."""
        assert batch.targets is not None
        return cross_entropy(logits, batch.targets)

    def weight_decay(self) -> float | None:
        """Return the L2 factor that is added to the gradient (as torch.optim.Adam's weight_decay), in the place of the
        recipe's own; None leaves that.
        """
        return None

    def privacy(self) -> Privacy | None:
        """Return how gradients are made differentially private (see models.private), None where they are not."""
        return None

    def companion(self, beside: Beside) -> Companion | None:
        """Return what learns beside the K models of a cohort (see models.companion), None for nothing."""
        return None


def one_hot(labels: Tensor, classes: int) -> Tensor:
    """Return (..., B, C) float32 vectors that are 1 at labels (..., B)."""
    return (labels[..., None] == torch.arange(classes, device=labels.device)).float()


def cross_entropy(logits: Tensor, targets: Tensor) -> Tensor:
    """Return the mean over B of the cross-entropy of logits (..., B, C) under soft labels targets (..., B, C)."""
    return -(targets.mT * logits.mT.log_softmax(-2)).sum(-2).mean(-1)  # over many short rows at once


def standard(defense: Any, hook: str) -> bool:
    """Return whether a defense leaves a hook as it is."""
    own = getattr(getattr(defense, hook), "__func__", None)
    return own is getattr(Standard, hook)


def call(owner: object, hook: str, *arguments: Any) -> Any:
    """Return what a hook returns; torch's modes are as before, whatever it does.

    Raises HookError, with the place in the hook's own code, where it raises.
    """
    before = Modes.now()
    try:
        return getattr(owner, hook)(*arguments)
    except (torch.OutOfMemoryError, HookError, KeyboardInterrupt):
        raise
    except BaseException as error:
        raise HookError(f"{line(error)}{place(owner, error)}") from error
    finally:
        before.restore()


def targets(defense: Any, batch: Batch, dtype: torch.dtype) -> Tensor:
    """Return the targets (K, B, C) of a batch. Raises HookError where they are no floats of that shape."""
    if standard(defense, "targets"):
        return one_hot(batch.labels, batch.classes).to(dtype)
    made = call(defense, "targets", batch)
    return tensor("targets", made, (*batch.labels.shape, batch.classes), dtype)


def mixed(defense: Any, batch: Batch, dtype: torch.dtype) -> Batch:
    """Return the batch that the network is trained on. Raises HookError where it is none, or of another shape."""
    if standard(defense, "mix"):
        return batch
    made = call(defense, "mix", batch)
    if not isinstance(made, Batch):
        raise HookError(f"mix: expected a Batch, got {type(made).__name__}")
    inputs = tensor("mix: inputs", made.inputs, tuple(batch.inputs.shape), dtype)
    soft = tensor("mix: targets", made.targets, (*batch.labels.shape, batch.classes), dtype)
    return replace(made, inputs=inputs, targets=soft)


def features(defense: Any, batch: Batch) -> Callable[[Tensor], Tensor] | None:
    """Return what makes of the last layer's inputs (K, B, F) what it reads, None where that is the same.

    What is returned raises HookError where the hook makes no floats of that shape.
    """
    if standard(defense, "features"):
        return None

    def changed(hidden: Tensor) -> Tensor:
        return tensor("features", call(defense, "features", hidden, batch), tuple(hidden.shape), hidden.dtype)

    return changed


def loss(defense: Any, logits: Tensor, batch: Batch) -> Tensor:
    """Return the losses (K,) of logits (K, B, C). Raises HookError where they are no such tensor."""
    if standard(defense, "loss"):
        assert batch.targets is not None
        return cross_entropy(logits, batch.targets)
    made = tensor("loss", call(defense, "loss", logits, batch), tuple(logits.shape[:-2]), logits.dtype)
    if not made.requires_grad:
        raise HookError("loss: expected a function of the logits, got a constant")
    return made


def weight_decay(defense: Any) -> float | None:
    """Return the factor, None where the defense has none of its own. Raises HookError where it is neither None nor a
    number from 0 to GREATEST.
    """
    made = call(defense, "weight_decay")
    number = isinstance(made, (int, float)) and not isinstance(made, bool)
    if made is not None and not (number and 0 <= made <= GREATEST):
        raise HookError(f"weight_decay: expected None or a number from 0 to {GREATEST:g}, got {made!r}")
    return None if made is None else float(made)


def privacy(defense: Any) -> Privacy | None:
    """Return what the hook does. Raises HookError where it is neither None nor a clip above 0 and a noise of at least
    0, and where it stands beside hooks that mix records.
    """
    made = call(defense, "privacy")
    if made is None:
        return None
    pair = isinstance(made, Privacy) and all(isinstance(n, (int, float)) and math.isfinite(n) for n in made)
    if not pair or made.clip <= 0 or made.noise < 0:
        raise HookError(f"privacy: expected None or Privacy(clip, noise), a clip above 0, a noise from 0, got {made!r}")
    if max(made.clip, made.clip * made.noise) > GREATEST:
        raise HookError(f"privacy: expected a clip, and clip times noise, of at most {GREATEST:g}, got {made!r}")
    for hook in ("mix", "features", "loss", "companion"):
        if not standard(defense, hook):
            raise HookError(f"privacy: expected no {hook} beside it, since a record's gradient must be its own")
    return made


def companion(defense: Any, beside: Callable[[], Beside]) -> Companion | None:
    """Return what learns beside the models that are seen as `beside` makes it.

    Raises HookError where that is neither None nor a companion.
    """
    if standard(defense, "companion"):
        return None
    made = call(defense, "companion", beside())
    lacking = [hook for hook in ("before", "loss", "facts") if not callable(getattr(made, hook, None))]
    if made is not None and lacking:
        raise HookError(f"companion: expected None or a companion, got {type(made).__name__} without {lacking[0]}")
    return made


def facts(companion: Companion | None, models: int) -> Sequence[dict[str, Any]]:
    """Return what a companion notes of each of so many models. Raises HookError where that is not a dict a model."""
    if companion is None:
        return [{}] * models
    made = call(companion, "facts")
    if not isinstance(made, (list, tuple)) or [type(own) for own in made] != [dict] * models:
        raise HookError(f"companion: facts: expected {models} dicts, one a model, got {shown(made)}")
    return made


def tensor(what: str, made: object, shape: tuple[int, ...], dtype: torch.dtype) -> Tensor:
    """Return `made` as `dtype`. Raises HookError where it is no float tensor of that shape."""
    if not isinstance(made, Tensor):
        raise HookError(f"{what}: expected a tensor, got {type(made).__name__}")
    if not made.is_floating_point():
        raise HookError(f"{what}: expected floats, got {made.dtype}")
    if tuple(made.shape) != shape:
        raise HookError(f"{what}: expected the shape {shape}, got {tuple(made.shape)}")
    return made.to(dtype)
