"""What a terminal shows of an audit: the verdict first, at most `LINES` lines. The page has all of it. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from benchmarks.audit import wording
from benchmarks.naming.consoles import Line
from benchmarks.naming.wording import counted
from benchmarks.results.screens import GAP, LINES, WIDTH, Head, cut, joined, left_out, table, wrapped
from benchmarks.results.tables import Cell

if TYPE_CHECKING:
    from benchmarks.audit.findings import Findings

ATTACKS, FEWEST = 10, 3  # rows of attacks at most, and where little room is left
GROUPS = 3  # columns of groups, a line each


def screen(audit: Findings, below: Sequence[str] = (), width: int = WIDTH) -> list[Line]:
    """The verdict, the attacks, the records and groups that stand out, epsilon, who could not play, and the lines
    `below`: where the rest lies. No line is longer than `width`, but for those below.
    """
    first, rest = _verdict(audit, width), [_records(audit, width), _epsilon(audit, width)]
    left = {of.attack: of.reason for of in audit.left}
    room = LINES - sum(len(part) + 1 for part in [first, *rest] if part) - len(below)
    room -= 3 + 1 if left else 0  # its head, a reason and how many others there are
    attacks = _attacks(audit, room - 1, width)
    parts = [first, attacks, *rest]
    room = LINES - sum(len(part) + 1 for part in parts if part) - 1 - len(below)
    return joined([*parts, left_out("Could not play", left, room, width, "see summary.json")], below, width)


def _verdict(audit: Findings, width: int) -> list[Line]:
    """The headline, what is above a claim, what the audit stands on, and what a reader should know of the numbers."""
    lines = wrapped(
        wording.headline(audit), width, 5, "warn" if audit.seen or audit.doubts or not audit.meant else "head"
    )
    above = [of for of in audit.epsilon if audit.claimed is not None and of.above(audit.claimed)]
    if above and audit.meant:
        said = f"{len(above)} of {counted(len(audit.epsilon), 'bound')} are above the claimed epsilon {audit.claimed:g}"
        lines += wrapped(f"{said}: it, or one of their assumptions, is wrong.", width, 2, "warn")
    if not audit.seen and audit.meant:
        lines += wrapped(
            f"Of its records {wording.finding(audit)} An attack that was not tried may find more.", width, 3
        )
    lines += wrapped(wording.basis(audit), width, 2)
    notes = wording.notes(audit)
    return lines + (wrapped(f"Note: {' '.join(notes)}", width, 2, "warn") if notes else [])


def _attacks(audit: Findings, room: int, width: int) -> list[Line]:
    """The attacks by AUC, as many as have room, and who is the strongest."""
    rates = [f"tpr_at_{100 * rate:g}%_fpr" for rate in audit.strongest.tpr]
    records = sorted(audit.attacked.records, key=lambda r: (-(r.metrics["auc"].mean or 0), r.attack.name))
    rates = [key for key in rates if any(r.metrics[key].mean is not None for r in records)]
    titles = {f"tpr_at_{100 * rate:g}%_fpr": f"TPR at {100 * rate:g} % FPR" for rate in audit.strongest.tpr}
    heads = [Head("attack"), Head("AUC", "ratio"), *(Head(titles[key], "share", i) for i, key in enumerate(rates))]
    rows: list[list[Cell]] = [[r.attack.name, *(r.metrics[key] for key in ("auc", *rates))] for r in records]
    judges = wrapped(wording.judges(audit), width, 2)
    most = max(FEWEST, min(ATTACKS, room - 2 - len(judges)))
    title = "Attacks; [95 % intervals]" if audit.meant else "Attacks, of which none tells what the model gives away"
    return [Line(title, "head"), *table(heads, rows, most, width), *judges]


def _records(audit: Findings, width: int) -> list[Line]:
    """How many records stand out, and whether groups differ."""
    lines = [Line("Records", "head"), *wrapped(wording.exposed(audit), width, 2)]
    shown = audit.groups if len(audit.groups) <= GROUPS else audit.groups[: GROUPS - 1]
    lines += [
        Line(cut(line.text, width), line.style) for of in shown for line in wrapped(wording.differing(of), width, 1)
    ]
    more = len(audit.groups) - len(shown)
    return [*lines, Line(f"and {counted(more, 'other column')} of groups", "dim")] if more else lines


def _epsilon(audit: Findings, width: int) -> list[Line]:
    """The bounds from below, a line each."""
    if not audit.epsilon:
        return []
    first = audit.epsilon[0]
    title = f"Epsilon is at least, at delta {first.delta:g} and {100 * first.confidence:g} % confidence"
    lines = [Line(title, "head")]
    for bound in audit.epsilon:
        claim = (
            ""
            if audit.claimed is None
            else f"  {'above' if bound.above(audit.claimed) else 'not above'} {audit.claimed:g}"
        )
        lines.append(Line(cut(f"{'':{GAP}}{bound.epsilon:.2f}{claim}  by {bound.method}", width)))
    return lines
