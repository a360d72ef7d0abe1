"""An audit in words: sentences for a terminal, a notebook, and the head of a report."""

from __future__ import annotations

from typing import TYPE_CHECKING

from benchmarks.naming.wording import counted, one_line
from benchmarks.statistics.exposure import RATE
from benchmarks.statistics.values import Interval

if TYPE_CHECKING:
    from benchmarks.audit.findings import Findings
    from benchmarks.audit.groups import Slicing


def headline(audit: Findings) -> str:
    """How much the model gives away, in a sentence."""
    if not audit.meant:
        return audit.warnings[0]
    said = f"{verdict(audit)[:-1]}: {finding(audit)}" if audit.seen else verdict(audit)
    return " ".join(["Check the input first.", *audit.doubts, "As it stands:", said]) if audit.doubts else said


def verdict(audit: Findings) -> str:
    """Whether the model gives anything away, a sentence without a number."""
    if not audit.meant:
        return "This audit cannot tell what the model gives away."
    if audit.blind:
        return "This audit sees nothing, and has too few records to see much."
    if not audit.seen:
        return "This model gives away nothing that this audit can see."
    return "This model gives away records that it was trained on."


def finding(audit: Findings, members: str = "them") -> str:
    """What the strongest attack finds of the `members`, half a sentence or more."""
    strongest, tpr = audit.strongest, audit.strongest.tpr[RATE]
    played = len(audit.attacked.records)
    best = f"the strongest of {counted(played, 'attack')}" if played > 1 else "the one attack that played"
    auc = f"AUC {number(strongest.auc)}"
    if tpr.mean is None or (audit.seen and not audit.found_most):
        return f"{best} tells members from others with {auc}."
    return f"{best} finds {percent(tpr)} of {members} where it calls 1 of 100 others a member ({auc})."


def unseen(audit: Findings) -> str:
    """What was not tried, a sentence."""
    left = len(audit.left)
    words = "An attack that was not tried may find more"
    return f"{words}; {counted(left, 'attack')} could not play." if left else f"{words}."


def notes(audit: Findings) -> list[str]:
    """What a reader should know of the numbers, a sentence each, beside what the headline says."""
    made = [line for line in audit.warnings[not audit.meant :] if line not in audit.doubts or not audit.meant]
    if audit.seats.floored:
        some = (
            f"{audit.seats.floored:,} probabilities of 0, or hardly more, count"
            if audit.seats.floored > 1
            else "A probability of 0 counts"
        )
        made.append(f"{some} as half of the least that the numbers resolve.")
    if audit.case.answers.left:
        made.append(f"Nothing was made of the columns {one_line(', '.join(audit.case.answers.left))}.")
    return made


def basis(audit: Findings) -> str:
    """What the audit stands on, a sentence."""
    member = audit.case.answers.member
    members = int(member.sum())
    others = counted(len(member) - members, "non-member")
    return f"{counted(members, 'member')} and {others}; the adversary has {audit.adversary}."


def exposed(audit: Findings) -> str:
    """How many records stand out, a sentence."""
    found, members = len(audit.exposed), int(audit.case.answers.member.sum())
    if not found:
        return f"No single one of {counted(members, 'member')} stands out from non-members."
    score = "scores" if found == 1 else "score"
    some = (
        f"{found:,} of {counted(members, 'member')} {score} so high that at most one in ten of them is there by chance"
    )
    return f"{some}: the list of exposed records."


def differing(slicing: Slicing) -> str:
    """Whether exposure differs between groups, a sentence."""
    if slicing.p is None:
        return f"Groups by {slicing.column} are too small to compare."
    if slicing.verdict == "yes":
        return f"Exposure differs by {slicing.column}: {slicing.groups[0].name} most, {slicing.groups[-1].name} least."
    return f"That exposure differs by {slicing.column} is not shown."


def refuted(audit: Findings) -> str:
    """What the bounds say against the claimed epsilon; nothing where they are not above it, or mean nothing."""
    claimed = audit.claimed
    if claimed is None or not audit.meant:
        return ""
    above = [bound for bound in audit.epsilon if bound.above(claimed)]
    return f"{above[0].beside(claimed)} {len(above)} of {len(audit.epsilon)} bounds are above." if above else ""


def judges(audit: Findings) -> str:
    """Who the strongest attack is, a sentence."""
    names = " and ".join(dict.fromkeys(audit.strongest.attacks))
    return (
        f"The strongest: {names}; each half of the records is judged by what finds most at 1 % FPR in the other half."
    )


def percent(of: Interval | object) -> str:
    """``12.3 % [10.1, 14.2]``, or ``too few records``."""
    mean, low, high = (getattr(of, name) for name in ("mean", "low", "high"))
    if mean is None:
        return "too few records"
    return f"{100 * mean:.1f} % [{100 * low:.1f}, {100 * high:.1f}]"


def number(of: Interval | object) -> str:
    """``0.631 [0.612, 0.650]``."""
    mean, low, high = (getattr(of, name) for name in ("mean", "low", "high"))
    return "too few records" if mean is None else f"{mean:.3f} [{low:.3f}, {high:.3f}]"
