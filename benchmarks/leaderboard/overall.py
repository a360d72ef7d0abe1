"""The board over all suites: who is ahead everywhere, by average rank."""

from __future__ import annotations

import numpy as np
from scipy.stats import studentized_range

from benchmarks.leaderboard.cells import Value, number, rank, table, tied, word
from benchmarks.leaderboard.provenance import kind_of, made_by
from benchmarks.leaderboard.ranking import UNDEFENDED, Run
from benchmarks.results.records import Record

HOW_TO_READ = """\
Ranks are by AUC, the chance that a member scores above a non-member. Those that tie in a suite (`1-3`; its own board
says when) count as the middle of their places in the average. Ranked is what every suite has. Square brackets are 95 %
intervals."""


def overall(suites: list[list[Record]]) -> str:
    """The board over the records of several suites, each one run's. Raises ValueError unless they are comparable."""
    runs = sorted((Run(records) for records in suites), key=lambda run: run.suite)
    names = [run.suite for run in runs]
    if len(set(names)) < len(names):
        raise ValueError(f"expected each suite once, got {', '.join(names)}")
    adversaries = {run.records[0]["adversary"] for run in runs}
    if len(adversaries) != 1:
        raise ValueError(f"expected one adversary in all suites, got {' and '.join(sorted(adversaries))}")
    return "\n\n".join(["# MIA Arena: all suites", HOW_TO_READ, *_attacks(runs), *_defenses(runs), *_made(runs)]) + "\n"


def average_ranks(suites: list[dict[str, Value]], best: int) -> list[tuple[str, float, list[tuple[int, int]]]]:
    """(name, average rank, its places in each suite) of the names that all suites have, the best average first.

    `best` is 1 where the lowest value is the best, -1 where the greatest is.
    """
    common = sorted(set.intersection(*(set(values) for values in suites)))
    places: dict[str, list[tuple[int, int]]] = {name: [] for name in common}
    for values in suites:
        order = sorted(common, key=lambda name: (best * values[name]["mean"], name))
        for name, place in zip(order, tied([values[name] for name in order]), strict=True):
            places[name].append(place)
    averages = {name: float(np.mean(of)) for name, of in places.items()}
    return [(name, averages[name], places[name]) for name in sorted(common, key=lambda name: (averages[name], name))]


def critical_difference(compared: int, suites: int) -> float:
    """By how much two average ranks must differ to be told apart at 5 % (Nemenyi; Demšar 2006, section 3.2.2)."""
    q = float(studentized_range.isf(0.05, compared, np.inf)) / 2**0.5
    return q * (compared * (compared + 1) / (6 * suites)) ** 0.5


def _attacks(runs: list[Run]) -> list[str]:
    values = [{r["attack"]["name"]: r["ranking"]["auc"] for r in run.against(UNDEFENDED)} for run in runs]
    return ["## Attacks on the undefended model", *_ranked("attack", "Their AUC", runs, values, -1)]


def _defenses(runs: list[Run]) -> list[str]:
    values = [{name: run.worst(name) for name in run.defenses} for run in runs]
    names = [name for name, _, _ in average_ranks(values, 1) if name != UNDEFENDED]
    lost = [[word(name), *(number(run.accuracy_lost(name), 1, 100) for run in runs)] for name in names]
    sections = ["## Defenses, by the strongest attack against each"]
    sections += _ranked("defense", "The worst AUC", runs, values, 1)
    if lost:
        sections.append("### What they cost: loss of test accuracy against none, points")
        sections.append(table(["defense", *(run.suite for run in runs)], lost, left=1))
    return sections


def _ranked(kind: str, title: str, runs: list[Run], values: list[dict[str, Value]], best: int) -> list[str]:
    """A table of ranks, and one of the values that they come from."""
    ranked, suites = average_ranks(values, best), [run.suite for run in runs]
    ranks = [[word(name), f"{average:.2f}", *map(rank, places)] for name, average, places in ranked]
    shown = [[word(name), *(number(of[name]) for of in values)] for name, _, _ in ranked]
    sections = [table([kind, "average rank", *suites], ranks, left=1)]
    if len(ranked) > 1 and len(runs) > 1:
        least = critical_difference(len(ranked), len(runs))
        sections.append(
            f"{len(runs)} suites tell two average ranks apart only where they differ by more than {least:.1f} "
            "(Nemenyi's test, 5 %)."
        )
    return [*sections, f"### {title}", table([kind, *suites], shown, left=1)]


def _made(runs: list[Run]) -> list[str]:
    """Where each suite's numbers come from; its own board has the rest."""
    heads = ["suite", "data", "protocol", "part", "trials", "references", "adversary", "board"]
    rows = []
    for run in runs:
        record = run.records[0]
        suite = record["suite"]
        row = [run.suite, kind_of(suite), suite["protocol"], str(suite["part"]), str(len(record["trials"]))]
        rows.append([*row, str(suite["references"]), record["adversary"], f"[board]({run.suite}/leaderboard.md)"])
    commands = "\n".join(f"- {run.suite}: {made_by(run.records[0])}" for run in runs)
    return ["## How these numbers were made", table(heads, rows, left=8), commands]
