"""What an audit's page says beside `wording`: how sure, what was not tried, what to do, how it was measured."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil

from benchmarks.audit import wording
from benchmarks.audit.attacking import HELD
from benchmarks.audit.findings import LEVEL, Findings
from benchmarks.audit.groups import FEWEST, Slicing
from benchmarks.audit.missing import REFERENCES, grouped
from benchmarks.naming.wording import counted, one_line
from benchmarks.results.provenance import versions
from benchmarks.results.record import Utility
from benchmarks.results.tables import number, parts

Terms = Sequence[tuple[str, str]]
refuted = wording.refuted
NAMED = 10  # of many small groups


def found(audit: Findings) -> str:
    """What the strongest attack finds, a sentence."""
    said, tpr = wording.finding(audit, "the records that it was trained on"), audit.strongest.tpr[wording.RATE]
    said = said[0].upper() + said[1:]
    if tpr.mean is None or tpr.low is None:
        return said
    if audit.seen and tpr.low <= wording.RATE:
        return f"{said} It shows in all records together, not in those that score highest."
    return said


def sure(audit: Findings) -> list[str]:
    """How sure the answer is, sentences."""
    p = audit.strongest.p
    share = "fewer than 1 of 1,000 audits" if p < 0.001 else f"{100 * p:.{1 if p < 0.1 else 0}f} % of audits"
    if not audit.meant:
        return ["Not at all: what tells members from non-members here need not be the model."]
    chance = f"If the model gave nothing away, {share} would find as much by chance."
    judged = f"Below {100 * LEVEL:g} %, and with an interval above guessing, it is called a find."
    ranges = "The numbers in brackets are 95 % intervals: for this model, on other records of the same kind."
    return [f"{chance} {judged}", ranges]


def untested(audit: Findings) -> list[str]:
    """What was not tried, sentences."""
    broken = [of.attack for of in audit.left if of.failed]
    count = len(audit.attacked.records)
    made = [f"{counted(count, 'attack')} played. {wording.unseen(audit)}"]
    help_of = [of for of in grouped(audit.attacked.lacks) if of.given]
    if help_of:
        one = help_of[0]
        made.append(f"Given {' and '.join(one.given)}, {len(one.attacks)} more can play.")
    if broken:
        made.append(f"Failed, which is a fault of theirs or of ours: {', '.join(broken)}.")
    return made


def compared(slicing: Slicing, slicings: int) -> str:
    """Whether exposure differs between the groups of a column, with its p value."""
    said = wording.differing(slicing)
    if slicing.p is None:
        return said
    corrected = f", corrected for {slicings} columns" if slicings > 1 else ""
    p = number("p", slicing.p)
    return f"{said[:-1]} (p {p if p.startswith('<') else f'= {p}'}{corrected})."


def first(audit: Findings, shown: int) -> str:
    """Which of the exposed records are shown, a sentence, or nothing where all are."""
    exposed = audit.exposed
    if len(exposed) <= shown:
        return ""
    p = audit.standing.p[exposed]
    alike = int((p == p[shown - 1]).sum())
    tied = f", of which {alike:,} tie for p {number('p', p[shown - 1])}" if alike > 1 else ""
    return f"The first {shown} of {len(exposed):,}{tied}."


def small(slicing: Slicing) -> str:
    """Which groups were not judged, a sentence, or nothing."""
    if not slicing.small:
        return ""
    names = ", ".join(one_line(name) for name in slicing.small[:NAMED])
    rest = len(slicing.small) - NAMED
    more = f" and {counted(rest, 'other')}" if rest > 0 else ""
    return f"Too small to judge, with fewer than {FEWEST} members or non-members: {names}{more}."


def steps(audit: Findings) -> list[str]:
    """What to do next, the most urgent first."""
    if not audit.meant:
        return [
            "Get non-members of the same kind as the members: from the same source and the same time, best set aside "
            "before training by a coin for each record. Then audit again. Until then no number here counts."
        ]
    made = []
    if audit.doubts:
        made.append("Check the input, as it says above, and audit again: if it is out of order, no number here counts.")
    if refuted(audit):
        made.append(f"Do not publish epsilon {audit.claimed:g} before its accounting and the assumptions are checked.")
    if audit.seen:
        made.append(
            "Train the model with a defense, and audit it again: docs/defenses.md says which there are, what they cost "
            "and what they need."
        )
    made += _gap(audit.utility) if audit.seen else []
    if len(audit.exposed):
        made.append(
            "Look at the exposed records: rare and mislabeled ones are often among them. To leave them out is not "
            "enough: others stand out then (Carlini et al. 2022, the privacy onion effect)."
        )
    for of in audit.groups:
        if of.verdict == "yes":
            name = one_line(of.groups[0].name)
            made.append(f"Look at the group {name} of {one_line(of.column)}: its members are exposed most.")
    made += _more(audit)
    if not audit.seen:
        made.append("Do not call the model private: this audit found nothing, which is no proof that nothing is there.")
    return made


def _gap(utility: Utility) -> list[str]:
    low, high = utility.train.low, utility.test.high
    if low is None or high is None or low <= high:
        return []
    right = [parts("share", of)[0] for of in (utility.train, utility.test)]
    return [
        f"Narrow the gap: the model is right on {right[0]} of the members and {right[1]} of the non-members. Fewer "
        "epochs, more weight decay, a smaller model or more data narrow it, and as a rule less is given away then."
    ]


def _more(audit: Findings) -> list[str]:
    """What would make the audit stronger."""
    answers, made = audit.case.answers, []
    help_of = {of.given: of.attacks for of in grouped(audit.attacked.lacks)}
    if answers.said.kind in ("predicted", "loss"):
        made.append(f"Give probabilities of all classes: an audit of {HELD[answers.said.kind]} misses most attacks.")
    count = sum(len(names) for given, names in help_of.items() if REFERENCES in given)
    if count:
        made.append(
            f"Train {REFERENCES} as the audited one was, each on a random half of the records, and give their answers: "
            f"{counted(count, 'attack')} that could not play {'need' if count > 1 else 'needs'} them, and such attacks "
            "are the strongest, as a rule (docs/which-attack.md)."
        )
    unresolved = [rate for rate, of in audit.strongest.tpr.items() if of.mean is None]
    if unresolved:
        least, others = ceil(2 / min(unresolved)), int((~answers.member).sum())
        made.append(f"Add non-members: {100 * min(unresolved):g} % FPR needs {least:,} of them, here are {others:,}.")
    if not audit.groups:
        made.append("Add a column of groups (class, sex, region), to see whether some people are exposed more.")
    return made


def measured(audit: Findings) -> Terms:
    """How the numbers were made, term by term."""
    answers, record = audit.case.answers, audit.attacked.records[0]
    failed = sum(of.failed for of in audit.left)
    played = f"{len(audit.attacked.records)} played, {len(audit.left) - failed} could not"
    judges = " and ".join(dict.fromkeys(audit.strongest.attacks))
    game = (
        "One game of all records; the adversary learns on a reference model, its shadow model."
        if audit.seats.shadow
        else "Two games: the adversary knows of half of the records whether they are members, and attacks the others."
    )
    train, test = (" ".join(parts("share", of)) for of in (audit.utility.train, audit.utility.test))
    return [
        ("records", wording.basis(audit)),
        ("answers", HELD[answers.said.kind]),
        ("accuracy", f"members {train}, non-members {test}"),
        ("game", game),
        ("attacks", f"{played}, {failed} failed" if failed else played),
        (
            "strongest",
            f"The records are cut in two halves at random. Each half is judged by the attack that finds most in the "
            f"other ({judges}), so that the numbers are not those of the luckiest attack.",
        ),
        (
            "chance",
            "Mann and Whitney's test and a test of the highest scores in each half; four p values, corrected "
            "(Bonferroni).",
        ),
        (
            "intervals",
            "95 %, over records, for this model: AUC by DeLong's variance, TPR by the order of the scores, shares by "
            "Clopper and Pearson.",
        ),
        (
            "records that stand out",
            "Conformal p values among the non-members of the same half; q by Benjamini and Hochberg.",
        ),
        ("groups", "Cochran's Q of the groups' AUCs; several columns are corrected (Holm)."),
        ("versions", versions(record)),
        ("command", one_line(record.command)),
    ]
