"""Adam and SGD on stacked leaves: the functions under torch.optim's classes, with its fused kernels.

The classes are not used: the first one made imports torch's compiler, which takes longer than training a small cohort.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence

import torch
from torch import Tensor
from torch.optim.adam import adam
from torch.optim.sgd import sgd

from models.recipe import Recipe


class Optimizer(ABC):
    """The rule of a recipe that changes leaves by their gradients.

    Its state is in memory of its own. On a GPU the learning rate is, too: a recorded step reads it there.
    """

    def __init__(self, leaves: Sequence[Tensor], recipe: Recipe, weight_decay: float, device: torch.device) -> None:
        self.leaves, self.weight_decay = leaves, weight_decay
        on_gpu, rate = device.type == "cuda", recipe.learning_rate
        self.rate: Tensor | float = torch.tensor(rate, dtype=torch.float32, device=device) if on_gpu else rate

    def set_rate(self, rate: float) -> None:
        """Set the learning rate of the steps to come."""
        if isinstance(self.rate, Tensor):
            self.rate.fill_(rate)
        else:
            self.rate = rate

    @abstractmethod
    def restart(self) -> None:
        """Forget what steps before left, in its memory, which a recorded step has by address."""

    @torch.no_grad()
    def step(self, gradients: Sequence[Tensor | None]) -> None:
        """Change every leaf that has a gradient. Nothing in here waits for the device."""
        used = [k for k, gradient in enumerate(gradients) if gradient is not None]
        self._change(used, [self.leaves[k] for k in used], [g for g in gradients if g is not None])

    @abstractmethod
    def _change(self, used: list[int], leaves: list[Tensor], gradients: list[Tensor]) -> None:
        """Change `leaves`, which are those of the numbers `used`, by their gradients."""


class Adam(Optimizer):
    """Adam (Kingma and Ba 2015), betas .9 and .999, eps 1e-8; weight_decay times the weights is added to gradients."""

    def __init__(self, leaves: Sequence[Tensor], recipe: Recipe, weight_decay: float, device: torch.device) -> None:
        super().__init__(leaves, recipe, weight_decay, device)
        self.means, self.squares = ([torch.zeros_like(leaf.detach()) for leaf in leaves] for _ in range(2))
        self.steps = [torch.zeros((), dtype=torch.float32, device=device) for _ in leaves]

    def restart(self) -> None:
        """Set means, squares and the numbers of steps to 0."""
        for state in (*self.means, *self.squares, *self.steps):
            state.zero_()

    def _change(self, used: list[int], leaves: list[Tensor], gradients: list[Tensor]) -> None:
        means, squares, steps = ([of[k] for k in used] for of in (self.means, self.squares, self.steps))
        adam(
            leaves,
            gradients,
            means,
            squares,
            [],
            steps,
            fused=True,
            amsgrad=False,
            beta1=0.9,
            beta2=0.999,
            lr=self.rate,
            weight_decay=self.weight_decay,
            eps=1e-8,
            maximize=False,
        )


class Sgd(Optimizer):
    """Gradient descent with the recipe's momentum, which begins as the first gradient; weight_decay as in Adam."""

    def __init__(self, leaves: Sequence[Tensor], recipe: Recipe, weight_decay: float, device: torch.device) -> None:
        super().__init__(leaves, recipe, weight_decay, device)
        self.momentum = recipe.momentum
        self.velocities = [torch.zeros_like(leaf.detach()) for leaf in leaves] if self.momentum else []

    def restart(self) -> None:
        """Set velocities to 0: they begin as the next gradient again."""
        for velocity in self.velocities:
            velocity.zero_()

    def _change(self, used: list[int], leaves: list[Tensor], gradients: list[Tensor]) -> None:
        sgd(
            leaves,
            gradients,
            [self.velocities[k] for k in used] if self.momentum else [],
            fused=True,
            weight_decay=self.weight_decay,
            momentum=self.momentum,
            lr=self.rate,  # type: ignore[arg-type]  # a tensor is as good to the fused kernel
            dampening=0.0,
            nesterov=False,
            maximize=False,
        )


def optimizer(leaves: Sequence[Tensor], recipe: Recipe, weight_decay: float, device: torch.device) -> Optimizer:
    """Return the recipe's rule for these leaves, all of them of one type and on one device."""
    return {"adam": Adam, "sgd": Sgd}[recipe.optimizer](leaves, recipe, weight_decay, device)
