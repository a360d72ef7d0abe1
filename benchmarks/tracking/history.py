"""The strength of each attack over its versions, as plain text that a repository can keep: one line a state."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from matplotlib import pyplot as plt
from matplotlib.figure import Figure

from benchmarks.naming.wording import one_line
from benchmarks.results import files
from benchmarks.results.record import Record
from benchmarks.results.tables import as_written, csv_text
from benchmarks.statistics.metrics import METRICS

COUNTS = ("tp_at_0.98", "fp_at_0.98")
KEY = ("suite", "defense", "adversary", "attack")
MEASURES = {key: METRICS[key].title for key in ("auc", "tpr_at_1%_fpr")}
STATE = (*KEY, "version", "inputs", *(f"{m}{end}" for m in MEASURES for end in ("", "_low", "_high")), *COUNTS)
ABOUT = ("commit", "date", "versions")  # where the state was first seen; not part of it
HEADER = (*STATE, *ABOUT)
Line = dict[str, str]


def line(record: Record, commit: str, date: str) -> Line:
    """A record as one line: strength and 95 % intervals to four digits, empty where the data cannot resolve it."""
    verdict = record.verdict(0.98)
    values = {
        "suite": record.suite.name,
        "defense": record.defense.name,
        "adversary": record.adversary,
        "attack": record.attack.name,
        "version": str(record.attack.version),
        "inputs": record.games.inputs[:12],
        "tp_at_0.98": str(sum(verdict.tp)),
        "fp_at_0.98": str(sum(verdict.fp)),
        "commit": commit,
        "date": date,
        "versions": " ".join(f"{k}={v}" for k, v in record.versions.items()),
    }
    for name in MEASURES:
        for end, field in (("", "mean"), ("_low", "low"), ("_high", "high")):
            value = getattr(record.metrics[name], field)
            values[f"{name}{end}"] = "" if value is None else f"{value:.4f}"
    return values


def read(path: Path) -> list[Line]:
    """The lines of `path`; none where it does not exist. Raises ValueError on what is no history."""
    if not path.exists():
        return []
    try:
        rows = list(csv.reader(io.StringIO(files.read(path).decode("utf-8"))))
    except (OSError, ValueError, csv.Error) as error:
        raise ValueError(f"--history: {path} cannot be read ({one_line(getattr(error, 'strerror', error))})") from error
    if not rows or tuple(rows[0]) != HEADER:
        raise ValueError(f"--history: {path} is no history; expected the columns {', '.join(HEADER)}")
    lines = []
    for number, row in enumerate(rows[1:], 2):
        found = dict(zip(HEADER, map(as_written, row), strict=False))
        if len(row) != len(HEADER) or not all(_number(found[f]) for f in STATE[5:] if f != "inputs"):
            raise ValueError(f"--history: {path}, line {number}: expected {len(HEADER)} fields, numbers where due")
        lines.append(found)
    return lines


def _number(text: str) -> bool:
    try:
        return not text or float(text) == float(text)
    except ValueError:
        return False


def added(lines: list[Line], more: Iterable[Line]) -> list[Line]:
    """`lines` and the states among `more` that an attack is not in already; each attack's lines stay together."""
    last = {tuple(old[f] for f in KEY): old for old in lines}
    fresh = [m for m in more if any(m[f] != last.get(tuple(m[k] for k in KEY), {}).get(f) for f in STATE)]
    return sorted([*lines, *fresh], key=lambda entry: [entry[f] for f in KEY])  # stable: in each attack as they came


def write(lines: list[Line], path: Path) -> None:
    """Write the history whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    files.write(path, csv_text(HEADER, [[entry[f] for f in HEADER] for entry in lines], end="\n"))


def plot(lines: list[Line], measure: str) -> Figure:
    """One panel an attack: `measure` over its states with 95 % intervals, all on one scale."""
    groups: dict[tuple[str, ...], list[Line]] = {}
    for entry in lines:
        if entry[measure]:
            groups.setdefault(tuple(entry[f] for f in KEY), []).append(entry)
    if not groups:
        raise ValueError(f"--history: holds no {MEASURES[measure]} yet; `record` appends to it")
    columns = min(4, len(groups))
    rows = -(-len(groups) // columns)
    size = (3 * columns + 0.6, 2.4 * rows + 0.8)
    figure, axes = plt.subplots(rows, columns, figsize=size, sharey=True, squeeze=False, layout="constrained")
    shared = {field: {key[i] for key in groups} for i, field in enumerate(KEY)}
    for axis, (key, states) in zip(axes.flat, groups.items(), strict=False):
        _panel(axis, states, measure)
        differing = [k for k, f in zip(key, KEY, strict=True) if f != "attack" and len(shared[f]) > 1]
        axis.set_title("\n".join([key[3], *differing]), fontsize=10)
    for axis in axes.flat[len(groups) :]:
        axis.set_visible(False)
    figure.supxlabel(
        "plugin version, with the commit that it was first seen at; grey: on other outputs than the newest"
    )
    figure.supylabel(f"{MEASURES[measure]} (95 % interval)")
    return figure


def _panel(axis: Any, states: list[Line], measure: str) -> None:
    values = [[float(s[f"{measure}{end}"]) for s in states] for end in ("", "_low", "_high")]
    for x, (state, mean, low, high) in enumerate(zip(states, *values, strict=True)):
        other = state["inputs"] != states[-1]["inputs"]  # made on other models than the newest
        axis.errorbar(
            x, mean, [[max(mean - low, 0)], [max(high - mean, 0)]], fmt="o", capsize=3, color="C7" if other else "C0"
        )
    axis.plot(range(len(states)), values[0], color="C0", linewidth=0.8, alpha=0.5)
    axis.set_xticks(range(len(states)), [f"v{s['version']}\n{s['commit'][:7]}" for s in states], fontsize=8)
    axis.set_xlim(-0.5, len(states) - 0.5)
    axis.grid(axis="y", alpha=0.3)
