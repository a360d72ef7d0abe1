"""Who is ahead of whom in one run: attacks on one target, and defenses by the worst that any attack does to them."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from benchmarks.leaderboard.cells import Value, difference
from benchmarks.results.records import Record

SHARED = ("suite", "adversary", "versions", "device", "command", "duplicates")
UNDEFENDED = "none"


@dataclass(frozen=True, eq=False)
class Run:
    """The records of one run, each (defense, attack) once."""

    records: list[Record]

    def __post_init__(self) -> None:
        if not self.records:
            raise ValueError("expected records, got none")
        for key in SHARED:
            if any(r[key] != self.records[0][key] for r in self.records):
                raise ValueError(f"expected the records of one run, got two that differ in {key}")
        pairs = Counter((r["defense"]["name"], r["attack"]["name"]) for r in self.records)
        twice = [pair for pair, count in pairs.items() if count > 1]
        if twice:
            raise ValueError(f"expected one record a defense and attack, got two of {' / '.join(twice[0])}")

    @property
    def suite(self) -> str:
        """The suite's name."""
        return str(self.records[0]["suite"]["name"])

    @property
    def defenses(self) -> list[str]:
        """Their names, the undefended model first."""
        names = {r["defense"]["name"] for r in self.records}
        return sorted(names, key=lambda name: (name != UNDEFENDED, name))

    def against(self, defense: str) -> list[Record]:
        """Every attack against one defense, the greatest AUC first."""
        return sorted((r for r in self.records if r["defense"]["name"] == defense), key=_strength)

    def strongest(self, defense: str, metric: str = "auc") -> Record | None:
        """The attack against `defense` of greatest `metric`; None where the data resolve it for none."""
        found = [r for r in self.against(defense) if r["ranking"][metric]["mean"] is not None]
        return max(found, key=lambda r: r["ranking"][metric]["mean"], default=None)

    def worst(self, defense: str) -> Value:
        """The greatest AUC of any attack against `defense`."""
        value: Value = self.against(defense)[0]["ranking"]["auc"]
        return value

    def by_worst_case(self) -> list[str]:
        """The defenses, the lowest worst AUC first."""
        return sorted(self.defenses, key=lambda name: (self.worst(name)["mean"], name))

    def accuracy_lost(self, defense: str) -> Value:
        """Test accuracy of the undefended model minus that of `defense`."""
        accuracies = [r["utility"]["test"] for name in (UNDEFENDED, defense) for r in self.against(name)[:1]]
        if len(accuracies) < 2 or defense == UNDEFENDED:
            return {"mean": None, "low": None, "high": None}
        return difference(*accuracies)


def _strength(record: Record) -> tuple[float, str]:
    return -record["ranking"]["auc"]["mean"], record["attack"]["name"]
