"""Adversarial regularisation: the model is trained against an attack that learns beside it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, ClassVar

import numpy as np
import torch
from torch import Tensor

from defenses.base import Defense, demand
from models import Batch, Beside, Companion, HookError, Recipe, cross_entropy, one_hot
from models.graph import Captured, Step
from models.optimizers import optimizer
from models.process import without_denormals

LOGITS, LABEL, JOINED = (1024, 512, 64), (128, 64), (512, 256, 128, 64, 1)  # features of the attack's layers
DEVIATION = 0.01  # of its initial weights
MOST = 10_000  # passes, steps or turns


@dataclass(frozen=True)
class AdvReg(Defense):
    """Adversarial regularisation (Nasr, Shokri and Houmansadr, CCS 2018).

    An attack network h in (0, 1) learns to tell a model's members from its defender's spare records, by squared error
    and Adam, in batches of as many of each as the recipe's; the model's loss is the cross-entropy + weight x (mean of h
    on the batch - .5). The first epoch is plain; then h learns for `passes` passes over the members; then it learns for
    `steps` batches before every `turns` batches of the model, which is in evaluation mode meanwhile.
    h: logits C-1024-512-64 and one-hot label C-128-64, joined 128-512-256-128-64-1, ReLU, sigmoid, weights N(0, .01).

    As in the authors' code, and unlike their paper: h is fed logits, not probabilities, and the model's loss has h, not
    log h. Theirs restarts its rounds with each epoch, and drops what is left over of a pass; here nothing is dropped.
    Their result is the best of 20 epochs, picked by hand; here it is the one that the recipe keeps. Where that is the
    best on validation records, as in HAMP's scripts, it may be one of the first, which were hardly regularised. It may
    even be the plain first one, which HAMP's scripts never keep. These lower the model's rate twice at each milestone,
    to a hundredth; a recipe here lowers it once, to a tenth.
    The defaults are theirs on Purchase100; SELENA's: weight 2, rate 1e-3 (Texas100), weight 6 (CIFAR-100); HAMP's
    weights: 3 (Purchase100), 10 (Texas100, Location30), 6 (CIFAR). Not copied: HAMP's reference set, which is audited.

    Facts: how often h is right of the model as it is then, as the mean over members and spare records: after the first
    passes, and after the last epoch, whichever is kept; and a sentence where the first is not above .5: then the
    regulariser does nothing until h learns.
    """

    reference: ClassVar[str] = "Nasr, Shokri and Houmansadr, CCS 2018"
    needs: ClassVar[tuple[str, ...]] = ("spare",)
    weight: float = 3.0
    rate: float = 1e-4
    passes: int = 5
    steps: int = 52
    turns: int = 2

    def __post_init__(self) -> None:
        demand("advreg: weight", self.weight, 0, math.inf)
        demand("advreg: rate", self.rate, 1e-12, math.inf)
        for name in ("passes", "steps", "turns"):
            value = getattr(self, name)
            if type(value) is not int or not 1 <= value <= MOST:
                raise ValueError(f"advreg: {name} is {value!r}, expected a whole number from 1 to {MOST:,}")

    def companion(self, beside: Beside) -> Companion | None:
        """Return the attacks, one a model. Raises HookError where there are no spare records."""
        if not beside.spare.shape[1]:
            raise HookError("advreg needs spare records, non-members that the defender owns, and there are none")
        return Attacks(self, beside)


class Attacks:
    """The attack networks h of K models in training.

    On a CPU they learn one after another, which is no slower (weights and Adam's state of one stay in the cache) and
    rounds as alone; elsewhere at once. While they learn the models do not change, so these are asked once. Their first
    gradients, products of seven layers of small weights, and Adam's squares of these, are below what float32 has full
    precision for; taking them for 0 halves the time.
    """

    def __init__(self, defense: AdvReg, beside: Beside) -> None:
        self.defense, self.beside, models = defense, beside, len(beside.seeds)
        seeds = [int(np.random.SeedSequence([seed, 3]).generate_state(1)[0]) for seed in beside.seeds]
        generators = [torch.Generator().manual_seed(seed) for seed in seeds]
        self.orders = [[_Order(rows.shape[1], g) for g in generators] for rows in (beside.members, beside.spare)]
        drawn = [_initial(beside.classes, g) for g in generators]
        self.weights = [torch.stack(own).to(beside.device, beside.dtype) for own in zip(*drawn, strict=True)]
        self.groups = [slice(k, k + 1) for k in range(models)] if beside.device.type == "cpu" else [slice(0, models)]
        self.leaves = [[w[group].detach().requires_grad_() for w in self.weights] for group in self.groups]
        recipe = Recipe(epochs=1, batch=beside.batch, learning_rate=defense.rate)
        self.steps = [_step(leaves, recipe, beside) for leaves in self.leaves]
        self.first = np.full(models, 0.5)

    def before(self, step: int) -> None:
        """Learn, where it is time for it."""
        since = step - self.beside.steps
        if since == 0:
            self._learn(self.defense.passes * self.beside.steps)
            self.first = self._accuracy()
        if since >= 0 and since % self.defense.turns == 0:
            self._learn(self.defense.steps)

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the cross-entropy, after the first epoch + weight x (mean h - .5), (K,)."""
        assert batch.targets is not None
        gain = (attack(self.weights, logits, batch.labels) - 0.5).mean(-1)
        return cross_entropy(logits, batch.targets) + self.defense.weight * (batch.epoch > 0) * gain

    def facts(self) -> Sequence[dict[str, Any]]:
        """Return how often each attack is right, and whether that is too seldom."""
        made = []
        for first, last in zip(self.first, self._accuracy(), strict=True):
            said = {"attack accuracy after its first passes": round(float(first), 4)}
            said["attack accuracy at the end"] = round(float(last), 4)
            made.append(said | _warning(first, last))
        return made

    @without_denormals()
    def _learn(self, batches: int) -> None:
        count, size = batches * self.beside.batch, self.beside.batch
        chosen = [torch.stack([order.take(count) for order in orders]) for orders in self.orders]
        known, known_labels = self._of(self.beside.members, chosen[0])
        other, other_labels = self._of(self.beside.spare, chosen[1])
        for group, step in zip(self.groups, self.steps, strict=True):
            for batch in (slice(i, i + size) for i in range(0, count, size)):
                logits = torch.cat([known[group, batch], other[group, batch]], 1)
                step(torch.cat([known_labels[group, batch], other_labels[group, batch]], 1), logits)

    def _of(self, rows: Tensor, chosen: Tensor) -> tuple[Tensor, Tensor]:
        """Return logits (K, B, C) and labels (K, B) of the rows (K, n) numbered by chosen (K, B)."""
        if chosen.shape[1] <= rows.shape[1]:
            return self.beside.ask(rows.gather(1, chosen))
        logits, labels = self.beside.ask(rows)
        chosen = chosen.to(labels.device)
        return logits.gather(1, chosen[..., None].expand(-1, -1, logits.shape[2])), labels.gather(1, chosen)

    @torch.no_grad()
    def _accuracy(self) -> np.ndarray:
        """Return for each model the mean of the shares of members and spare records that h tells right, (K,)."""
        sides = self.beside.members, self.beside.spare
        members, spare = ((attack(self.weights, *self.beside.ask(rows)) > 0.5).cpu().numpy().mean(-1) for rows in sides)
        made: np.ndarray = (members + 1 - spare) / 2
        return made


def _step(leaves: Sequence[Tensor], recipe: Recipe, beside: Beside) -> Step:
    """Return what changes `leaves`, weights of h, by labels (K, 2 B) and logits (K, 2 B, C): members', then spare ones.

    On a GPU it is recorded: a step is some hundred small kernels.
    """
    rule = optimizer(leaves, recipe, 0.0, beside.device)
    truth = torch.cat([torch.ones(beside.batch), torch.zeros(beside.batch)]).to(beside.device, beside.dtype)

    def step(labels: Tensor, logits: Tensor | None) -> None:
        assert logits is not None
        error = (attack(leaves, logits, labels) - truth).square().mean(-1).sum()
        rule.step(torch.autograd.grad(error, leaves))

    return Captured(step, len(truth)) if beside.device.type == "cuda" else step


class _Order:
    """The numbers below `length` in a random order, and again in another, without an end."""

    def __init__(self, length: int, generator: torch.Generator) -> None:
        self.length, self.generator, self.left = length, generator, torch.zeros(0, dtype=torch.int64)

    def take(self, count: int) -> Tensor:
        """Return the next `count` numbers."""
        while len(self.left) < count:
            self.left = torch.cat([self.left, torch.randperm(self.length, generator=self.generator)])
        taken, self.left = self.left[:count], self.left[count:]
        return taken


def _initial(classes: int, generator: torch.Generator) -> list[Tensor]:
    """Return the initial weights (outputs, inputs) and biases (outputs, 1) of h, layer by layer."""
    made = []
    for features in ((classes, *LOGITS), (classes, *LABEL), (LOGITS[-1] + LABEL[-1], *JOINED)):
        for inputs, outputs in pairwise(features):
            made += [DEVIATION * torch.randn(outputs, inputs, generator=generator), torch.zeros(outputs, 1)]
    return made


def attack(weights: Sequence[Tensor], logits: Tensor, labels: Tensor) -> Tensor:
    """Return h (K, B), near 1 for members, of logits (K, B, C) and labels (K, B), with weights of a leading K each."""
    layers = list(zip(weights[::2], weights[1::2], strict=True))
    one, two = len(LOGITS), len(LOGITS) + len(LABEL)
    label = one_hot(labels, logits.shape[-1]).to(logits.dtype)
    sides = _chain(layers[:one], logits.mT).relu(), _chain(layers[one:two], label.mT).relu()
    return _chain(layers[two:], torch.cat(sides, 1))[:, 0].sigmoid()


def _chain(layers: Sequence[tuple[Tensor, Tensor]], h: Tensor) -> Tensor:
    for i, (weight, bias) in enumerate(layers):
        h = torch.baddbmm(bias, weight, h.relu() if i else h)
    return h


def _warning(first: float, last: float) -> dict[str, str]:
    if first > 0.5:
        return {}
    if last > 0.5:
        return {"warning": "its attack was no better than chance at first: no regulariser until it learnt"}
    return {"warning": "its attack was never better than chance: the regulariser did nothing"}
