"""What one section of the report shows: the records of one suite, adversary and seed."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from itertools import zip_longest
from pathlib import Path

from benchmarks.results import provenance
from benchmarks.results.ranking import UNDEFENDED, Run, value_of
from benchmarks.results.record import Comparisons, Record, SuiteInfo, Value
from benchmarks.statistics.metrics import METRICS

RANKS = ("tpr_at_0.1%_fpr", "tpr_at_1%_fpr", "auc")


@dataclass(frozen=True, eq=False)
class Section:
    """Records of one suite, adversary and seed, in the order of the report."""

    title: str
    run: Run
    paths: Mapping[tuple[str, str], Path] = field(default_factory=dict)  # the file of the record of (defense, attack)
    report_defenses: Sequence[str] = ()  # in the order of their colours; none: those of this section alone
    unshown: Sequence[str] = ()  # attacks that its records have, and the report has not

    @property
    def records(self) -> Sequence[Record]:
        """All of them."""
        return self.run.records

    @property
    def suite(self) -> SuiteInfo:
        """The suite as the records describe it."""
        return self.records[0].suite

    @property
    def cells(self) -> dict[tuple[str, str], Record]:
        """The records by (defense, attack)."""
        return self.run.cells

    @cached_property
    def defenses(self) -> list[str]:
        """`none` first where there is one, then the others, those with the weakest strongest attack first."""
        return sorted(self.run.by_worst_case(), key=lambda name: name != UNDEFENDED)

    @cached_property
    def attacks(self) -> list[str]:
        """Attacks by AUC against the first defense, the strongest first; then those that it was not met by."""
        met = [r.attack.name for r in self.run.against(self.defenses[0])]
        return met + sorted({r.attack.name for r in self.records} - set(met))

    def against(self, defense: str) -> list[Record]:
        """The records of one defense, by AUC against it, the strongest first."""
        return self.run.against(defense)

    def number(self, defense: str) -> int:
        """Of the defense's colour and mark, the same all over the report."""
        return (self.report_defenses or self.defenses).index(defense)

    @property
    def of_all(self) -> str:
        """Behind "the strongest attack": nothing, or of which it is where the report does not show all."""
        return " of those shown" if self.unshown else ""

    def strongest(self, defense: str, metric: str = "auc") -> Record:
        """The record of the attack with the greatest `metric`; by AUC where the data resolve that for none."""
        return self.run.strongest(defense, metric) or self.run.against(defense)[0]

    def worst(self, defense: str, metric: str = "auc") -> Value:
        """The greatest `metric` of any attack against `defense`."""
        return value_of(self.strongest(defense, metric), metric)

    @property
    def finest(self) -> tuple[str, str]:
        """Key and title of the strictest ranking metric that all records resolve: TPR at 0.1 %, at 1 %, or AUC."""
        key = next(m for m in RANKS if all(value_of(r, m).mean is not None for r in self.records))
        return key, METRICS[key].title


def sections(
    records: Sequence[Record],
    comparisons: Sequence[Comparisons] = (),
    paths: Sequence[Path] = (),
    unshown: Sequence[str] = (),
) -> list[Section]:
    """The records in sections, by name; `paths`: the file of each record, if there are any; `unshown`: the attacks of
    records that were left out.

    Raises ValueError where two claim the same place, or do not go together.
    """
    groups: dict[tuple[str, ...], list[Record]] = {}
    places: dict[tuple[str, ...], dict[tuple[str, str], Path]] = {}
    for record, path in zip_longest(records, paths):
        suite = record.suite
        key: tuple[str, ...] = (suite.name, str(record.adversary), str(suite.seed), repr(sorted(suite.changed.items())))
        groups.setdefault(key, []).append(record)
        if path:
            places.setdefault(key, {})[record.defense.name, record.attack.name] = path
    names = [key[0] for key in groups]
    report_defenses = sorted({r.defense.name for r in records}, key=lambda name: (name != UNDEFENDED, name))
    made = []
    for key, group in groups.items():
        title = key[0] if names.count(key[0]) == 1 else _full_title(group[0])
        try:
            made.append(Section(title, Run(group, comparisons), places.get(key, {}), report_defenses, unshown))
        except ValueError as error:
            raise ValueError(f"{key[0]}: {error}; name the folder of one run") from error
    return made


def several(sections: Sequence[Section]) -> str:
    """What many sections are called: suites where each is one of its own, otherwise runs."""
    return "suites" if len({s.run.suite for s in sections}) == len(sections) else "runs"


def _full_title(record: Record) -> str:
    suite = record.suite
    changes = [f"{name} {now}" for name, (_, now) in sorted(suite.changed.items())]
    return ", ".join([suite.name, record.adversary, f"seed {suite.seed}", *changes])


def slug(name: str) -> str:
    """A file name for any name; where letters are lost or cut, a digest keeps two names apart."""
    safe = "".join(c if c.isascii() and (c.isalnum() or c in "._-=") else "_" for c in name)[:60].lstrip(".-")
    return safe if safe and safe == name else f"{safe or '_'}-{hashlib.sha256(name.encode()).hexdigest()[:6]}"


def flags(records: Sequence[Record]) -> list[tuple[str, str]]:
    """(word, sentence) for all that a reader must know first: synthetic data, a reduced, changed or incomplete run."""
    suite, notes = records[0].suite, []
    if suite.synthetic:
        notes.append(("Synthetic data", "No record of it belongs to anybody; the numbers say nothing of real people."))
    if suite.changed:
        kind = "Reduced run" if suite.reduced else "Changed run"
        notes.append((kind, f"Against the suite's own: {provenance.changes(suite)}."))
    notes += [("Incomplete run", sentence) for sentence in provenance.incomplete(records)]
    return notes
