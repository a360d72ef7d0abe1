"""Who is ahead of whom, and who ties: attacks on one target, and defenses by the worst that any attack does to them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from msgspec import UNSET

from benchmarks.results import comparing
from benchmarks.results.record import Comparisons, Difference, Estimate, Record, Value
from benchmarks.results.tables import NOTHING, Column, Places
from benchmarks.statistics.metric import Metric
from benchmarks.statistics.metrics import METRICS

UNDEFENDED = "none"
VAGUE = 0.5  # an interval that is wider answers nothing
SHARED = ("suite", "adversary", "duplicates")


@dataclass(frozen=True, eq=False)
class Run:
    """Records of one suite and adversary, each (defense, attack) once, and what was compared among them.

    They may come from several commands, devices and versions, but all of one defense from the same games. Raises
    ValueError, in one sentence, on any others.
    """

    records: Sequence[Record]
    comparisons: Sequence[Comparisons] = ()

    def __post_init__(self) -> None:
        if not self.records:
            raise ValueError("expected records, got none")
        for key in SHARED:
            if any(getattr(r, key) != getattr(self.records[0], key) for r in self.records):
                raise ValueError(f"expected the records of one run, got two that differ in {key}")
        pairs = Counter((r.defense.name, r.attack.name) for r in self.records)
        twice = [pair for pair, count in pairs.items() if count > 1]
        if twice:
            raise ValueError(f"expected one record a defense and attack, got two of {' / '.join(twice[0])}")
        for name in self.defenses:
            first, *others = self.against(name)
            for other in others:
                if not other.games.same(first.games):
                    names = f"{first.attack.name} and {other.attack.name}"
                    raise ValueError(f"expected the same games of {name} for all attacks, got others for {names}")

    @property
    def suite(self) -> str:
        """The suite's name."""
        return self.records[0].suite.name

    @cached_property
    def defenses(self) -> list[str]:
        """Their names, the undefended model first."""
        return sorted({r.defense.name for r in self.records}, key=lambda name: (name != UNDEFENDED, name))

    @cached_property
    def cells(self) -> dict[tuple[str, str], Record]:
        """The records by (defense, attack)."""
        return {(r.defense.name, r.attack.name): r for r in self.records}

    def against(self, defense: str) -> list[Record]:
        """Every attack against one defense, the greatest AUC first."""
        return sorted((r for r in self.records if r.defense.name == defense), key=comparing.strength)

    def strongest(self, defense: str, metric: str = "auc") -> Record | None:
        """The attack against `defense` of greatest `metric`, of equals the first by name; None where the data resolve
        it for none. One whose interval is wider than half the scale is the strongest only where it begins above the
        others'.
        """
        found = [r for r in self.against(defense) if value_of(r, metric).mean is not None]
        sure = max(
            (value_of(r, metric).ends[1] for r in found if not _vague(value_of(r, metric), metric)), default=-1.0
        )
        found = [r for r in found if not _vague(value_of(r, metric), metric) or value_of(r, metric).ends[1] > sure]
        return min(found, key=lambda r: (-(value_of(r, metric).mean or 0.0), r.attack.name), default=None)

    def worst(self, defense: str) -> Estimate:
        """The greatest AUC of any attack against `defense`."""
        return self.against(defense)[0].auc

    @cached_property
    def judged(self) -> list[str]:
        """The defenses that every attack of these records has met; of the others the worst case is not known."""
        attacks = {r.attack.name for r in self.records}
        return [name for name in self.defenses if {r.attack.name for r in self.against(name)} == attacks]

    def met(self, defense: str) -> str:
        """How many of the attacks a defense has met, in words."""
        return f"{len(self.against(defense))} of {len({r.attack.name for r in self.records})}"

    def by_worst_case(self) -> list[str]:
        """The defenses, the lowest worst AUC first; those that are not judged come last."""
        return sorted(self.defenses, key=lambda name: (name not in self.judged, self.worst(name).ends, name))

    def places(self, defense: str) -> dict[str, Places]:
        """The attacks against one defense, the greatest AUC first, and their places."""
        rows = self.against(defense)
        return dict(zip([r.attack.name for r in rows], tied([r.auc for r in rows]), strict=True))

    def places_of_defenses(self) -> dict[str, Places | None]:
        """The defenses, the lowest worst AUC first, and their places; those that are not judged have none."""
        names = self.by_worst_case()
        places = tied([self.worst(name) for name in names if name in self.judged])
        return dict(zip_longest(names, places))

    def accuracy_lost(self, defense: str) -> Value:
        """Test accuracy of the undefended model minus that of `defense`; from both where no record holds it."""
        found = [r.utility for name in (UNDEFENDED, defense) for r in self.against(name)[:1]]
        if len(found) < 2 or defense == UNDEFENDED:
            return NOTHING
        return difference(found[0].test, found[1].test) if found[1].lost is UNSET else found[1].lost

    def behind(self, defense: str) -> dict[str, dict[str, Difference]]:
        """Each attack minus the strongest, by attack and metric; empty where no comparison is up to date."""
        found = comparing.current(self.comparisons, self.against(defense))
        rows = found.rows if found else ()
        return {row.attack: {k: row.differences[k] for k in METRICS if k in row.differences} for row in rows}

    def metrics(self, *, of_verdicts: bool) -> list[Metric]:
        """What tables have columns for, in order: metrics of scores or of verdicts that some record holds."""
        own = [m for m in METRICS.values() if m.shown and (m.alpha is not None) == of_verdicts]
        found = [m for m in own if any(m.key in r.metrics for r in self.records)]
        return found if of_verdicts else found + self._outside()

    def _outside(self) -> list[Metric]:
        """The metrics of other packages, as the records describe them."""
        told = {key: info for r in self.records for key, info in r.outside.items()}
        return [Metric(k, of.title, of.unit, _unmeasured, about=of.about) for k, of in sorted(told.items())]


