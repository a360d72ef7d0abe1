"""Invented records of the current schema: the binormal model in closed form, so that nothing is simulated.

Members score N(d, 1), others N(0, 1): AUC = Phi(d / sqrt 2), TPR at FPR f = Phi(d - z(1 - f)).
"""

import hashlib
import math

import msgspec
import numpy as np
from scipy.stats import norm

from benchmarks.report import rankings
from benchmarks.report.page import page
from benchmarks.report.section import sections
from benchmarks.report.writing import made as contents_of
from benchmarks.results.checking import checked
from benchmarks.results.making import GRID, rounded
from benchmarks.results.record import Compared, Comparisons, Difference, Record
from benchmarks.statistics import intervals
from benchmarks.statistics.metrics import METRICS, RATES
from benchmarks.statistics.played import ALPHAS, SWEEP

ATTACKS = {
    "two-stage": 0.62,
    "two-stage-lira": 0.6,
    "lira-offline": 0.55,
    "attack-r": 0.52,
    "c-conf": 0.5,
    "c-conf-max": 0.42,
    "c-loss": 0.4,
    "mentr": 0.22,
    "loss": 0.2,
    "conf": 0.19,
    "entropy": 0.15,
    "gap": 0.08,
}
DEFENSES = {"none": 1.0, "l2": 0.93, "label-smoothing": 0.8, "hamp": 0.45}
ACCURACY = {"none": 0.86, "l2": 0.865, "label-smoothing": 0.85, "hamp": 0.838}


def interval(mean, n):
    """A mean of n draws with its normal 95 % interval, inside [0, 1]."""
    half = 1.96 * math.sqrt(max(mean * (1 - mean), 1e-4) / n)
    return {k: rounded(x) for k, x in zip(ENDS, (mean, max(mean - half, 0.0), min(mean + half, 1.0)), strict=True)}


def record(suite="digits", defense="none", attack="two-stage", d=0.6, members=1000, trials=4, accuracy=0.86, **changes):
    """One record; `members` and as many others a trial, `changes` to its suite."""
    z = norm.ppf(1 - GRID)
    tpr = norm.cdf(d - z)
    half = 1.96 * np.sqrt(np.maximum(tpr * (1 - tpr), 1e-4) / (members * trials))
    ranking = {"auc": interval(float(norm.cdf(d / math.sqrt(2))), members * trials)}
    for rate in RATES:
        found = interval(float(norm.cdf(d - norm.ppf(1 - rate))), members * trials)
        resolved = members * rate >= 1
        for name in (f"tpr_at_{rate * 100:g}%_fpr", f"tnr_at_{rate * 100:g}%_fnr"):
            ranking[name] = found if resolved else {"mean": None, "low": None, "high": None}
    ranking["balanced_accuracy"] = interval(float(norm.cdf(d / 2)), members * trials)
    claims = np.round(members * trials * norm.cdf(d - norm.ppf(SWEEP.clip(max=0.999)))).astype(int)
    alarms = np.round(members * trials * norm.cdf(-norm.ppf(SWEEP.clip(max=0.999)))).astype(int)
    alarms[-1] = 0
    verdicts = [_verdict(a, claims, alarms, members, trials) for a in ALPHAS]
    for verdict in verdicts:
        ranking |= _claims(verdict)
    plain = {
        "suite": _suite(suite, members, trials, changes),
        "defense": {"name": defense, "settings": {"strength": 0.5} if defense != "none" else {}},
        "adversary": "adaptive",
        "attack": {
            "name": attack,
            "settings": {},
            "access": "logit",
            "needs": "reference",
            "version": 1,
            "reference": "Doe 2026",
            "queries": ["clean"],
            "uses": [],
        },
        "games": {"inputs": _digest("inputs", suite, defense), "outputs": _digest("outputs", suite, defense)},
        "scores": [_digest("scores", suite, defense, attack, t) for t in range(trials)],
        "metrics": {key: {"values": [value["mean"]] * trials, **value} for key, value in ranking.items()},
        "verdicts": verdicts,
        "sweep": {"alpha": SWEEP.tolist(), "tp": claims.tolist(), "fp": alarms.tolist()},
        "roc": {
            "fpr": GRID.tolist(),
            "tpr": [rounded(x) for x in tpr],
            "low": [rounded(x) for x in np.maximum(tpr - half, 0)],
            "high": [rounded(x) for x in np.minimum(tpr + half, 1)],
        },
        "histograms": _histograms(d, members * trials),
        "utility": {"train": interval(0.999, members * trials), "test": interval(accuracy, members * trials)},
        "cost": {"seconds": 431.25, "models": 30, "attack_seconds": 0.02 + 3 * d},
        "duplicates": 3,
        "versions": {"python": "3.12.1", "torch": "2.11.0", "numpy": "2.4.0", "scipy": "1.17.0"},
        "device": "cpu (2 threads)",
        "command": f"python -m benchmarks.run --suite {suite} --attacks all",
    }
    return checked(plain, Record)


def edited(made, changes):
    """A record with other values at places: ``{"attack/name": "x", "verdicts/2/tp": [1, 2]}``."""
    plain = msgspec.to_builtins(made)
    plain = msgspec.json.decode(msgspec.json.encode(plain))
    for place, value in changes.items():
        *path, last = place.split("/")
        at = plain
        for step in path:
            at = at[int(step) if isinstance(at, list) else step]
        at[int(last) if isinstance(at, list) else last] = value
    return checked(plain, type(made))


