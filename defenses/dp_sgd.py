"""DP-SGD: what a single record can change in training is bounded, and hidden in noise."""

from __future__ import annotations

import functools
import math
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

import numpy as np

from defenses.base import Defense, demand
from models import Diverged, Privacy, Task, Trained, fit

VACUOUS = 100.0  # an epsilon; above it the tight accountant takes minutes to say as little
SILENT = 1e-6  # a noise; below it no accountant gives a number


@dataclass(frozen=True)
class DpSgd(Defense):
    """DP-SGD (Abadi et al., CCS 2016); the defaults are HAMP's on Purchase100.

    Each record is in each batch with the probability q = 1 / ceil(n / batch), whatever the others are (Poisson
    sampling, which the proof needs), so that batches vary and may be empty. A record's gradient g becomes
    g min(1, clip / |g|); to the sum normal noise of the deviation noise x clip is added; both are divided by the
    expected batch q n. Epochs, batch, learning rate, momentum and schedule are the recipe's.
    HAMP's clip / noise: Purchase100 1/1.7 (batch 128, 200 epochs), Texas100 1/1.44 (64, 200), Location30 3/2.91 (128,
    50), all with SGD .005, which falls along a cosine there; recipes here have no such schedule. Aerni et al.: 1/.2 and
    below, whose epsilons say nothing.

    Facts: epsilon at `delta` by opacus' two accountants, RDP (Mironov 2017; the looser) and PRV (Gopi et al. 2021), as
    sampled and at q = batch / n, the other convention. It covers one training: not the choice of an epoch or of
    hyperparameters by validation records, as HAMP has it, nor several models on the same records.
    """

    reference: ClassVar[str] = "Abadi et al., CCS 2016"
    clip: float = 1.0
    noise: float = 1.7
    delta: float = 1e-5

    def __post_init__(self) -> None:
        demand("dp-sgd: clip", self.clip, 1e-9, math.inf)
        demand("dp-sgd: noise", self.noise, 0, math.inf)
        demand("dp-sgd: clip x noise", self.clip * self.noise, 0, math.inf)
        demand("dp-sgd: delta", self.delta, 1e-300, 1, strict=True)

    def privacy(self) -> Privacy | None:
        """Return clip and noise."""
        return Privacy(self.clip, self.noise)

    def train(self, task: Task, rngs: Sequence[np.random.Generator]) -> Sequence[Trained | Diverged]:
        """Train by models.fit, and say what privacy that gives.

        Raises ValueError for a network with BatchNorm.
        """
        made = fit(task)
        facts = self.accounted(len(task.rows[0]), task.recipe.batch, task.recipe.epochs)
        for model in made:
            if not isinstance(model, Diverged):
                model.facts.update(facts)
        return made

    def accounted(self, members: int, batch: int, epochs: int) -> dict[str, Any]:
        """Return the facts of a training on so many members. Raises ValueError as opacus does."""
        count = math.ceil(members / batch)
        steps = count * epochs
        said: dict[str, Any] = {
            "delta": self.delta,
            "sampling": f"Poisson, q = 1/{count} = 1/ceil(n/batch), {steps} steps",
        }
        for where, q in (("", 1 / count), (" at q = batch/n", min(1.0, batch / members))):
            loose, tight = epsilons(self.noise, q, steps, self.delta)
            said[f"epsilon (RDP){where}"] = _shown(loose)
            said[f"epsilon (PRV){where}"] = _shown(tight)
        return said


@functools.cache
def epsilons(noise: float, q: float, steps: int, delta: float) -> tuple[float, float]:
    """Return epsilon by opacus' RDP and PRV accountants for so many steps of Poisson sampling with the probability q.

    inf: no noise to speak of. nan: the second, where the first is above VACUOUS; it is smaller, and not worked out.
    """
    if noise < SILENT:
        return math.inf, math.inf
    from opacus.accountants import PRVAccountant, RDPAccountant

    found = []
    for kind in (RDPAccountant, PRVAccountant):
        accountant = kind()
        accountant.history = [(noise, q, steps)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # that another order would give a smaller bound
            found.append(float(accountant.get_epsilon(delta)))
        if found[0] > VACUOUS:
            return found[0], math.nan
    return found[0], found[1]


def _shown(epsilon: float) -> float | str:
    if math.isnan(epsilon):
        return f"not computed where RDP is above {VACUOUS:g}"
    return float(f"{epsilon:.5g}") if math.isfinite(epsilon) else f"above {VACUOUS:g}"
