"""From the outcomes of an attack in every trial to its record: one a (suite, defense, adversary, attack)."""

from __future__ import annotations

import hashlib
import platform
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import scipy
import torch

from benchmarks.games.playing import ALPHAS, SWEEP, Outcome
from benchmarks.naming.plugins import Plugin, settings
from benchmarks.results.records import SCHEMA, Arrays
from benchmarks.statistics import intervals, metrics, paired
from benchmarks.training.plan import Plan
from benchmarks.training.store import digest

BINS = 40
GRID = np.geomspace(1e-4, 1, 81)  # false positive rates at which a record keeps its ROC curve


def versions() -> dict[str, str]:
    """The versions that a result may depend on."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


@dataclass(frozen=True, eq=False)
class Seen:
    """One attack in one trial: who is a member (n,), what the attack said, and how hard each record is (n,) or None."""

    member: np.ndarray
    outcome: Outcome
    difficulty: np.ndarray | None


def make(
    plan: Plan, defense: Plugin, attack: Plugin, seen: list[Seen], pairs: list[dict[str, Any]], run: dict[str, Any]
) -> dict[str, Any]:
    """The record of one attack against one defense, from its outcome in each trial.

    `pairs` is its row of `against_the_strongest`. `run` holds what the whole run shares: command, device, duplicates,
    inputs, utility, cost.
    """
    trials = [(s.outcome.scores, s.member) for s in seen]
    rng = np.random.default_rng(int(digest([plan.suite.name, defense.name, attack.name, plan.seed]), 16))
    tp = np.array([[v[s.member].sum() for v in s.outcome.verdicts] for s in seen])
    fp = np.array([[v[~s.member].sum() for v in s.outcome.verdicts] for s in seen])
    return {
        "schema": SCHEMA,
        "suite": _suite(plan),
        "defense": {"name": defense.name, "settings": settings(defense.value)},
        "adversary": plan.adversary,
        "attack": _attack(attack),
        "scores": [hashlib.sha256(s.outcome.scores.tobytes()).hexdigest()[:32] for s in seen],
        "trials": [_plain(metrics.ranking(metrics.ranked(*t))) for t in trials],
        "ranking": {k: _plain(asdict(v)) for k, v in metrics.ranking_intervals(trials, rng).items()},
        "verdicts": _verdicts(seen, tp, fp),
        "sweep": {"alpha": SWEEP.tolist(), "tp": tp.sum(0).tolist(), "fp": fp.sum(0).tolist()},
        "roc": _plain({k: v.tolist() for k, v in metrics.roc(trials, GRID, rng).items()}),
        "histograms": {"score": score_histogram(seen), "difficulty": difficulty_histogram(seen)},
        "paired": pairs,
        "versions": versions(),
        **run,
        "cost": {**run["cost"], "attack_seconds": round(sum(s.outcome.seconds for s in seen), 3)},
    }


def arrays(seen: list[Seen]) -> Arrays:
    """What is kept of each trial beside the record: scores (n,), member (n,), verdicts (A, n) at each of `ALPHAS`."""
    chosen = np.searchsorted(SWEEP, ALPHAS)
    return [{"scores": s.outcome.scores, "member": s.member, "verdicts": s.outcome.verdicts[chosen]} for s in seen]


def against_the_strongest(seen: dict[str, list[Seen]], seed: int) -> dict[str, list[dict[str, Any]]]:
    """Each attack of `seen` against the one of greatest AUC on the same models; p values are corrected (Holm).

    The strongest one has an empty list. TPR at 1 % FPR is None where the data cannot resolve it.
    """
    strengths = {name: intervals.auc([(s.outcome.scores, s.member) for s in of]).mean for name, of in seen.items()}
    strongest = max(strengths, key=lambda name: (strengths[name], name))
    others = [name for name in seen if name != strongest]
    chosen, alpha = int(np.flatnonzero(ALPHAS[2] == SWEEP)[0]), ALPHAS[2]
    rows: dict[str, list[Any]] = {"auc": [], "tpr_at_1%_fpr": [], f"tp_at_{alpha}": []}
    for name in others:
        member = [s.member for s in seen[name]]
        a, b = ([s.outcome.scores for s in seen[of]] for of in (name, strongest))
        claims = [[s.outcome.verdicts[chosen] for s in seen[of]] for of in (name, strongest)]
        rng = np.random.default_rng(int(digest([seed, name, strongest]), 16))
        found = (
            paired.delong(a, b, member),
            paired.tpr_difference(a, b, member, 0.01, rng),
            paired.tp_difference(claims[0], claims[1], member),
        )
        for column, difference in zip(rows.values(), found, strict=True):
            column.append(_plain(asdict(difference)))
    for column in rows.values():
        corrected = paired.holm([np.nan if row["p"] is None else row["p"] for row in column])
        for row, p in zip(column, corrected, strict=True):
            row["p"] = _plain(p)
    result: dict[str, list[dict[str, Any]]] = {strongest: []}
    for i, name in enumerate(others):
        result[name] = [{"other": strongest, **{metric: column[i] for metric, column in rows.items()}}]
    return result


def _suite(plan: Plan) -> dict[str, Any]:
    suite, pool = plan.suite, plan.pool
    return {
        "name": suite.name,
        "dataset": suite.dataset,
        "dataset_digest": pool.digest,
        "source": pool.source,
        "licence": pool.licence,
        "synthetic": pool.synthetic,
        "lossless": pool.lossless,
        "network": repr(suite.network),
        "recipe": asdict(suite.recipe),
        "protocol": plan.split.protocol,
        "part": suite.part,
        "references": suite.references,
        "trials": suite.trials,
        "changed": {k: list(v) for k, v in suite.changed.items()},
        "reduced": suite.reduced,
        "seed": plan.seed,
    }


def _attack(attack: Plugin) -> dict[str, Any]:
    value = attack.value
    return {
        "name": attack.name,
        "settings": settings(value),
        "access": value.access,
        "needs": value.needs,
        "version": value.version,
        "reference": value.reference,
    }


def _verdicts(seen: list[Seen], tp: np.ndarray, fp: np.ndarray) -> list[dict[str, Any]]:
    members = np.array([s.member.sum() for s in seen])
    rows = []
    for alpha in ALPHAS:
        a = int(np.flatnonzero(alpha == SWEEP)[0])
        rehearsed = [s.outcome.rehearsed_precision[a] for s in seen]
        rows.append(
            {
                "alpha": alpha,
                "tp": tp[:, a].tolist(),
                "fp": fp[:, a].tolist(),
                "members": members.tolist(),
                "precision": _plain(asdict(intervals.share(tp[:, a], tp[:, a] + fp[:, a]))),
                "recall": _plain(asdict(intervals.share(tp[:, a], members))),
                "rehearsed_precision": _plain(rehearsed),
                "reached": [bool(p >= alpha) for p in rehearsed],
            }
        )
    return rows


def score_histogram(seen: list[Seen]) -> dict[str, list[float]]:
    """Members and non-members of all trials by score: equal bins over the middle 99 %, what lies beyond in the ends."""
    scores = np.concatenate([s.outcome.scores for s in seen])
    member = np.concatenate([s.member for s in seen])
    low, high = np.quantile(scores, [0.005, 0.995])
    edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    inside, outside = (_counts(scores[of], edges) for of in (member, ~member))
    return {"edges": _plain(edges.tolist()), "members": inside, "others": outside}


def difficulty_histogram(seen: list[Seen]) -> dict[str, Any] | None:
    """The members of all trials by difficulty, those identified at alpha = 0.9 and those missed (HP-MIA, Figure 17)."""
    alpha = ALPHAS[0]
    known = [s for s in seen if s.difficulty is not None]
    hard = np.concatenate([s.difficulty[s.member] for s in known if s.difficulty is not None]) if known else np.empty(0)
    if not np.isfinite(hard).any():
        return None
    found = np.concatenate([s.outcome.verdicts[np.flatnonzero(alpha == SWEEP)[0]][s.member] for s in known])
    edges = np.linspace(0, max(float(np.nanquantile(hard, 0.995)), 1e-6), BINS + 1)
    identified, missed = (_counts(hard[of & np.isfinite(hard)], edges) for of in (found, ~found))
    return {"edges": _plain(edges.tolist()), "identified": identified, "missed": missed, "alpha": alpha}


def _counts(values: np.ndarray, edges: np.ndarray) -> list[int]:
    return np.histogram(np.clip(values, edges[0], edges[-1]), edges)[0].tolist()


def _plain(value: Any) -> Any:
    """Numbers with six significant digits, None for NaN; in lists and dictionaries too."""
    if isinstance(value, dict):
        return {k: _plain(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_plain(v) for v in value]
    if value is None or np.isnan(value):
        return None
    return float(f"{value:.6g}")
