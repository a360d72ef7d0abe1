"""Each attack against the strongest on the same models: made on publication, kept in files of their own. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.results.checking import checked, digest_of
from benchmarks.results.making import rounded
from benchmarks.results.record import Compared, Comparisons, Difference, Record
from benchmarks.statistics import paired, values
from benchmarks.statistics.metrics import METRICS
from benchmarks.statistics.played import Played

COMPARED = ("auc", "tpr_at_1%_fpr", "tp_at_0.98")


def compare(records: Sequence[Record], played: Mapping[str, Sequence[Played]]) -> Comparisons:
    """The attacks of one (suite, adversary, defense) against the one of greatest AUC; p is corrected (Holm).

    `played` holds each attack's K games by its name, those of the records, verdicts at .98 at least. Raises ValueError
    on records of several defenses or of different games.
    """
    first = records[0]
    for record in records:
        if record.key[:3] != first.key[:3] or not record.games.same(first.games):
            raise ValueError(f"expected records of the same games, got {first.attack.name} and {record.attack.name}")
    best = strongest(records)
    others = sorted((r for r in records if r is not best), key=lambda r: r.attack.name)
    found = {key: [_difference(r, best, played, key) for r in others] for key in COMPARED}
    corrected = {key: paired.holm([d.p for d in column]) for key, column in found.items()}
    rows = tuple(
        Compared(
            record.attack.name,
            record.outcome(),
            {key: _stored(found[key][i], corrected[key][i]) for key in COMPARED},
        )
        for i, record in enumerate(others)
    )
    made = Comparisons(
        suite=first.suite.name,
        adversary=first.adversary,
        defense=first.defense.name,
        strongest=best.attack.name,
        outcome=best.outcome(),
        rows=rows,
    )
    return checked(made, Comparisons)


def strongest(records: Sequence[Record]) -> Record:
    """The record of greatest AUC; of equals, the first by name."""
    return min(records, key=strength)


def strength(record: Record) -> tuple[float, str]:
    """What attacks are sorted by, the strongest first."""
    return -(record.auc.mean or 0.0), record.attack.name


def _difference(record: Record, best: Record, played: Mapping[str, Sequence[Played]], key: str) -> values.Difference:
    compare_by = METRICS[key].compare
    assert compare_by is not None
    name, other = record.attack.name, best.attack.name
    rng = np.random.default_rng(int(digest_of([record.suite.seed, name, other])[:32], 16))
    return compare_by(played[name], played[other], rng)


def renewed(
    games: Sequence[tuple[Record, Sequence[Played] | None]], earlier: Sequence[Comparisons]
) -> list[Comparisons]:
    """The comparisons of records, each beside what was said in its games: `earlier` ones where they are up to date,
    made anew where all games of a defense are known, left out elsewhere.
    """
    made = []
    for key in dict.fromkeys(record.key[:3] for record, _ in games):
        group = [(record, played) for record, played in games if record.key[:3] == key]
        records = [record for record, _ in group]
        known = {record.attack.name: played for record, played in group if played}
        old = current(earlier, records)
        if old or len(known) == len(records) > 1:
            made.append(old or compare(records, known))
    return made


def _stored(of: values.Difference, p: float) -> Difference:
    ends = [rounded(x) for x in (of.difference, of.low, of.high, p)]
    return Difference(*ends) if None not in ends else Difference(None, None, None, None)


def current(comparisons: Sequence[Comparisons], records: Sequence[Record]) -> Comparisons | None:
    """What is still true for the records of one (suite, adversary, defense): rows of the very outcomes that these
    records hold, against the very strongest; None where nothing is.
    """
    if not records:
        return None
    outcomes = {r.attack.name: r.outcome() for r in records}
    best = strongest(records).attack.name
    for one in comparisons:
        if one.key != (records[0].suite.name, records[0].adversary, records[0].defense.name) or one.strongest != best:
            continue
        rows = tuple(row for row in one.rows if outcomes.get(row.attack) == row.outcome)
        if outcomes[best] == one.outcome and len(rows) == len(one.rows) == len(records) - 1:
            return one
    return None
