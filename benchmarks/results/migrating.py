"""Records of schema 2 as records of schema 3 and comparisons. Pure."""

from __future__ import annotations

from typing import Any

from benchmarks.results.record import SCHEMA, Record

KEPT = ("adversary", "scores", "sweep", "roc", "histograms", "cost", "duplicates", "versions", "device", "command")


def record(old: dict[str, Any]) -> dict[str, Any]:
    """A record of schema 2 as plain data of schema 3; what it said of other attacks is left out.

    Raises KeyError, TypeError or ValueError on what is none.
    """
    metrics = {key: {**value, "values": [game[key] for game in old["trials"]]} for key, value in old["ranking"].items()}
    for verdict in old["verdicts"]:
        metrics |= _of_verdicts(verdict)
    return {
        "schema": SCHEMA,
        **{key: old[key] for key in KEPT},
        "suite": old["suite"],
        "defense": {"version": 1, "facts": {}, **old["defense"]},
        "attack": {"queries": ["clean"], "uses": [], **old["attack"]},
        "games": {"inputs": old["inputs"], "outputs": old.get("outputs", old["inputs"])},
        "metrics": metrics,
        "verdicts": [{k: v for k, v in of.items() if k not in ("precision", "recall")} for of in old["verdicts"]],
        "utility": old["utility"],
    }


def _of_verdicts(old: dict[str, Any]) -> dict[str, Any]:
    """TP, precision, recall and advantage at one demand, from its counts."""
    alpha, games = old["alpha"], list(zip(old["tp"], old["fp"], old["members"], strict=True))
    members = sum(old["members"]) / len(games)
    advantage = [(tp - fp) / m for tp, fp, m in games]
    of: dict[str, tuple[dict[str, Any], list[float | None]]] = {
        "tp": ({k: _times(v, members) for k, v in old["recall"].items()}, [float(tp) for tp, _, _ in games]),
        "precision": (old["precision"], [tp / (tp + fp) if tp + fp else None for tp, fp, _ in games]),
        "recall": (old["recall"], [tp / m for tp, _, m in games]),
        "advantage": (_student(advantage), [*advantage]),
    }
    return {f"{name}_at_{alpha}": {**_six(value), "values": [*map(_round, per)]} for name, (value, per) in of.items()}


def _student(values: list[float]) -> dict[str, float | None]:
    """As `metrics.of_games`."""
    from scipy.stats import t

    if len(values) < 2:
        return {"mean": None, "low": None, "high": None}
    mean = sum(values) / len(values)
    deviation = (sum((x - mean) ** 2 for x in values) / (len(values) - 1)) ** 0.5
    half = float(t.isf(0.025, len(values) - 1)) * deviation / len(values) ** 0.5
    return {"mean": mean, "low": mean - half, "high": mean + half}


def _times(value: float | None, factor: float) -> float | None:
    return None if value is None else value * factor


def _round(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.6g}")


def _six(value: dict[str, Any]) -> dict[str, Any]:
    return {key: _round(x) for key, x in value.items()}


def comparisons(old: list[tuple[dict[str, Any], Record]]) -> list[dict[str, Any]]:
    """What records of schema 2, each beside its migrated self, said of the strongest attack, a file a defense."""
    groups: dict[tuple[str, str, str], list[tuple[dict[str, Any], Record]]] = {}
    for plain, made in old:
        groups.setdefault(made.key[:3], []).append((plain, made))
    found = [_compared(group) for group in groups.values()]
    return [made for made in found if made]


def _compared(group: list[tuple[dict[str, Any], Record]]) -> dict[str, Any] | None:
    rows, outcomes = [], {made.attack.name: made.outcome() for _, made in group}
    others = {pair["other"] for plain, _ in group for pair in plain["paired"]}
    if len(others) != 1 or not others <= set(outcomes):
        return None
    for plain, made in group:
        for pair in plain["paired"]:
            differences = {key: value for key, value in pair.items() if key != "other"}
            rows.append({"attack": made.attack.name, "outcome": made.outcome(), "differences": differences})
    (best,), first = others, group[0][1]
    return {
        "schema": SCHEMA,
        "suite": first.suite.name,
        "adversary": first.adversary,
        "defense": first.defense.name,
        "strongest": best,
        "outcome": outcomes[best],
        "rows": rows,
    }
