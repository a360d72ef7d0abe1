"""The two questions of the report, answered in sentences from the records of a section.

All return HTML: names pass through `name`, numbers through `_cell`, and nothing else comes from outside.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from benchmarks.naming.wording import counted
from benchmarks.report.section import Section
from benchmarks.results.ranking import value_of
from benchmarks.results.record import Record, Value
from benchmarks.results.tables import parts


def name(word: str) -> str:
    """A plugin's name, escaped and kept apart from the sentence around it."""
    return f"<bdi>{escape(word)}</bdi>"


def _cell(kind: str, value: Value) -> str:
    number, interval = parts(kind, value)
    return f"<b>{escape(number)}</b> <small>{escape(interval)}</small>"


def _auc(record: Record) -> str:
    return _cell("ratio", record.auc)


def leak(section: Section) -> list[str]:
    """How much the model gives away: what the strongest attack ranks, what it finds, what one may claim."""
    defense = section.defenses[0]
    record, metric = section.strongest(defense), _low_rate(section)
    best = name(record.attack.name)
    which = "the undefended model" if defense == "none" else f"the model under {name(defense)} (none is undefended)"
    if record.auc.ends[1] <= 0.5:
        return [f"No attack tells members of {which} from others: the best, {best}, has AUC {_auc(record)}; "
                "guessing has 0.5."]  # fmt: skip
    said = [f"Against {which}, the strongest of {counted(len(section.against(defense)), 'attack')} is {best}, with AUC "
            f"{_auc(record)}; guessing has 0.5."]  # fmt: skip
    if metric:
        most, rate = section.strongest(defense, metric), "0.1&nbsp;%" if "0.1%" in metric else "1&nbsp;%"
        found = _cell("share", value_of(most, metric))
        said.append(f"While {rate} of non-members are called members, {name(most.attack.name)} finds {found} of "
                    f"the members; guessing finds {rate}.")  # fmt: skip
    return [*said, _claims(section.against(defense), record.attack.name)]


def _low_rate(section: Section) -> str | None:
    metric = section.finest[0]
    return None if metric == "auc" else metric


def _claims(records: list[Record], strongest: str) -> str:
    """Of the attacks shown to keep a demand for 98 % precision, that which names most members. Where none is, how
    many break it, and the verdicts of the strongest, which is chosen by AUC: by precision, noise would choose.
    """
    verdicts = {r.attack.name: r.verdict(0.98) for r in records}
    precision = {r.attack.name: value_of(r, "precision_at_0.98") for r in records}
    groups: dict[str, list[str]] = {"keeps": [], "breaks": [], "cannot tell": []}
    for attack, found in verdicts.items():
        if sum(found.tp) + sum(found.fp):
            groups[kept(precision[attack])].append(attack)
    keep, broken, unclear = groups.values()
    demand = "When 98&nbsp;% of its claims must be right,"
    if not keep + broken + unclear:
        return f"{demand} no attack names anybody."
    best = max(keep, key=lambda a: (sum(verdicts[a].tp), a), default=strongest)
    tp, members = sum(verdicts[best].tp), sum(verdicts[best].members)
    if keep:
        right = _cell("share", precision[best])
        return f"{demand} {name(best)} names {tp:,} of {members:,} members and keeps to that: {right} are right."
    judged = [f"{len(broken)} {'breaks' if len(broken) == 1 else 'break'} it"] if broken else []
    judged += [f"of {len(unclear)} it cannot be told"] if unclear else []
    said = f"{demand} no attack is shown to keep to that: {', '.join(judged)}. {name(best)} names"
    if best not in broken + unclear:
        return f"{said} nobody."
    right = _cell("share", precision[best])
    return f"{said} {tp:,} of {members:,} members; {right} of its claims are right."


def kept(precision: Value, demand: float = 0.98) -> str:
    """`keeps`, `breaks` or `cannot tell`: on which side of the demand the whole interval of the precision lies."""
    _, low, high = precision.ends
    return "keeps" if low >= demand else "breaks" if high < demand else "cannot tell"


def verdict(section: Section, defense: str) -> str:
    """`helps`, `harms` or `unclear`: whether the worst-case AUC under `defense` leaves the interval of none."""
    (_, low, high), (_, plain_low, plain_high) = (section.strongest(d).auc.ends for d in (defense, "none"))
    return "helps" if high < plain_low else "harms" if low > plain_high else "unclear"


def help_of(section: Section) -> list[str]:
    """Which defense helps: those whose worst case is told apart from no defense, and what they cost."""
    others = [d for d in section.defenses if d != "none"]
    if "none" not in section.defenses:
        return ["There is no undefended run to compare with."]
    if not others:
        return ["No defense was run."]
    plain = section.strongest("none")
    groups: dict[str, list[str]] = {"helps": [], "harms": [], "unclear": []}
    for defense in others:
        groups[verdict(section, defense)].append(defense)
    said = [_benefit(section, d, plain, first=i == 0) for i, d in enumerate(groups["helps"])]
    if groups["harms"]:
        worse = ", ".join(f"{name(d)} ({_auc(section.strongest(d))})" for d in groups["harms"])
        said.append(f"More is given away than without any defense under {worse}.")
    if groups["unclear"]:
        same = ", ".join(f"{name(d)} ({_auc(section.strongest(d))})" for d in groups["unclear"])
        said.append(f"Not told apart from no defense ({_auc(plain)}), since the intervals overlap: {same}.")
    return said


def _benefit(section: Section, defense: str, plain: Record, first: bool) -> str:
    record = section.strongest(defense)
    ours, before = record.utility.test, plain.utility.test
    (_, low, high), (_, low_before, high_before) = ours.ends, before.ends
    apart = high < low_before or low > high_before
    return (
        f"{name(defense)} helps{' most' if first else ' too'}: the strongest attack against it, "
        f"{name(record.attack.name)}, has AUC {_auc(record)} instead of {_auc(plain)}. Test accuracy is "
        f"{_cell('share', ours)} instead of {_cell('share', before)}{'' if apart else ', not told apart'}."
    )


def headline(sections: Sequence[Section]) -> tuple[str, str]:
    """One sentence for each question over all sections."""
    leaking = [s for s in sections if s.strongest(s.defenses[0]).auc.ends[1] > 0.5]
    compared = [s for s in sections if "none" in s.defenses]
    counts: dict[str, list[int]] = {}
    for section in compared:
        for defense in section.defenses[1:]:
            tally = counts.setdefault(defense, [0, 0])
            tally[0] += verdict(section, defense) == "helps"
            tally[1] += 1
    first = "No attack tells members from others better than guessing does."
    if leaking:
        first = f"Members are told from others better than by guessing{_on(len(leaking), len(sections))}."
    helping = sorted(((h, t, d) for d, (h, t) in counts.items() if h), key=lambda x: (-x[0] / x[1], -x[0], x[2]))
    if not counts:
        return first, "No defense stands beside an undefended run."
    if not helping:
        return first, "No defense lowers the strongest attack's AUC beyond its interval."
    listed = "; ".join(f"{name(d)}{_on(h, t)}" for h, t, d in helping)
    return first, f"The strongest attack's AUC is lowered, intervals apart, by {listed}."


def _on(some: int, count: int) -> str:
    """Where, unless there is but one suite."""
    return "" if count == 1 else f" on all {count} suites" if some == count else f" on {some} of {count} suites"
