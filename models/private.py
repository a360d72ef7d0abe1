"""DP-SGD (Abadi et al., CCS 2016, algorithm 1) for K models: Poisson batches, clipped gradients of records, noise.

How norms of records' gradients are found: in a `Taped` network from what enters its linear layers and the gradients of
what leaves them, since a record's gradient of a matrix is the outer product of the two (Goodfellow 2015); what is
summed then are the gradients of the losses, each times its record's factor. In all others every record's gradient is
made (torch.func.vmap), as many at once as take `HELD` bytes.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence

import torch
from torch import Tensor, nn
from torch.func import functional_call, grad, vmap

from models import augment
from models.batch import Draws
from models.hooks import Privacy
from models.recipe import Recipe
from models.stack import Stack
from models.wide import LANES, Taped

HELD = 256 << 20  # bytes
TINIEST = 1e-30  # stands for the norm of a gradient that is 0


def steps(length: int, batch: int) -> int:
    """Return how many steps an epoch has: every record is in each of its batches with a probability of one over it."""
    return math.ceil(length / batch)


def width(length: int, batch: int) -> int:
    """Return how many records of a batch are computed at once: few batches are larger, by 2.5 deviations."""
    expected = length / steps(length, batch)
    return math.ceil((expected + 2.5 * math.sqrt(expected)) / LANES) * LANES


def batches(
    rows: Tensor, generators: Sequence[torch.Generator], recipe: Recipe, device: torch.device
) -> Iterator[tuple[Tensor, Tensor | None]]:
    """Yield the Poisson batches of an epoch: rows of the pool (K, B) and draws (K, B, D) for the augmentation, or None.

    rows (K, n): each of a model's is in each batch with the probability 1 / steps, whatever the others are. B is a
    multiple of `width`; where a model has fewer records, or none, stands the complement ~r of a row r of its own.
    """
    models, length = rows.shape
    count, part = steps(length, recipe.batch), width(length, recipe.batch)
    for _ in range(count):
        drawn = [torch.rand(length, generator=g, dtype=torch.float64) < 1 / count for g in generators]
        whole = math.ceil(max(1, *(int(of.sum()) for of in drawn)) / part) * part
        index = (~rows[:, :1]).repeat(1, whole)
        draw = torch.zeros(models, whole, augment.draws(recipe.augment)) if recipe.augment else None
        for k, chosen in enumerate(drawn):
            own = rows[k, chosen]
            index[k, : len(own)] = own
            if draw is not None:
                draw[k, : len(own)] = torch.rand(len(own), draw.shape[-1], generator=generators[k])
        yield index.to(device), None if draw is None else draw.to(device)


def refused(module: nn.Module) -> bool:
    """Return whether a module has layers in which one record's output depends on the others."""
    return any(isinstance(part, nn.modules.batchnorm._BatchNorm) for part in module.modules())


def clipped(stack: Stack, clip: float, x: Tensor, targets: Tensor, real: Tensor) -> tuple[list[Tensor], Tensor]:
    """Return the sums over a batch of its records' clipped gradients, one (K, P) a trained leaf, and its losses (K, B).

    A record's gradient g, over all trained weights, becomes g min(1, clip / |g|). Records x (K, B, ...) with targets
    (K, B, C); of those that are not `real`, (K, B) bool, nothing comes. In full precision, whatever the recipe: a
    rounded norm is no bound.
    """
    if isinstance(stack.module, Taped):
        return _by_norms(stack, stack.module, clip, x, targets, real)
    return _by_gradients(stack, clip, x, targets, real)


def normal(leaves: Sequence[Tensor], draws: Draws) -> tuple[Tensor, ...]:
    """Return standard normal numbers for each of the leaves (K, P)."""
    sizes = [leaf.shape[1] for leaf in leaves]
    return draws.normal(sum(sizes)).split(sizes, 1)


def noised(privacy: Privacy, sums: Sequence[Tensor], expected: float, noise: Sequence[Tensor]) -> list[Tensor]:
    """Return (sum + noise x clip x numbers) / expected for each of the sums (K, P) and its normal numbers."""
    scale = privacy.noise * privacy.clip
    return [torch.add(of, own, alpha=scale).div_(expected) for of, own in zip(sums, noise, strict=True)]


def _factors(squares: Tensor, clip: float) -> Tensor:
    return (clip / squares.sqrt().clamp_min(TINIEST)).clamp_max(1)


def _by_norms(
    stack: Stack, module: Taped, clip: float, x: Tensor, targets: Tensor, real: Tensor
) -> tuple[list[Tensor], Tensor]:
    logits, tape = module.taped(stack.parameters(), x)
    losses = -(targets * logits.log_softmax(-1)).sum(-1) * real
    gradients = torch.autograd.grad(losses.sum(), [after for _, after in tape], retain_graph=True)
    with torch.no_grad():
        both = zip(tape, gradients, strict=True)
        squares = sum(
            ((before.square().sum(1) + 1) * own.square().sum(1) for (before, _), own in both), torch.zeros(())
        )
        factors = _factors(squares[:, : x.shape[1]], clip)
    return list(torch.autograd.grad((losses * factors).sum(), stack.trained)), losses.detach()


def _by_gradients(stack: Stack, clip: float, x: Tensor, targets: Tensor, real: Tensor) -> tuple[list[Tensor], Tensor]:
    parameters = {name: p.detach() for name, p in stack.parameters().items()}
    leaves = {slot.name: leaf for slot, leaf in zip(stack.slots, stack.leaves, strict=True)}
    own = {name: p for name, p in parameters.items() if leaves[name].requires_grad}
    fixed = {**{name: p for name, p in parameters.items() if name not in own}, **stack.buffers}

    def loss(own: dict[str, Tensor], fixed: dict[str, Tensor], x: Tensor, targets: Tensor) -> tuple[Tensor, Tensor]:
        logits = functional_call(stack.module, (own, fixed), (x[None],))[0]
        if logits.shape != targets.shape:
            raise ValueError(f"expected logits of shape {tuple(targets.shape)} a record, got {tuple(logits.shape)}")
        value = -(targets * logits.log_softmax(-1)).sum(-1)
        return value, value.detach()

    stack.module.train()
    each = vmap(vmap(grad(loss, has_aux=True), (None, None, 0, 0), randomness="different"), randomness="different")
    sums = {name: torch.zeros_like(leaves[name].detach()) for name in own}
    losses = []
    size = max(1, HELD // sum(4 * p[0].numel() for p in own.values()))
    for chosen in (slice(i, i + size) for i in range(0, x.shape[1], size)):
        gradients, made = each(own, fixed, x[:, chosen], targets[:, chosen])
        squares = sum((g.flatten(2).square().sum(-1) for g in gradients.values()), torch.zeros(()))
        factors = _factors(squares, clip) * real[:, chosen]
        for slot in stack.slots:
            if slot.name in own:
                total = torch.einsum("kb,kb...->k...", factors, gradients[slot.name])
                slot.from_memory(sums[slot.name].narrow(1, 0, slot.shape.numel())).add_(total)
        losses.append(made * real[:, chosen])
    return list(sums.values()), torch.cat(losses, 1)
