"""Both jobs in turn, each in processes of its own, and what they took as a record."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

JOB = ("--suite", "digits", "--attacks", "lira-offline", "--trials", "1")
SCHEMA = 1
OURS, MARKED, OTHER = "ours", "marked", "other"


def commands(other: Path) -> dict[str, list[str]]:
    """What runs, by side; `other` is an interpreter that has sacroml. Each runs in an empty folder."""
    ours = [*JOB, "--store", "store", "--output", "output"]
    return {
        OURS: [sys.executable, "-m", "benchmarks.run", *ours],
        OTHER: [str(other), str(Path(__file__).with_name("sacro.py"))],
        MARKED: [sys.executable, "-m", "benchmarks.speed.audit.marks", *ours],
    }


def processor_seconds(command: Sequence[str], environment: dict[str, str]) -> tuple[float, str]:
    """The user and system seconds of a process and its children, run in an empty folder, and its last line.

    Raises ValueError where it fails, or the system does not tell them.
    """
    try:
        import resource
    except ImportError as error:
        raise ValueError("--other: expected a system that tells processor time, got Windows; take another") from error
    with tempfile.TemporaryDirectory() as folder:
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, encoding="utf-8")
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        said = (done.stderr.strip().splitlines() or ["nothing"])[-1]
        raise ValueError(f"{' '.join(command[:3])}: expected exit code 0, got {done.returncode}: {said}")
    lines = done.stdout.strip().splitlines()
    return after.ru_utime - before.ru_utime + after.ru_stime - before.ru_stime, lines[-1] if lines else ""


def measure(other: Path, times: int, about: dict[str, Any], environment: dict[str, str]) -> dict[str, Any]:
    """The record of `times` rounds of both sides in turn, after one to warm up. Raises ValueError where one fails."""
    sides = commands(other)
    seconds: dict[str, list[float]] = {side: [] for side in sides}
    said: dict[str, list[dict[str, Any]]] = {MARKED: [], OTHER: []}
    for _ in range(1 + times):
        for side, command in sides.items():
            taken, last = processor_seconds(command, environment)
            seconds[side].append(taken)
            if side in said:
                said[side].append(json.loads(last))
    return record({k: v[1:] for k, v in seconds.items()}, {k: v[1:] for k, v in said.items()}, about)


def record(
    seconds: dict[str, list[float]], said: dict[str, list[dict[str, Any]]], about: dict[str, Any]
) -> dict[str, Any]:
    """What is committed: processor seconds a round of both sides, and the medians of their parts.

    What a process takes before its first mark and after its last is the part `start and end`.
    """
    parts = {
        OURS: _medians(seconds[MARKED], [of["parts"] for of in said[MARKED]]),
        OTHER: _medians(seconds[OTHER], [of["parts"] for of in said[OTHER]]),
    }
    return {
        "schema": SCHEMA,
        **about,
        "job": " ".join(("python -m benchmarks.run", *JOB)),
        "other_versions": said[OTHER][0]["versions"],
        "seconds": {side: [_short(s) for s in seconds[side]] for side in (OURS, OTHER)},
        "parts": parts,
    }


def _medians(whole: Sequence[float], parts: Sequence[dict[str, float]]) -> dict[str, float]:
    ends = [total - sum(of.values()) for total, of in zip(whole, parts, strict=True)]
    every = {name: median(of[name] for of in parts) for name in parts[0]}
    return {name: _short(value) for name, value in {**every, "start and end": median(ends)}.items()}


def _short(value: float) -> float:
    return round(value, 3)
