"""The two questions of the report, answered in sentences from the records of a section.

All return `Markup`, HTML whose parts were escaped as they entered: a constant text, filled in by `format` or `join`.
"""

from __future__ import annotations

from collections.abc import Sequence

from markupsafe import Markup

from benchmarks.naming.wording import counted
from benchmarks.report.section import Section
from benchmarks.results.ranking import value_of
from benchmarks.results.record import Record, Value
from benchmarks.results.tables import number, parts

NAMED = 3  # defenses in the headline


def name(word: str) -> Markup:
    """A plugin's name, kept apart from the sentence around it."""
    return Markup("<bdi>{}</bdi>").format(word)


def _cell(kind: str, value: Value) -> Markup:
    return Markup("<b>{}</b> <small>{}</small>").format(*parts(kind, value))


def _auc(record: Record) -> Markup:
    return _cell("ratio", record.auc)


def leak(section: Section) -> list[Markup]:
    """How much the model gives away: what the strongest attack ranks, what it finds, what one may claim."""
    defense = section.defenses[0]
    record, metric = section.strongest(defense), _low_rate(section)
    best = name(record.attack.name)
    which = Markup("the undefended model")
    if defense != "none":
        which = Markup("the model under {} (none is undefended)").format(name(defense))
    if record.auc.ends[1] <= 0.5:
        none = Markup("No attack tells members of {} from others: the best, {}, has AUC {}; guessing has 0.5.")
        return [none.format(which, best, _auc(record))]
    attacks = counted(len(section.against(defense)), "attack")
    told = Markup("Against {}, the strongest of {} is {}, with AUC {}; guessing has 0.5.")
    said = [told.format(which, attacks, best, _auc(record))]
    if metric:
        most, rate = section.strongest(defense, metric), Markup("0.1&nbsp;%" if "0.1%" in metric else "1&nbsp;%")
        told = Markup("While {0} of non-members are called members, {1} finds {2} of the members; guessing finds {0}.")
        said.append(told.format(rate, name(most.attack.name), _cell("share", value_of(most, metric))))
    return [*said, _claims(section.against(defense), record.attack.name)]


def _low_rate(section: Section) -> str | None:
    metric = section.finest[0]
    return None if metric == "auc" else metric


def _claims(records: list[Record], strongest: str) -> Markup:
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
    demand = Markup("When 98&nbsp;% of its claims must be right, ")
    if not keep + broken + unclear:
        return demand + "no attack names anybody."
    best = max(keep, key=lambda a: (sum(verdicts[a].tp), a), default=strongest)
    tp, members = sum(verdicts[best].tp), sum(verdicts[best].members)
    if keep:
        said = Markup("{} names {:,} of {:,} members and keeps to that: {} are right.")
        return demand + said.format(name(best), tp, members, _cell("share", precision[best]))
    judged = [f"{len(broken)} {'breaks' if len(broken) == 1 else 'break'} it"] if broken else []
    judged += [f"of {len(unclear)} it cannot be told"] if unclear else []
    none = demand + Markup("no attack is shown to keep to that: {}. {} names ").format(", ".join(judged), name(best))
    if best not in broken + unclear:
        return none + "nobody."
    said = Markup("{:,} of {:,} members; {} of its claims are right.")
    return none + said.format(tp, members, _cell("share", precision[best]))


def kept(precision: Value, demand: float = 0.98) -> str:
    """`keeps`, `breaks` or `cannot tell`: on which side of the demand the whole interval of the precision lies."""
    _, low, high = precision.ends
    return "keeps" if low >= demand else "breaks" if high < demand else "cannot tell"


def verdict(section: Section, defense: str) -> str:
    """`helps`, `harms` or `unclear`: whether the worst-case AUC under `defense` leaves the interval of none; `unjudged`
    where not every attack met both.
    """
    if not {defense, "none"} <= {*section.run.judged}:
        return "unjudged"
    (_, low, high), (_, plain_low, plain_high) = (section.strongest(d).auc.ends for d in (defense, "none"))
    return "helps" if high < plain_low else "harms" if low > plain_high else "unclear"


def help_of(section: Section) -> list[Markup]:
    """Which defense helps: those whose worst case is told apart from no defense, and what they cost."""
    others = [d for d in section.defenses if d != "none"]
    if "none" not in section.defenses:
        return [Markup("There is no undefended run to compare with.")]
    if not others:
        return [Markup("No defense was run.")]
    plain = section.strongest("none")
    groups: dict[str, list[str]] = {"helps": [], "harms": [], "unclear": [], "unjudged": []}
    for defense in others:
        groups[verdict(section, defense)].append(defense)
    said = [_benefit(section, d, plain, first=i == 0) for i, d in enumerate(groups["helps"])]
    if groups["harms"]:
        worse = Markup("More is given away than without any defense under {}.")
        said.append(worse.format(_listed(section, groups["harms"])))
    if groups["unclear"]:
        same = Markup("Not told apart from no defense ({}), since the intervals overlap: {}.")
        said.append(same.format(_auc(plain), _listed(section, groups["unclear"])))
    if groups["unjudged"]:
        each, run = Markup("{} ({} attacks)"), section.run
        missing = [d for d in ("none", *groups["unjudged"]) if d not in run.judged]
        listed = Markup(", ").join(each.format(name(d), run.met(d)) for d in missing)
        said.append(Markup("Not judged, since not every attack was played against it: {}.").format(listed))
    return said


