"""Games whose outputs say nothing, made as a run makes them: a plan, models in a store, games from that store.

A defense of their own gives every model the weights 0, so that all logits of all models are 0, to whatever is asked.
"""

from dataclasses import dataclass, replace
from functools import cache

import numpy as np

from benchmarks.games import from_store
from benchmarks.naming.registry import ATTACKS, DATASETS, Plugin, builtin, everything
from benchmarks.training import plan as plans
from benchmarks.training import runner
from benchmarks.training.executors import Here
from benchmarks.training.plan import Plan
from benchmarks.training.queries import unfit
from benchmarks.training.suites import find
from datasets.registry import adopt
from datasets.split import Rows, Split, Trial
from defenses import Defense
from models import restore


@dataclass(frozen=True)
class Silent(Defense):
    """Every model's weights are 0."""

    number: int = 0

    def train(self, task, rngs):
        module = task.network.build(task.x.shape[1:], task.classes)
        zeros = {name: 0 * p.detach().numpy() for name, p in module.named_parameters()}
        shape = task.x.shape[1:]
        return restore(task.network, shape, task.classes, [zeros] * len(task.rows), task.scale, task.shift)


@dataclass(frozen=True)
class Balanced:
    """The half-split of the first edition: each record in exactly half of R + 2 models. Its games give all away."""

    part: int
    name = "balanced"
    gives = frozenset({"reference", "shadow", "population", "validation", "spare"})

    def resized(self, part):
        return replace(self, part=part)

    def split(self, records, trials, references, seed):
        models = references + 2
        order = np.random.default_rng([seed, 5]).permutation(records)
        audited = np.sort(order[: 2 * self.part])
        draws = np.random.default_rng([seed, 3]).random((models, len(audited)))
        inside = draws.argsort(axis=0).argsort(axis=0) < models // 2

        def trial(number):
            def shuffled(side):
                return np.random.default_rng([seed, 4, number, side]).permutation(len(audited))

            return Trial(number, (number + models // 2) % models, tuple(range(models)), shuffled)

        rest = np.sort(order[2 * self.part : 3 * self.part])
        trained = Rows(range(models), lambda model: audited[inside[model]])
        return Split("balanced", self.part, audited, trained, tuple(map(trial, range(trials))), self.gives, rest)


@cache
def pool():
    """The digits."""
    return adopt("digits", builtin(DATASETS, "digits").value, None)


@dataclass(frozen=True)
class Request:
    """What is asked for; makes the plan, as a run's request does."""

    protocol: object
    references: int
    trials: int
    adversary: str
    seed: int

    def plan(self) -> Plan:
        """The plan."""
        suite = replace(find("digits"), protocol=self.protocol, references=self.references, trials=self.trials)
        none, other = Plugin("none", Silent()), Plugin("silent", Silent(1))
        made = plans.make(suite, pool(), none, (other,), self.adversary, self.seed)
        asked = {query for attack in everything(ATTACKS)[0] for query in attack.value.queries}
        return made.asking(sorted(query for query in asked if not unfit(query, pool())), population=True)


def games(store, protocol, references, trials=4, adversary="adaptive", seed=0):
    """The games against the models of `store` that carry a defense: no logit differs from 0."""
    request = Request(protocol, references, trials, adversary, seed)
    plan = request.plan()
    assert not runner.train(plan, request, store, Here())
    made = from_store.contest(plan, store, plan.defenses[1], "a test")
    assert made is not None
    assert len(made.games) == trials
    return made.games


def deviations(scores, member):
    """How many standard deviations of an AUC that knows nothing the AUC of `scores` (n,) is from 1/2; none are ties.

    0 without members or others.
    """
    inside, outside = scores[member], scores[~member]
    if not len(inside) or not len(outside):
        return 0.0
    above = np.sign(inside[:, None] - outside[None, :]).mean() / 2
    return above / np.sqrt((len(scores) + 1) / (12 * len(inside) * len(outside)))
