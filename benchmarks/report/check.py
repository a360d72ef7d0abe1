"""Whether a record has all that the report shows, so that a damaged or hand-edited one is refused in a sentence."""

from __future__ import annotations

import math
from typing import Any

COUNTS, NUMBERS, MAYBE = [int], [(int, float)], (int, float, type(None))
INTERVAL = {"mean": MAYBE, "low": MAYBE, "high": MAYBE}
SHAPE: dict[str, Any] = {
    "suite": {
        **dict.fromkeys(("name", "dataset", "dataset_digest", "source", "licence", "network", "protocol"), str),
        **dict.fromkeys(("synthetic", "lossless", "reduced"), bool),
        **dict.fromkeys(("part", "references", "trials", "seed"), int),
        "recipe": {},
        "changed": {},
    },
    "defense": {"name": str, "settings": {}},
    "adversary": str,
    "attack": {"name": str, "access": str, "needs": str, "version": int, "reference": str},
    "trials": [{}],
    "ranking": {"auc": INTERVAL, "tpr_at_1%_fpr": INTERVAL, "tpr_at_0.1%_fpr": INTERVAL},
    "verdicts": [{"alpha": float, "tp": COUNTS, "members": COUNTS, "reached": [bool], "precision": INTERVAL}],
    "sweep": {"tp": COUNTS, "fp": COUNTS},
    "roc": {"fpr": NUMBERS, "tpr": NUMBERS, "low": NUMBERS, "high": NUMBERS},
    "histograms": {"score": {"edges": NUMBERS, "members": COUNTS, "others": COUNTS}, "difficulty": (dict, type(None))},
    "paired": [{"other": str, "auc": dict.fromkeys(("difference", "low", "high", "p"), (int, float))}],
    "utility": {"train": INTERVAL, "test": INTERVAL},
    "cost": {"seconds": (int, float), "models": int, "attack_seconds": (int, float)},
    "duplicates": int,
    "versions": {},
    "device": str,
    "command": str,
}
DIFFICULTY = {"edges": NUMBERS, "identified": COUNTS, "missed": COUNTS}


def fault(record: Any) -> str | None:
    """What is wrong with a record, naming the field; None where nothing is."""
    found = _fault(record, SHAPE, "")
    if found:
        return found
    hard = record["histograms"]["difficulty"]
    return (_fault(hard, DIFFICULTY, "histograms.difficulty") if hard else None) or _uneven(record)


def _fault(value: Any, shape: Any, place: str) -> str | None:
    if isinstance(shape, dict):
        if not isinstance(value, dict):
            return f"{place or 'the record'}: expected named fields, got {_short(value)}"
        missing = [key for key in shape if key not in value]
        if missing:
            return f"{place}{'.' if place else ''}{missing[0]} is missing"
        inner = ((value[k], s, f"{place}{'.' if place else ''}{k}") for k, s in shape.items())
        return next(filter(None, (_fault(*i) for i in inner)), None)
    if isinstance(shape, list):
        if not isinstance(value, list):
            return f"{place}: expected a list, got {_short(value)}"
        return next(filter(None, (_fault(v, shape[0], f"{place}[{i}]") for i, v in enumerate(value))), None)
    if not isinstance(value, shape) or (isinstance(value, bool) and shape is not bool):
        kinds = shape if isinstance(shape, tuple) else (shape,)
        return f"{place}: expected {' or '.join(k.__name__ for k in kinds)}, got {_short(value)}"
    if isinstance(value, float) and not math.isfinite(value):
        return f"{place}: expected a finite number, got {value}"
    return None


def _short(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def _uneven(record: dict[str, Any]) -> str | None:
    """Whether columns that belong together differ in length, or an interval is none."""
    score = record["histograms"]["score"]
    together = {
        "roc": list(record["roc"].values()),
        "sweep": [record["sweep"]["tp"], record["sweep"]["fp"]],
        "histograms.score": [score["edges"][1:], score["members"], score["others"]],
    }
    for place, columns in together.items():
        if len({len(c) for c in columns}) != 1 or not columns[0]:
            return f"{place}: expected columns of one length, got {[len(c) for c in columns]}"
    intervals = {f"ranking.{k}": v for k, v in record["ranking"].items()}
    intervals |= {f"utility.{k}": v for k, v in record["utility"].items()}
    for place, i in intervals.items():
        known = [v for v in (i["low"], i["mean"], i["high"]) if v is not None]
        if len(known) not in (0, 3) or any(not 0 <= v <= 1 for v in known) or (known and known[0] > known[2]):
            return f"{place}: expected rates with low <= high, got {i}"
    if {0.98, 1.0} - {v["alpha"] for v in record["verdicts"]}:
        return "verdicts: expected those at alpha 0.98 and 1.0"
    if record["ranking"]["auc"]["mean"] is None or any(i["mean"] is None for i in record["utility"].values()):
        return "ranking.auc and utility: expected numbers"
    return None
