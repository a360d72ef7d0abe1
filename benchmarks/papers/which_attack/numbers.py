"""The numbers of one suite, as plain JSON: every attack with every number of reference models."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from benchmarks.games import circumstances
from benchmarks.papers import kit
from benchmarks.papers.kit import Job
from benchmarks.papers.which_attack.settings import ALONE, FEW, ORDERS, REFERENCES, REFERRING, STAGES, staged
from benchmarks.results.making import rounded
from benchmarks.statistics import paired
from benchmarks.statistics.accuracy import accuracy
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import Played
from benchmarks.training.plan import Plan
from benchmarks.training.store import Store

Numbers = dict[str, Any]
ALPHA = 0.98  # the precision demanded of two-stage
SHOWN = {"auc": "auc", "tpr": "tpr_at_1%_fpr", "tpr_low": "tpr_at_0.1%_fpr"}
Said = dict[str, list[Played]]


def main(job: Job, plan: Plan, store: Store) -> Numbers | None:
    """All tables and figures; None where no trial is complete."""
    (defense,) = plan.defenses
    trials = kit.trials_of(plan, store, defense)
    if not trials:
        return None
    most = kit.references_of(plan, store, defense, max(REFERENCES))
    found = {r: kit.tried(kit.games_of(plan, store, defense, r), REFERRING, store) for r in REFERENCES if r <= most}
    few = min(FEW, max(found))
    games = kit.games_of(plan, store, defense, few)
    alone, _ = kit.tried(games, ALONE, store)
    stages, _ = kit.tried(games, [staged(stage) for stage in STAGES], store)
    right = circumstances.right(plan, store, defense, trials)
    return {
        "about": _about(job, plan, store, most),
        "audited": len(games[0].member),
        "population": len(plan.split.population),
        "accuracy": {n: vars(accuracy(of)) for n, of in zip(("train", "test"), right, strict=True)},
        "by_references": {str(r): {"attacks": _measured(said), "refused": why} for r, (said, why) in found.items()},
        "alone": _measured(alone),
        "few": few,
        "orders": _orders(found[few][0]),
        "stages": _stages(found[few][0], stages),
    }


def _about(job: Job, plan: Plan, store: Store, most: int) -> Numbers:
    """The run; its references are measured against those that this page has, not the suite."""
    made = {**kit.about(job, plan, store), "references": most}
    if "references" in made["changed"]:
        made["changed"]["references"][0] = max(REFERENCES)
    return made


def _measured(said: Said) -> dict[str, Numbers]:
    """Each attack's metrics and cost; `tied`: whether neither its interval nor a paired test tells its TPR from the
    greatest of these.
    """
    made: dict[str, Numbers] = {}
    key = METRICS[SHOWN["tpr"]]
    if not said:
        return made
    best = max(said, key=lambda name: (np.mean([key.measure(game) for game in said[name]]), name))
    others = [name for name in said if name != best]
    lags = {name: kit.lead(SHOWN["tpr"], said[name], said[best]) for name in others}
    holm = dict(zip(others, paired.holm([lags[name].p for name in others]), strict=True))
    top = kit.interval(SHOWN["tpr"], said[best])
    for name, games in said.items():
        values = {k: kit.interval(key, games) for k, key in SHOWN.items()}
        high = values["tpr"].high
        apart = high is not None and top.low is not None and high < top.low
        made[name] = {
            **{k: _plain(v) for k, v in values.items()},
            "tied": name == best or (holm[name] >= 0.05 and not apart),
            "seconds": round(float(np.mean([game.seconds for game in games])), 4),
        }
    return made


def _orders(said: Said) -> dict[str, Numbers]:
    """The pairs of ORDERS that both played: by how much the TPR of the first is greater."""
    pairs = [(a, b) for a, b in ORDERS if a in said and b in said]
    return {f"{a} - {b}": _plain(kit.lead(SHOWN["tpr"], said[a], said[b])) for a, b in pairs}


def _stages(plain: Said, two: Said) -> dict[str, Numbers]:
    """Each score by itself and behind membership exclusion, at one demand of precision."""
    rows = {}
    for stage in (s for s in STAGES if s in plain and staged(s) in two):
        alone, both = plain[stage], two[staged(stage)]
        gain = kit.lead(f"tp_at_{ALPHA}", both, alone)
        rows[stage] = {"gain": _plain(gain), "alone": _verdicts(alone), "two_stage": _verdicts(both)}
    return rows


def _verdicts(games: Sequence[Played]) -> Numbers:
    counts = np.array([game.counts(ALPHA) for game in games])
    precision = kit.interval(f"precision_at_{ALPHA}", [replace(of, resampled=of.resampled[:0]) for of in games])
    return {"tp": counts[:, 0].tolist(), "fp": counts[:, 1].tolist(), "precision": _plain(precision)}


def _plain(value: Any) -> Numbers:
    return {k: rounded(v) if isinstance(v, float) else v for k, v in vars(value).items()}