def _listed(section: Section, defenses: Sequence[str]) -> Markup:
    each = Markup("{} ({})")
    return Markup(", ").join(each.format(name(d), _auc(section.strongest(d))) for d in defenses)


def _benefit(section: Section, defense: str, plain: Record, first: bool) -> Markup:
    record = section.strongest(defense)
    aucs = Markup("{} lowers the AUC {}: the strongest attack against it, {}, has {} instead of {}.").format(
        name(defense), "most" if first else "too", name(record.attack.name), _auc(record), _auc(plain)
    )
    return aucs + " " + _cost(section, defense)


def _cost(section: Section, defense: str) -> Markup:
    """What a defense costs in test accuracy."""
    lost, accuracy = section.run.accuracy_lost(defense), section.strongest(defense).utility.test
    points, interval = parts("points", lost)
    ends = _cell("share", accuracy)
    match price(lost):
        case "costs":
            said = Markup("It costs <b>{}</b> <small>{}</small> points of test accuracy, which is then {}.")
        case "gains":
            said = Markup("Test accuracy is no lower: it loses <b>{}</b> <small>{}</small> points and is then {}.")
        case _:
            said = Markup(
                "No cost in test accuracy can be told: it loses <b>{}</b> <small>{}</small> points and is then {}."
            )
    return said.format(points, interval, ends)


def price(lost: Value) -> str:
    """`costs`, `gains` or `cannot tell`: on which side of zero the whole interval of the lost accuracy lies."""
    _, low, high = lost.ends
    return "costs" if low > 0 else "gains" if high < 0 else "cannot tell"


def headline(sections: Sequence[Section]) -> tuple[Markup, Markup]:
    """One sentence for each question over all sections; none names what a defense gains without what it costs."""
    leaking = [s for s in sections if s.strongest(s.defenses[0]).auc.ends[1] > 0.5]
    judged: dict[str, list[Section]] = {}
    for section in sections:
        for defense in section.defenses:
            if defense != "none" and verdict(section, defense) != "unjudged":
                judged.setdefault(defense, []).append(section)
    first = Markup("No attack tells members from others better than guessing does.")
    if leaking:
        where = _on(len(leaking), len(sections))
        first = Markup("Members are told from others better than by guessing{}.").format(where)
    helped = {d: [s for s in of if verdict(s, d) == "helps"] for d, of in judged.items()}
    helping = sorted((d for d in helped if helped[d]), key=lambda d: (-len(helped[d]) / len(judged[d]), d))
    if not judged:
        return first, Markup("No defense stands beside an undefended run that met the same attacks.")
    if not helping:
        return first, Markup("No defense lowers the strongest attack's AUC beyond its interval.")
    said = [_exchange(d, helped[d], len(judged[d])) for d in helping[:NAMED]]
    if len(helping) > NAMED:
        said.append(Markup("So do {} more, at the price that each suite's answers name.").format(len(helping) - NAMED))
    return first, Markup(" ").join(said)


def _exchange(defense: str, helped: Sequence[Section], judged: int) -> Markup:
    """By how much a defense lowers the strongest attack's AUC, and what that costs, where it does."""
    gains = [s.strongest("none").auc.ends[0] - s.strongest(defense).auc.ends[0] for s in helped]
    lost = [s.run.accuracy_lost(defense) for s in helped]
    costly = [v for v in lost if price(v) == "costs"]
    where, gain = _on(len(helped), judged), _range("number", gains)
    told = Markup("{} lowers the strongest attack's AUC by {}{}").format(name(defense), gain, where)
    if not costly:
        return told + Markup("; no cost in test accuracy can be told.")
    points = Markup("<b>{}</b>").format(_range("points", [v.ends[0] for v in costly]))
    some = "" if len(costly) == len(lost) else f" on {len(costly)} of them"
    return told + Markup(" and costs {} points of test accuracy{}.").format(points, some)


def _range(kind: str, values: Sequence[float]) -> str:
    """``0.093``, or ``0.041 to 0.093``."""
    ends = [number(kind, v) for v in (min(values), max(values))]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _on(some: int, count: int) -> str:
    """Where, unless there is but one suite."""
    return "" if count == 1 else f" on all {count} suites" if some == count else f" on {some} of {count} suites"
