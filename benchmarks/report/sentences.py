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
from benchmarks.results.tables import parts

TOLD = 3  # defenses that help, in a sentence of their own; of others there is a list


def name(word: str, sign: str = "") -> Markup:
    """A plugin's name, kept apart from the sentence around it, and the `sign` behind it, which starts no line."""
    made = Markup("<bdi>{}</bdi>").format(word)
    return Markup('<span class="whole">{}{}</span>').format(made, sign) if sign else made


def _cell(kind: str, value: Value) -> Markup:
    return Markup("<b>{}</b> <small>{}</small>").format(*parts(kind, value))


def _auc(record: Record) -> Markup:
    return _cell("ratio", record.auc)


def leak(section: Section) -> list[Markup]:
    """How much the model gives away: what the strongest attack ranks, what it finds, what one may claim."""
    defense = section.defenses[0]
    record, metric = section.strongest(defense), _low_rate(section)
    best = name(record.attack.name, ",")
    which = Markup("the undefended model")
    if defense != "none":
        which = Markup("the model under {} (none is undefended)").format(name(defense))
    if record.auc.ends[1] <= 0.5:
        none = Markup("No attack tells members of {} from others: the best, {} has AUC {}; guessing has 0.5.")
        return [none.format(which, best, _auc(record))]
    attacks = counted(len(section.against(defense)), "attack")
    told = Markup("Against {}, the strongest of {} is {} with AUC {}; guessing has 0.5.")
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
    judged += [f"of {len(unclear)} the data are too few to tell"] if unclear else []
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
    said = [_benefit(section, d, plain, first=i == 0) for i, d in enumerate(groups["helps"][:TOLD])]
    if rest := groups["helps"][TOLD:]:
        told = Markup("It is lower, too, under {}. Where no cost is named, none in test accuracy can be told.")
        said.append(told.format(_listed(section, rest)))
    if groups["harms"]:
        worse = Markup("More is given away than without any defense under {}.")
        said.append(worse.format(_listed(section, groups["harms"])))
    if groups["unclear"]:
        same = Markup("Not told apart from no defense ({}), since the intervals overlap: {}.")
        said.append(same.format(_auc(plain), _listed(section, groups["unclear"])))
    if groups["unjudged"]:
        run = section.run
        missing = [d for d in ("none", *groups["unjudged"]) if d not in run.judged]
        met = Markup("{} attacks")
        listed = Markup(", ").join(_beside(section, d, met.format(run.met(d))) for d in missing)
        said.append(Markup("Not judged, since not every attack was played against it: {}.").format(listed))
    return said


def _listed(section: Section, defenses: Sequence[str]) -> Markup:
    return Markup(", ").join(_beside(section, d, _auc(section.strongest(d))) for d in defenses)


def _beside(section: Section, defense: str, said: Markup) -> Markup:
    """A defense with what is `said` of it, and what it costs, if that can be told."""
    lost = section.run.accuracy_lost(defense)
    if lost.mean is not None and price(lost) == "costs":
        said += Markup("; costs <b>{}</b> <small>{}</small> points of test accuracy").format(*parts("points", lost))
    return Markup("{} ({})").format(name(defense), said)


def _benefit(section: Section, defense: str, plain: Record, first: bool) -> Markup:
    record = section.strongest(defense)
    aucs = Markup("{} lowers the AUC {}: the strongest attack against it, {} has {} instead of {}.").format(
        name(defense), "most" if first else "too", name(record.attack.name, ","), _auc(record), _auc(plain)
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
