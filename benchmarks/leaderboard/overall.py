"""The board over all suites: who is ahead everywhere, by average rank."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

import numpy as np

from benchmarks.leaderboard.provenance import kind_of, made_by
from benchmarks.results.provenance import few
from benchmarks.results.ranking import UNDEFENDED, Run, tied, value_of
from benchmarks.results.record import Record, Value
from benchmarks.results.tables import Cell, Column, Places, Table, markdown, word
from benchmarks.statistics.metrics import CANARIES, WORST

HOW_TO_READ = """\
Ranks are by AUC, the chance that a member scores above a non-member. Those that tie in a suite (`1-3`; its own board
says when) count as the middle of their places in the average. Ranked is what every suite has. Square brackets are 95 %
intervals."""


def overall(suites: Sequence[Sequence[Record]], folders: Sequence[str] = ()) -> str:
    """The board over the records of several suites, each one run's; `folders`: where each has its own board, beside
    this one; without them, in folders of the suites' names. Raises ValueError unless they are comparable.
    """
    runs = sorted((Run(records) for records in suites), key=lambda run: run.suite)
    names = [run.suite for run in runs]
    if len(set(names)) < len(names):
        where = folders or [run[0].suite.name for run in suites]
        again = [f"{suite[0].suite.name} in {place}" for suite, place in zip(suites, where, strict=True)]
        raise ValueError(f"expected each suite once, got {', '.join(again)}: move all but one of them away")
    adversaries = {run.records[0].adversary for run in runs}
    if len(adversaries) != 1:
        raise ValueError(f"expected one adversary in all suites, got {' and '.join(sorted(adversaries))}")
    places = {records[0].suite.name: folder for records, folder in zip(suites, folders, strict=bool(folders))}
    sections = ["# MIA Arena: all suites", HOW_TO_READ, few([r for run in runs for r in run.records])]
    sections += [*_attacks(runs), *_defenses(runs), *_made(runs, places)]
    return "\n\n".join(filter(None, sections)) + "\n"


def average_ranks(suites: Sequence[Mapping[str, Value]], best: int) -> list[tuple[str, float, list[Places]]]:
    """(name, average rank, its places in each suite) of the names that all suites have, the best average first.

    `best` is 1 where the lowest value is the best, -1 where the greatest is.
    """
    common = sorted(set.intersection(*(set(values) for values in suites)))
    places: dict[str, list[Places]] = {name: [] for name in common}
    for values in suites:
        order = sorted(common, key=lambda name: (best * (values[name].mean or 0.0), name))
        for name, place in zip(order, tied([values[name] for name in order]), strict=True):
            places[name].append(place)
    averages = {name: float(np.mean([(p.first, p.last) for p in of])) for name, of in places.items()}
    return [(name, averages[name], places[name]) for name in sorted(common, key=lambda name: (averages[name], name))]


def critical_difference(compared: int, suites: int) -> float:
    """By how much two average ranks must differ to be told apart at 5 % (Nemenyi; Demšar 2006, section 3.2.2)."""
    from scipy.stats import studentized_range  # its import takes long, and a board of one suite needs none

    q = float(studentized_range.isf(0.05, compared, np.inf)) / 2**0.5
    return q * (compared * (compared + 1) / (6 * suites)) ** 0.5


def _attacks(runs: Sequence[Run]) -> list[str]:
    values = [{r.attack.name: r.auc for r in run.against(UNDEFENDED)} for run in runs]
    return ["## Attacks on the undefended model", *_ranked("attack", "Their AUC", runs, values, -1)]


def _defenses(runs: Sequence[Run]) -> list[str]:
    values = [{name: run.worst(name) for name in run.judged} for run in runs]
    every = [name for name, _, _ in average_ranks(values, 1)]
    names = [name for name in every if name != UNDEFENDED]
    sections = ["## Defenses, by the strongest attack against each"]
    sections += [*_ranked("defense", "The worst AUC", runs, values, 1), *_worst_case(runs, every)]
    if names:
        sections.append("### What they cost: loss of test accuracy against none, points")
        columns = [Column("defense"), *(Column(run.suite, "points", True) for run in runs)]
        sections.append(_table(columns, [[name, *(run.accuracy_lost(name) for run in runs)] for name in names]))
    return sections


def _worst_case(runs: Sequence[Run], defenses: Sequence[str]) -> list[str]:
    """Average records beside mislabeled ones, in the suites that have some; nothing where none has."""
    found = [run for run in runs if CANARIES in run.metrics(of_verdicts=False)]
    if not found:
        return []
    columns = [Column("defense")]
    for run in found:
        columns += [Column(f"{run.suite}, average", "share", True), Column(f"{run.suite}, canaries", "share", True)]
    shown = [(run, metric.key) for run in found for metric in (WORST, CANARIES)]
    rows: list[list[Cell]] = [[name, *(_greatest(run, name, key) for run, key in shown)] for name in defenses]
    return [
        "### Average and worst case",
        "The greatest TPR at 1 % FPR of any attack, on records as they are and on mislabeled ones.",
        _table(columns, rows),
    ]


def _greatest(run: Run, defense: str, metric: str) -> Value | None:
    record = run.strongest(defense, metric)
    return value_of(record, metric) if record else None


def _table(columns: Sequence[Column], rows: Sequence[Sequence[Cell]]) -> str:
    return markdown(Table("", "", columns, rows))


def _ranked(kind: str, title: str, runs: Sequence[Run], values: Sequence[Mapping[str, Value]], best: int) -> list[str]:
    """A table of ranks, and one of the values that they come from."""
    ranked, suites = average_ranks(values, best), [run.suite for run in runs]
    ranks: list[list[Cell]] = [[name, f"{average:.2f}", *places] for name, average, places in ranked]
    shown: list[list[Cell]] = [[name, *(of[name] for of in values)] for name, _, _ in ranked]
    sections = [_table([Column(kind), *(Column(head, "cell") for head in ("average rank", *suites))], ranks)]
    if len(ranked) > 1 and len(runs) > 1:
        least = critical_difference(len(ranked), len(runs))
        sections.append(
            f"{len(runs)} suites tell two average ranks apart only where they differ by more than {least:.1f} "
            "(Nemenyi's test, 5 %)."
        )
    values_of = _table([Column(kind), *(Column(suite, "ratio", True) for suite in suites)], shown)
    return [*sections, f"### {title}", values_of]


def _made(runs: Sequence[Run], places: Mapping[str, str]) -> list[str]:
    """Where each suite's numbers come from; its own board has the rest."""
    heads = ["suite", "data", "protocol", "part", "trials", "references", "adversary", "board"]
    rows = []
    for run in runs:
        record, suite = run.records[0], run.records[0].suite
        counts = [str(n) for n in (suite.part, record.trials, suite.references)]
        board = f"[board]({quote(places.get(run.suite, run.suite), safe='')}/leaderboard.md)"
        rows.append([run.suite, kind_of(suite), suite.protocol, *counts, record.adversary, board])
    kinds = {"data": "markup", "board": "markup"}
    commands = "\n".join(f"- {word(run.suite)}: {made_by(run.records)}" for run in runs)
    columns = [Column(head, kinds.get(head, "text")) for head in heads]
    return ["## How these numbers were made", _table(columns, rows), commands]