def _vague(value: Value, metric: str) -> bool:
    low, high = value.ends[1:]
    return metric in METRICS and METRICS[metric].unit in ("ratio", "share") and high - low > VAGUE


def _unmeasured(_game: object) -> float:
    raise ValueError("expected a number from the records; this metric is known by its description alone")


def value_of(record: Record, metric: str) -> Value:
    """A metric of a record; nothing where it holds none of that name."""
    return record.metrics.get(metric, NOTHING)


def column(metric: Metric, best: int = 0, more: bool = False) -> Column:
    """The column of a metric in any table."""
    return Column(metric.title, metric.unit, metric.unit != "count", metric.about, best, more)


def difference(one: Value, other: Value) -> Value:
    """`one` - `other` with an interval from their own: the root of the sum of squared distances (Newcombe 1998,
    method 10). Exact for independent numbers; wider than need be for models tested on the same records.
    """
    if one.mean is None or other.mean is None:
        return NOTHING
    (a, a_low, a_high), (b, b_low, b_high) = one.ends, other.ends
    mean = a - b
    down = ((a - a_low) ** 2 + (b_high - b) ** 2) ** 0.5
    up = ((a_high - a) ** 2 + (b - b_low) ** 2) ** 0.5
    return Value(mean, mean - down, mean + up, holds=one.holds)


def tied(values: Sequence[Value]) -> list[Places]:
    """The places that each of `values`, best first, shares with those it ties with.

    The best opens a group, and whoever's interval overlaps that of the group's best belongs to it; the first whose
    does not opens the next. Raises ValueError on a value that the data cannot resolve.
    """
    ends = [value.ends for value in values]
    starts: list[int] = []
    for place, (_, low, high) in enumerate(ends):
        best = ends[starts[-1]] if starts else None
        starts.append(place if best is None or low > best[2] or high < best[1] else starts[-1])
    return [Places(start + 1, start + starts.count(start)) for start in starts]
