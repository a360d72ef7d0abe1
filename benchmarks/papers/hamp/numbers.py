"""The numbers of one defense on one data set, as plain JSON."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from benchmarks.games import circumstances
from benchmarks.naming.registry import ATTACKS, Plugin, builtin
from benchmarks.papers import kit
from benchmarks.papers.hamp.settings import FEWER, HAMP, attacks_of
from benchmarks.papers.kit import Job, Numbers
from benchmarks.results.making import rounded
from benchmarks.statistics import intervals
from benchmarks.statistics.accuracy import accuracy, lines_of
from benchmarks.statistics.played import Played
from benchmarks.statistics.sharing import tpr_effects
from benchmarks.statistics.values import Interval, holds
from benchmarks.training.jobs import answer, restored
from benchmarks.training.plan import Plan
from benchmarks.training.store import WEIGHTS, Store
from datasets import Trial

RATE = 0.001  # of false positives, and of false negatives
SIGNS = {"tpr": 1, "tnr": -1}
QUERIES = 256  # records that are asked to see what a query costs
Said = dict[str, list[Played]]


def row(title: str) -> Callable[[Job, Plan, Store], Numbers | None]:
    """What makes the block `title` of a suite's numbers; None where no trial is complete."""

    def make(job: Job, plan: Plan, store: Store) -> Numbers | None:
        (defense,) = plan.defenses
        trials = kit.trials_of(plan, store, defense)
        if not trials:
            return None
        said, refused = kit.tried(kit.games_of(plan, store, defense), attacks_of(title, plan.pool), store)
        right = circumstances.right(plan, store, defense, trials)
        facts = [store.models.facts(plan.roles(defense, t)[0].key).get("defense", {}) for t in trials]
        made = {
            "about": about_of_row(job, plan, store),
            "defense": defense.name,
            "accuracy": {n: _plain(accuracy(of)) for n, of in zip(("train", "test"), right, strict=True)},
            "correct": right[1].counts.tolist(),
            "right": lines_of(right[1], plan.split.audited),
            "attacks": {name: _attack(games) for name, games in said.items()},
            "refused": refused,
            "leaders": _leaders(said),
            **(_fewer(plan, store, defense, said) if title == HAMP else {}),
            "query_seconds": _query(plan, store, defense, trials),
            "facts": circumstances.shared(facts),
        }
        return {title: made}

    return make


def about_of_row(job: Job, plan: Plan, store: Store) -> Numbers:
    """What the numbers of a row were made with: its defense may have fewer references and targets than the suite, and a
    recipe of its own.
    """
    (defense,) = plan.defenses
    own = {"references": plan.suite.references, "trials": plan.suite.trials}
    return kit.about(job, plan, store) | own | {"recipe": plan.suite.recipe_of(defense.name).plain()}


def _attack(games: Sequence[Played]) -> Numbers:
    return {
        "auc": _plain(kit.interval("auc", games)),
        **{key: _plain(rate(games, sign)) for key, sign in SIGNS.items()},
        "seconds": round(float(np.mean([game.seconds for game in games])), 4),
    }


def rate(games: Sequence[Played], sign: int) -> Interval:
    """TPR at an FPR of RATE in the population (`sign` 1), or TNR at such an FNR (-1), whether or not the records of one
    game resolve it.
    """
    places = [intervals.Places.of(sign * game.scores, game.member == (sign > 0)) for game in games]
    rates = np.array([RATE])
    effects = tpr_effects(games, rates, sign)
    mean, low, high = intervals.true_positive_rates(places, rates, np.random.default_rng(0), effects)
    return Interval(float(mean[0]), float(min(low[0], mean[0])), float(max(high[0], mean[0])), holds(len(games)))


def _leaders(said: Said) -> Numbers:
    return {key: _leader(said, sign) for key, sign in SIGNS.items()}


def _fewer(plan: Plan, store: Store, defense: Plugin, said: Said) -> Numbers:
    """The strongest attacks on HAMP with as many reference models as the rival that has the fewest. `said`: with all of
    them; who needs none says the same.
    """
    most = min(FEWER.values())
    if plan.suite.references <= most:
        return {}
    needing = [name for name in said if builtin(ATTACKS, name).value.needs != "target"]
    again, _ = kit.tried(kit.games_of(plan, store, defense, most), needing, store)
    few = {name: again.get(name, of) for name, of in said.items() if name in again or name not in needing}
    return {"fewer": {"references": most, "leaders": _leaders(few)}}


def _leader(said: Said, sign: int) -> Numbers:
    """The strongest attack. For each target it is chosen on the other targets, so that the choice is not made where it
    is judged; of one target alone it can only be chosen there, as in HAMP's evaluation.
    """
    names = list(said)
    points = np.array([[rate([game], sign).mean for game in said[name]] for name in names], float)  # (attacks, K)
    games = points.shape[1]
    others = (points.sum(1, keepdims=True) - points) / (games - 1) if games > 1 else points
    chosen = [names[int(place)] for place in others.argmax(0)]
    return {"of": _plain(rate([said[name][k] for k, name in enumerate(chosen)], sign)), "chosen": chosen}


def _query(plan: Plan, store: Store, defense: Plugin, trials: Sequence[Trial]) -> float | None:
    """Seconds that the first target takes to answer a query, of QUERIES at once; None where it is not kept."""
    training = plan.roles(defense, trials[0])[0]
    if WEIGHTS not in store.models.noted(training.key)["files"]:
        return None
    x = plan.pool.x[plan.split.audited[:QUERIES]]
    (model,) = restored([training], store, "cpu")
    answer(training, model, x[:1], model.predict(x[:1]))
    begun = time.perf_counter()
    answer(training, model, x, model.predict(x))
    return round((time.perf_counter() - begun) / len(x), 7)


def _plain(value: Any) -> Numbers:
    return {k: rounded(v) if isinstance(v, float) else v for k, v in vars(value).items()}
