"""Fresh records beside those that a board has already: what is added, what is replaced, what cannot go together. Pure.

A board is one suite on one data set by one protocol, seed and set of changes, one adversary.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from benchmarks.results.record import Record, SuiteInfo
from benchmarks.results.writing import stem_of

BOARD = ("dataset_digest", "network", "recipe", "protocol", "part", "references", "trials", "seed", "changed")


def merge(existing: Sequence[Record], fresh: Sequence[Record]) -> list[Record]:
    """All records of a board, by key: fresh ones take the place of those of the same games, and nothing else goes.

    Raises ValueError, with the first of `conflicts`, where some cannot stand on one board.
    """
    found = conflicts(existing, fresh)
    if found:
        raise ValueError(found[0])
    return in_order({record.key: record for record in (*existing, *fresh)}.values())


def in_order(records: Iterable[Record]) -> list[Record]:
    """As they are read back, by file name: a board has the same bytes whenever it is made again."""
    return sorted(records, key=lambda record: f"{stem_of(record)}.json")


def conflicts(existing: Sequence[Record], fresh: Sequence[Record]) -> list[str]:
    """A sentence for each existing record that the fresh ones would drop from the board, since it is of other games."""
    return [
        _dropped(old, why) for old in existing if (why := next(filter(None, (_against(old, f) for f in fresh)), ""))
    ]


def foreign(
    existing: Sequence[Record], suite: SuiteInfo, adversary: str, inputs: Mapping[str, Collection[str]]
) -> list[str]:
    """The same, before anything is played: by what the fresh records will be about, and what their `Games.inputs` may
    be, by defense.
    """
    said = []
    for old in existing:
        why = _elsewhere(old, suite, adversary)
        if not why and old.games.inputs not in inputs.get(old.defense.name, (old.games.inputs,)):
            why = _OTHER_MODELS.format(old.defense.name)
        if why:
            said.append(_dropped(old, why))
    return said


_OTHER_MODELS = "its games of {} were played on other models"


def _dropped(old: Record, why: str) -> str:
    suite, adversary, defense, attack = old.key
    return f"{attack} against {defense} ({suite}, {adversary}) would be dropped: {why}"


def _against(old: Record, new: Record) -> str:
    """Why the two cannot stand on one board, or nothing."""
    why = _elsewhere(old, new.suite, new.adversary)
    if why:
        return why
    if old.duplicates != new.duplicates:
        return "its data are described otherwise"
    same = old.defense.name != new.defense.name or old.games.same(new.games)
    return "" if same else _OTHER_MODELS.format(old.defense.name)


def _elsewhere(old: Record, suite: SuiteInfo, adversary: str) -> str:
    if old.suite.name != suite.name:
        return f"it is of the suite {old.suite.name}, this run is of {suite.name}"
    if old.adversary != adversary:
        return f"its adversary is {old.adversary}, this run's is {adversary}"
    was, now = msgspec.to_builtins(old.suite), msgspec.to_builtins(suite)
    for field in BOARD:
        old, new = was[field], now[field]
        if old == new:
            continue
        if isinstance(old, dict) and isinstance(new, dict) and old.keys() == new.keys():  # a part of it says more
            part = next(key for key in old if old[key] != new[key])
            field, old, new = f"{field}'s {part}", old[part], new[part]
        return f"its {field} was {_short(old)}, this run's is {_short(new)}"
    return "" if was == now else "its data are described otherwise"


def _short(value: object) -> str:
    text = str(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
