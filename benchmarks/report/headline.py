"""The report's first answers, over all suites: what is given away, and what each defense gains and costs."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from markupsafe import Markup

from benchmarks.naming.wording import counted
from benchmarks.report.section import Section, several
from benchmarks.report.sentences import name, price, verdict
from benchmarks.results.tables import number

NAMED = 3  # defenses that help, and as many that do not


def headline(sections: Sequence[Section]) -> tuple[Markup, Markup]:
    """What answers each question over all sections. No gain is named without its cost, nor is a cost left out where
    there is no gain.
    """
    leaking = [s for s in sections if s.strongest(s.defenses[0]).auc.ends[1] > 0.5]
    judged: dict[str, list[Section]] = {}
    for section in sections:
        for defense in section.defenses:
            if defense != "none" and verdict(section, defense) != "unjudged":
                judged.setdefault(defense, []).append(section)
    first = Markup("No attack tells members from others better than guessing does.")
    if leaking:
        where = _on(len(leaking), sections)
        first = Markup("Members are told from others better than by guessing{}.").format(where)
    helped = {d: [s for s in of if verdict(s, d) == "helps"] for d, of in judged.items()}
    if not judged:
        return first, Markup("No defense stands beside an undefended run that met the same attacks.")
    helping = sorted(
        filter(helped.get, helped), key=lambda d: (-len(helped[d]) / len(judged[d]), -max(_gains(helped[d], d)), d)
    )
    vain = [d for d in judged if not helped[d] and _costs(judged[d], d)]
    vain.sort(key=lambda d: (-max(_costs(judged[d], d)), d))
    said = [_exchange(d, helped[d], judged[d]) for d in helping[:NAMED]]
    if not helping:
        said.append(Markup("No defense lowers the strongest attack's AUC beyond its interval."))
    if more := helping[NAMED:]:
        said.append(Markup("It is lowered by {}, too, {}.").format(counted(len(more), "other"), _at_most(more, judged)))
    said += [_in_vain(d, judged[d]) for d in vain[:NAMED]]
    if more := vain[NAMED:]:
        said.append(Markup("Of no help: {}, {}.").format(counted(len(more), "other"), _at_most(more, judged)))
    return first, Markup(" ").join(said)


def _gains(sections: Sequence[Section], defense: str) -> list[float]:
    """By how much the strongest attack's AUC is lower under a defense than without one."""
    return [s.strongest("none").auc.ends[0] - s.strongest(defense).auc.ends[0] for s in sections]


def _costs(sections: Sequence[Section], defense: str) -> list[float]:
    """The points of test accuracy that a defense is told to cost, in the sections where it does."""
    lost = [s.run.accuracy_lost(defense) for s in sections]
    return [v.ends[0] for v in lost if price(v) == "costs"]


def _exchange(defense: str, helped: Sequence[Section], judged: Sequence[Section]) -> Markup:
    """By how much a defense lowers the strongest attack's AUC, what that costs where it does, and what it costs where
    it does not.
    """
    costs, vain = _costs(helped, defense), [s for s in judged if s not in helped]
    where, gain = _on(len(helped), judged), _range("number", _gains(helped, defense))
    told = Markup("{} lowers the strongest attack's AUC by {}{}").format(name(defense), gain, where)
    if costs:
        some = "" if len(costs) == len(helped) else f" on {len(costs)} of them"
        told += Markup(" and costs {} of test accuracy{}.").format(_points(costs), some)
    else:
        told += Markup("; no cost in test accuracy can be told.")
    if lost := _costs(vain, defense):
        some = "" if len(lost) == len(vain) else f" on {len(lost)} of {len(vain)} {several(vain)}"
        told += Markup(" Where it does not help, it costs {}{}.").format(_points(lost), some)
    return told


def _in_vain(defense: str, judged: Sequence[Section]) -> Markup:
    """What a defense that helps nowhere costs all the same."""
    costs = _costs(judged, defense)
    told = Markup("{} is of no help and costs {} of test accuracy{}.")
    return told.format(name(defense), _points(costs), _on(len(costs), judged))


def _at_most(defenses: Sequence[str], judged: Mapping[str, Sequence[Section]]) -> Markup:
    """The most that any of several defenses costs."""
    if costs := [c for d in defenses for c in _costs(judged[d], d)]:
        return Markup("for up to {} of test accuracy").format(_points([max(costs)]))
    return Markup("at no cost in test accuracy that can be told")


def _points(costs: Sequence[float]) -> Markup:
    return Markup("<b>{}</b> points").format(_range("points", costs))


def _range(kind: str, values: Sequence[float]) -> str:
    """``0.093``, or ``0.041 to 0.093``."""
    ends = [number(kind, v) for v in (min(values), max(values))]
    return ends[0] if ends[0] == ends[1] else " to ".join(ends)


def _on(some: int, sections: Sequence[Section]) -> str:
    """Where, unless there is but one section."""
    count, what = len(sections), several(sections)
    return "" if count == 1 else f" on all {count} {what}" if some == count else f" on {some} of {count} {what}"
