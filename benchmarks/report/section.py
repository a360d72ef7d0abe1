"""What one section of the report shows: the records of one suite, adversary and seed."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any

from benchmarks.results.records import Record

RANKS = (("tpr_at_0.1%_fpr", "TPR at 0.1 % FPR"), ("tpr_at_1%_fpr", "TPR at 1 % FPR"), ("auc", "AUC"))


@dataclass(frozen=True, eq=False)
class Section:
    """Records of one suite, adversary and seed; each (defense, attack) at most once."""

    title: str
    records: Sequence[Record]

    @property
    def suite(self) -> dict[str, Any]:
        """The suite as the records describe it."""
        return dict(self.records[0]["suite"])

    @cached_property
    def cells(self) -> dict[tuple[str, str], Record]:
        """The records by (defense, attack)."""
        return {(r["defense"]["name"], r["attack"]["name"]): r for r in self.records}

    @cached_property
    def defenses(self) -> list[str]:
        """`none` first where there is one, then the others, those with the weakest strongest attack first."""
        names = {r["defense"]["name"] for r in self.records}
        return sorted(names, key=lambda n: (n != "none", _mean(self.strongest(n), "auc"), n))

    @cached_property
    def attacks(self) -> list[str]:
        """Attacks by AUC against the first defense, the strongest first; then those that it was not met by."""
        rank = {a: -_mean(self.cells[d, a], "auc") for d, a in self.cells if d == self.defenses[0]}
        names = {r["attack"]["name"] for r in self.records}
        return sorted(names, key=lambda a: (rank.get(a, 1.0), a))

    def against(self, defense: str) -> list[Record]:
        """The records of one defense, in the order of `attacks`."""
        return [self.cells[defense, a] for a in self.attacks if (defense, a) in self.cells]

    def strongest(self, defense: str, metric: str = "auc") -> Record:
        """The record of the attack with the greatest `metric` against `defense`; of equals, the first by name."""
        rows = [r for r in self.records if r["defense"]["name"] == defense]
        return min(rows, key=lambda r: (-_mean(r, metric), r["attack"]["name"]))

    @property
    def finest(self) -> tuple[str, str]:
        """Key and title of the strictest ranking metric that all records resolve: TPR at 0.1 %, at 1 %, or AUC."""
        return next((m, t) for m, t in RANKS if all(r["ranking"][m]["mean"] is not None for r in self.records))


def _mean(record: Record, metric: str) -> float:
    mean = record["ranking"][metric]["mean"]
    return -1.0 if mean is None else float(mean)


def sections(records: Sequence[Record]) -> list[Section]:
    """The records in sections, by name. Raises ValueError where two claim the same place."""
    groups: dict[tuple[str, ...], list[Record]] = {}
    for record in records:
        suite = record["suite"]
        key = (suite["name"], record["adversary"], str(suite["seed"]), repr(sorted(suite["changed"].items())))
        groups.setdefault(key, []).append(record)
    for group in groups.values():
        _refuse_doubles(group)
    names = [key[0] for key in groups]
    return [Section(key[0] if names.count(key[0]) == 1 else _full_title(groups[key][0]), groups[key]) for key in groups]


def _refuse_doubles(records: list[Record]) -> None:
    seen: set[tuple[str, str]] = set()
    for record in records:
        place = record["defense"]["name"], record["attack"]["name"]
        if place in seen:
            raise ValueError(
                f"expected one record of {record['suite']['name']}, {place[0]}, {place[1]}, got two; "
                "name the folder of one run"
            )
        seen.add(place)


def _full_title(record: Record) -> str:
    suite = record["suite"]
    changes = [f"{name} {now}" for name, (_, now) in sorted(suite["changed"].items())]
    return ", ".join([suite["name"], record["adversary"], f"seed {suite['seed']}", *changes])


def slug(name: str) -> str:
    """A file name for any name; where letters are lost or cut, a digest keeps two names apart."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-=") else "_" for c in name)[:60].lstrip(".-")
    return safe if safe and safe == name else f"{safe or '_'}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def flags(suite: dict[str, Any]) -> list[tuple[str, str]]:
    """(word, sentence) for all that a reader must know first: synthetic data, a reduced or changed run."""
    notes = []
    if suite["synthetic"]:
        notes.append(("Synthetic data", "No record of it belongs to anybody; the numbers say nothing of real people."))
    if suite["changed"]:
        changes = ", ".join(f"{k} {now} (the suite: {was})" for k, (was, now) in sorted(suite["changed"].items()))
        notes.append(("Reduced run" if suite["reduced"] else "Changed run", f"Against the suite's own: {changes}."))
    return notes
