"""How the numbers of a section were made, term by term, as plain text."""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import UTC, datetime

from benchmarks.naming.wording import counted
from benchmarks.report.section import Section
from benchmarks.results import provenance
from benchmarks.results.provenance import KNOWS, each
from benchmarks.results.record import AttackInfo
from benchmarks.training.facts import day, ours


def facts(section: Section) -> list[tuple[str, str]]:
    """(term, description) pairs."""
    suite, records, record = section.suite, section.records, section.records[0]
    protocol, _, references = provenance.protocol(record)
    attacks = provenance.attacks(records)
    return [
        ("data", provenance.data(suite, provenance.kind(suite))),
        ("digest", f"sha256 {suite.dataset_digest}"),
        ("protocol", f"{protocol}, seed {suite.seed}"),
        ("trials", each(str(r.trials) for r in records)),
        ("references", references),
        (
            "duplicates",
            f"{counted(record.duplicates, 'exact duplicate')} across a target's member and non-member parts",
        ),
        ("adversary", f"{record.adversary}: {KNOWS[record.adversary]}"),
        ("network", f"{suite.network}; {provenance.recipe(suite)}"),
        ("defenses", "; ".join(f"{n}: {s}" for n, s in provenance.defenses(records).items())),
        ("attacks", "; ".join(f"{n}: {_attack(a)}" for n, a in attacks.items())),
        ("intervals", f"{provenance.INTERVALS} {provenance.few(records)}".strip()),
        ("versions", each(map(provenance.versions, records))),
        ("device", each(r.device for r in records)),
        ("command", " · ".join(provenance.commands(records))),
    ]


def drawn(sections: Sequence[Section]) -> str:
    """What made this page: version and commit, and the date of SOURCE_DATE_EPOCH where that is set
    (reproducible-builds.org), else the commit's; never the time of drawing, so that the same code and the same records
    make the same page.
    """
    epoch = os.environ.get("SOURCE_DATE_EPOCH", "")
    when = f"{datetime.fromtimestamp(int(epoch), UTC):%Y-%m-%d}" if epoch.isdecimal() else day()
    count = sum(len(s.records) for s in sections)
    return f"Drawn by MIA Arena {ours()}{', ' if when else ''}{when} from {counted(count, 'record')}."


def _attack(attack: AttackInfo) -> str:
    return f"{attack.reference} (version {attack.version}, sees {attack.access}, needs {attack.needs})"