def compared(made, **differences):
    """Comparisons of records of one defense with the strongest: a (difference, low, high, p) by attack."""
    best = max(made, key=lambda r: r.auc.mean)
    rows = [
        Compared(r.attack.name, r.outcome(), dict.fromkeys(KEYS, Difference(*differences[r.attack.name])))
        for r in made
        if r is not best
    ]
    suite, adversary, defense, _ = best.key
    about = {"suite": suite, "adversary": adversary, "defense": defense, "strongest": best.attack.name}
    return checked(Comparisons(**about, outcome=best.outcome(), rows=tuple(rows)), Comparisons)


ENDS = ("mean", "low", "high")
KEYS = ("auc", "tpr_at_1%_fpr", "tp_at_0.98")


def _digest(*words):
    return hashlib.sha256(repr(words).encode()).hexdigest()[:32]


def _suite(name, members, trials, changes):
    return {
        "name": name,
        "dataset": name,
        "dataset_digest": "0123456789abcdef" * 2,
        "source": "invented for a test",
        "licence": "CC0",
        "synthetic": False,
        "lossless": True,
        "network": "MLP(hidden=(128, 64))",
        "recipe": {"epochs": 60, "batch": 32, "learning_rate": 0.001, "augment": [], "weight_decay": 0.0},
        "protocol": "six-split",
        "part": members,
        "references": 20,
        "trials": trials,
        "changed": {},
        "reduced": False,
        "seed": 0,
        **changes,
    }


def _verdict(alpha, claims, alarms, members, trials):
    a = int(np.flatnonzero(alpha == SWEEP)[0])
    tp, fp = int(claims[a]), int(alarms[a])
    return {
        "alpha": alpha,
        "tp": [tp // trials] * trials,
        "fp": [fp // trials] * trials,
        "members": [members] * trials,
        "rehearsed_precision": [alpha] * trials,
        "reached": [True] * trials,
    }


def _claims(verdict):
    """The metrics of one demand's verdicts."""
    alpha, tp, fp, members = (verdict[k] for k in ("alpha", "tp", "fp", "members"))
    recall = vars(intervals.clopper_pearson(sum(tp), sum(members)))
    found = {
        f"tp_at_{alpha}": {k: recall[k] * members[0] for k in ("mean", "low", "high")},
        f"precision_at_{alpha}": vars(intervals.clopper_pearson(sum(tp), sum(tp) + sum(fp))),
        f"recall_at_{alpha}": recall,
        f"advantage_at_{alpha}": dict.fromkeys(("mean", "low", "high"), (tp[0] - fp[0]) / members[0]),
    }
    assert set(found) <= set(METRICS)
    found = {key: {k: rounded(of[k]) for k in ENDS} for key, of in found.items()}
    return {key: {**value, "values": [value["mean"]] * len(tp)} for key, value in found.items()} | {
        f"tp_at_{alpha}": {**found[f"tp_at_{alpha}"], "values": [float(x) for x in tp]}
    }


def _histograms(d, n):
    edges = np.linspace(-4, 5, 41)
    loss = np.linspace(0, 8, 41)
    easy = np.diff(1 - np.exp(-loss / 1.2)) * n
    found = np.linspace(0.01, 0.6, 40) * min(d, 1)
    return {
        "score": {
            "edges": edges.tolist(),
            "members": np.round(n * np.diff(norm.cdf(edges - d))).astype(int).tolist(),
            "others": np.round(n * np.diff(norm.cdf(edges))).astype(int).tolist(),
        },
        "difficulty": {
            "edges": loss.tolist(),
            "identified": np.round(easy * found).astype(int).tolist(),
            "missed": np.round(easy * (1 - found)).astype(int).tolist(),
            "alpha": 0.9,
        },
    }


def runs():
    """12 attacks x 4 defenses x 3 suites: one plain, one synthetic, one reduced."""
    suites = {
        "location30": (1.0, {}),
        "purchase100-twin": (1.4, {"synthetic": True}),
        "cifar10_alexnet": (1.8, {"reduced": True, "changed": {"epochs": [200, 20], "references": [20, 5]}}),
    }
    return [
        record(suite, defense, attack, d * factor * leak, accuracy=ACCURACY[defense], **changes)
        for suite, (leak, changes) in suites.items()
        for defense, factor in DEFENSES.items()
        for attack, d in ATTACKS.items()
    ]


def many(suites):
    """6 attacks x 4 defenses x so many suites, no two alike."""
    rng = np.random.default_rng(0)
    return [
        record(
            f"suite-{i:02}",
            defense,
            attack,
            float(d * factor * leak * rng.uniform(0.9, 1.1)),
            accuracy=ACCURACY[defense],
        )
        for i, leak in enumerate(rng.uniform(0.6, 2, suites))
        for defense, factor in DEFENSES.items()
        for attack, d in list(ATTACKS.items())[::2]
    ]


def page_of(made):
    """The page of records, without the files beside it."""
    shown = sections(made)
    return page(contents_of(shown), rankings.tables(shown), set(), spread=True)
