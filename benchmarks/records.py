"""One JSON record a (suite, defense, adversary, attack): all that boards, plots and reports are made from."""

from __future__ import annotations

import hashlib
import json
import os
import platform
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import scipy
import torch

from benchmarks import metrics
from benchmarks.audit import ALPHAS, SWEEP, Outcome
from benchmarks.plan import Plan
from benchmarks.plugins import Plugin, settings
from benchmarks.store import digest
from datasets import Trial

SCHEMA = 1
GRID = np.geomspace(1e-4, 1, 81)  # false positive rates at which a record keeps its ROC curve


def versions() -> dict[str, str]:
    """The versions that a result may depend on."""
    return {
        "python": platform.python_version(),
        "torch": torch.__version__,
        "numpy": np.__version__,
        "scipy": scipy.__version__,
    }


def make(
    plan: Plan,
    defense: Plugin,
    attack: Plugin,
    outcomes: list[tuple[Trial, Outcome]],
    run: dict[str, Any],
) -> dict[str, Any]:
    """The record of one attack against one defense, from its outcome in each trial.

    `run` holds what the whole run shares: command, device, duplicates.
    """
    member = [plan.split.member(t.target)[t.audited] for t, _ in outcomes]
    ranked = [metrics.ranked(o.scores, m) for m, (_, o) in zip(member, outcomes, strict=True)]
    rng = np.random.default_rng(int(digest([plan.suite.name, defense.name, attack.name, plan.seed]), 16))
    claims = np.array([[v[m].sum() for v in o.verdicts] for m, (_, o) in zip(member, outcomes, strict=True)])
    alarms = np.array([[v[~m].sum() for v in o.verdicts] for m, (_, o) in zip(member, outcomes, strict=True)])
    return {
        "schema": SCHEMA,
        "suite": _suite(plan),
        "defense": {"name": defense.name, "settings": settings(defense.value)},
        "adversary": plan.adversary,
        "attack": _attack(attack),
        "inputs": digest([plan.keys(defense, t) for t, _ in outcomes]),
        "scores": [hashlib.sha256(o.scores.tobytes()).hexdigest()[:32] for _, o in outcomes],
        "trials": [{k: _plain(v) for k, v in metrics.ranking(r).items()} for r in ranked],
        "ranking": {k: asdict(v) for k, v in metrics.ranking_intervals(ranked, rng).items()},
        "verdicts": _verdicts(member, claims, alarms, [o for _, o in outcomes]),
        "sweep": {"alpha": SWEEP.tolist(), "tp": claims.sum(0).tolist(), "fp": alarms.sum(0).tolist()},
        "roc": {"fpr": GRID.tolist(), "tpr": _mean_roc(ranked).tolist()},
        "versions": versions(),
        **run,
    }


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


def _verdicts(
    member: list[np.ndarray], claims: np.ndarray, alarms: np.ndarray, outcomes: list[Outcome]
) -> list[dict[str, Any]]:
    rows = []
    for alpha in ALPHAS:
        a = int(np.flatnonzero(alpha == SWEEP)[0])
        tp, fp = int(claims[:, a].sum()), int(alarms[:, a].sum())
        members = int(sum(m.sum() for m in member))
        rehearsed = [o.rehearsed_precision[a] for o in outcomes]
        rows.append(
            {
                "alpha": alpha,
                "tp": claims[:, a].tolist(),
                "fp": alarms[:, a].tolist(),
                "members": [int(m.sum()) for m in member],
                "precision": asdict(metrics.clopper_pearson(tp, tp + fp)),
                "recall": asdict(metrics.clopper_pearson(tp, members)),
                "rehearsed_precision": [_plain(p) for p in rehearsed],
                "reached": [bool(p >= alpha) for p in rehearsed],
            }
        )
    return rows


def _mean_roc(ranked: list[metrics.Ranked]) -> np.ndarray:
    curves = []
    for trial in ranked:
        fpr, tpr = metrics.curve(trial)
        curves.append(tpr[np.searchsorted(fpr, GRID + 1e-12, side="right") - 1])
    return np.mean(curves, axis=0)


def _plain(value: Any) -> float | None:
    return None if np.isnan(value) else float(value)


def file_name(record: dict[str, Any]) -> str:
    """A file name that says which record it is."""
    parts = (
        record["suite"]["name"],
        record["adversary"],
        record["defense"]["name"],
        record["attack"]["name"],
    )
    return "--".join("".join(c if c.isalnum() or c in "._-=" else "_" for c in part) for part in parts) + ".json"


def write(record: dict[str, Any], folder: Path) -> None:
    """Write one record, whole or not at all. Raises OSError."""
    write_text(folder / file_name(record), json.dumps(record, indent=1, sort_keys=True, allow_nan=False) + "\n")


def write_text(path: Path, text: str) -> None:
    """Write a file whole or not at all. Raises OSError."""
    draft = path.with_name(f".{path.name}.{os.getpid()}.draft")
    try:
        draft.write_text(text)
        os.replace(draft, path)
    finally:
        draft.unlink(missing_ok=True)


def read(folder: Path) -> list[dict[str, Any]]:
    """All records of a folder, by file name. Raises ValueError on none, a damaged one or another schema."""
    paths = sorted(folder.glob("*.json"))
    if not paths:
        raise ValueError(f"{folder}: expected records (*.json), found none")
    records = []
    for path in paths:
        try:
            record = json.loads(path.read_text())
            schema = record["schema"]
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}: is not a record ({error})") from error
        if schema != SCHEMA:
            raise ValueError(f"{path}: expected a record of schema {SCHEMA}, got {schema}")
        records.append(record)
    return records
