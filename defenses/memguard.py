"""MemGuard: outputs with noise that makes a membership classifier unsure, and that keeps the label."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

import numpy as np
from scipy.special import expit, softmax
from torch import Tensor, nn
from torch.nn.functional import softplus

from defenses.base import Defense, demand
from defenses.distorting import Layers, chances, logits_of_membership, unsettled
from defenses.release import ReleaseContext
from defenses.teaching import probabilities
from models import Batch, Diverged, Mlp, Predictor, Recipe, Standard, Task, Trained, fit
from models.cohort import threads_for

HIDDEN = 256, 128, 64
RECIPE = Recipe(epochs=400, batch=64, learning_rate=1e-3, optimizer="sgd")


@dataclass(frozen=True)
class MemGuard(Defense):
    """MemGuard (Jia et al., CCS 2019): the undefended model, whose outputs are changed at test time.

    A classifier is fitted, on sorted outputs, to tell the members from the defender's spare records. Phase I looks for
    noise on the logits for which the classifier changes its mind and the label stays (see defenses.distorting), and
    phase II adds it with a probability that keeps the expected L1 distortion of the output within `budget` (epsilon).
    What is given out are the logarithms of the noised probabilities, up to a constant.

    The random choice is a function of the query, as the authors demand, so that asking again tells nothing. HAMP and
    SELENA evaluate phase I alone, a budget of 2 or more here. The classifier, 256-128-64-1 as the authors', is fitted
    on as many members as spare records, drawn where there are more of one.
    """

    reference: ClassVar[str] = "Jia et al., CCS 2019"
    needs: ClassVar[tuple[str, ...]] = ("spare",)
    keeps_labels: ClassVar[bool] = True
    budget: float = 1.0

    def __post_init__(self) -> None:
        demand("memguard: budget", self.budget, 0, math.inf)

    def train(self, task: Task, rngs: Sequence[np.random.Generator]) -> Sequence[Trained | Diverged]:
        """Return the K models, each with a classifier of its own as its state; see models.Task.

        Raises ValueError where a model has no spare records.
        """
        if not all(map(len, task.spare)):
            raise ValueError("expected spare records to tell members from, got none")
        models = fit(task)
        sound = {k: model for k, model in enumerate(models) if isinstance(model, Predictor)}
        results: list[Trained | Diverged] = list(models)
        for k, classifier in classifiers(task, sound, rngs).items():
            if isinstance(classifier, Diverged):
                results[k] = Diverged(f"its classifier of members: {classifier.reason}")
            else:
                sound[k].state = classifier.weights()
                sound[k].facts |= classifier.facts
        return results

    def release(self, context: ReleaseContext, logits: np.ndarray) -> np.ndarray:
        """Return the logits (n, C), with noise for a random choice of the records that it helps."""
        layers = layers_of(context.state)
        own = logits.astype(np.float64)
        with threads_for(1):  # several would wait for each other at every small product
            noised = unsettled(own, layers)
            s, near = softmax(own, axis=-1), softmax(noised, axis=-1)
            before, after = (expit(logits_of_membership(p, layers)[0]) for p in (s, near))
        add = context.uniform() < chances(s, near, before, after, self.budget)
        made = np.where(add[:, None], noised, own)
        made -= made.max(-1, keepdims=True)  # before it is rounded, so that no two values become one at the top
        return np.maximum(made, np.finfo(np.float32).min)


@dataclass(frozen=True)
class Classifier:
    """The authors' classifier of sorted outputs, from Glorot's initial weights; torch's are too small to learn at so
    small a rate.
    """

    def build(self, shape: tuple[int, ...], classes: int) -> nn.Module:
        """Return a ReLU network for records (D,)."""
        module = Mlp(hidden=HIDDEN, activation="relu").build(shape, classes)
        for name, values in module.named_parameters():
            if name.endswith("weight"):
                nn.init.xavier_uniform_(values)
            else:
                nn.init.zeros_(values)
        return module


class Telling(Standard):
    """Binary cross-entropy of the second of two logits. The first is idle: of a layer with a single output, products
    would round otherwise in a cohort than alone.
    """

    def loss(self, logits: Tensor, batch: Batch) -> Tensor:
        """Return the mean over B (K,) for logits (K, B, 2) and labels (K, B), 1 for a member."""
        h = logits[..., 1]
        return (softplus(h) - batch.labels * h).mean(-1)


def classifiers(
    task: Task, models: Mapping[int, Trained], rngs: Sequence[np.random.Generator]
) -> dict[int, Predictor | Diverged]:
    """Return the classifiers of some models, by their numbers in the task, all trained at once: networks that give to
    sorted probabilities (n, C) logits (n, 2), the second of membership. Their facts say how well they tell what they
    learnt from.
    """
    if not models:
        return {}
    known = {k: examples(task, k, model, rngs[k]) for k, model in models.items()}
    own = [np.concatenate(pair) for pair in known.values()]
    x, y = np.concatenate(own), np.concatenate([np.arange(len(of)) < len(of) // 2 for of in own]).astype(np.int64)
    rows = tuple(np.split(np.arange(len(x)), np.cumsum([len(of) for of in own])[:-1]))
    seeds = tuple(int(rngs[k].integers(2**62)) for k in known)
    made = fit(Task(x, y, 2, (1.0,), (0.0,), rows, seeds, Classifier(), RECIPE, Telling(), task.device))
    for classifier, (members, spare) in zip(made, known.values(), strict=True):
        if isinstance(classifier, Predictor):
            members_found, spare_found = ((classifier.predict(of)[:, 1] > 0).mean() for of in (members, spare))
            accuracy = float(members_found + 1 - spare_found) / 2
            classifier.facts = {"spare records": len(spare), "classifier's accuracy": round(accuracy, 4)}
    return dict(zip(known, made, strict=True))


def examples(task: Task, k: int, model: Trained, rng: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
    """Return the sorted probabilities (m, C) of as many members of model k of a task, and spare records."""
    size = min(len(task.rows[k]), len(task.spare[k]))
    drawn = (rng.choice(rows, size, replace=False) for rows in (task.rows[k], task.spare[k]))
    members, spare = (np.sort(probabilities(model.predict(task.x[rows])).astype(np.float32)) for rows in drawn)
    return members, spare


def layers_of(state: Mapping[str, np.ndarray]) -> Layers:
    """Return the classifier's layers, the first first, from its weights by name; of the last the output that counts.

    In float64: hundreds of steps make larger what rounding makes of a product in other company, and in the float32 that
    is given out it must not be seen.
    """
    named = [(f"layers.{i}.weight", f"layers.{i}.bias") for i in range(len(state) // 2)]
    *hidden, (weight, bias) = [(state[a].astype(np.float64), state[b].astype(np.float64)) for a, b in named]
    return [*hidden, (weight[1:], bias[1:])]
