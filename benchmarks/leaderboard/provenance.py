"""Where the numbers of a board come from: what must be known first, and in full at its end."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.naming.wording import counted
from benchmarks.results import provenance
from benchmarks.results.provenance import KNOWS, each
from benchmarks.results.record import Record, SuiteInfo
from benchmarks.results.tables import code, word


def made_by(records: Sequence[Record]) -> str:
    """Versions, devices and the commands that make the run again, on one line, each once."""
    places = each(f"{word(provenance.versions(r))}; {word(r.device)}" for r in records)
    return f"{places}; {' · '.join(map(code, provenance.commands(records)))}"


def kind_of(suite: SuiteInfo) -> str:
    """Real or synthetic, and whether the run is smaller than the suite."""
    kind = provenance.kind(suite)
    return (f"**{kind}**" if suite.synthetic else kind) + (", **reduced run**" if suite.reduced else "")


def data(suite: SuiteInfo) -> str:
    """The data set in one line: real, synthetic or reduced, where from, licence."""
    return provenance.data(suite, kind_of(suite), word)


def banner(records: Sequence[Record]) -> str:
    """What a reader must know before the first number; empty for real data at the suite's own size, no model lost."""
    suite, notes = records[0].suite, []
    if suite.synthetic:
        notes.append("**Synthetic data**: no record of it belongs to anybody.")
    if suite.changed:
        kind = "Reduced" if suite.reduced else "Changed"
        notes.append(f"**{kind}** against the suite's own definition: {word(provenance.changes(suite))}.")
    notes += [f"**Incomplete**: {word(sentence)}" for sentence in provenance.incomplete(records)]
    return "\n\n".join(notes)


def full(records: Sequence[Record]) -> str:
    """All that a run depends on, as a list."""
    record = records[0]
    suite = record.suite
    attacks = provenance.attacks(records).values()
    told = [f"{word(a.name)}: {word(a.reference)} (sees {a.access}, needs {a.needs})" for a in attacks]
    defenses = [f"{word(n)}: {word(s)}" for n, s in provenance.defenses(records).items()]
    lines = [
        f"Data: {data(suite)}; sha256 {suite.dataset_digest[:16]}; "
        f"{counted(record.duplicates, 'exact duplicate')} across a target's member and non-member parts.",
        f"Protocol: {word(', '.join(provenance.protocol(record)))}, seed {suite.seed}.",
        f"Adversary: {record.adversary} ({KNOWS[record.adversary]}).",
        f"Network: {word(suite.network)}; {word(provenance.recipe(suite))}.",
        f"Defenses: {'; '.join(defenses)}.",
        f"Attacks: {'; '.join(told)}.",
        provenance.INTERVALS,
        f"Reproduce: {made_by(records)}",
    ]
    return "\n".join(f"- {line}" for line in lines)
