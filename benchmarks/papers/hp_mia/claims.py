"""The paper's six claims, each confirmed, refuted or left undecided by intervals. Pure functions of plain numbers.

Every interval holds 95 %. "Confirmed" asks that all comparisons of a claim hold beyond their intervals, "refuted" that
one fails beyond its own: of several comparisons on one data set, by Holm's corrected p values.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import inf

from benchmarks.papers.hp_mia.settings import undecided
from benchmarks.papers.hp_mia.tables import targets, unlearnt
from benchmarks.papers.kit import (
    CONFIRMED,
    REFUTED,
    UNDECIDED,
    Claim,
    Numbers,
    Open,
    Verdict,
    above,
    against,
    ahead,
    apart,
    below,
    percent,
    together,
    within,
)
from benchmarks.statistics.paired import holm

REACH = 0.9  # claim 3
STEEP = 0.5  # claim 4: what is left of TP at a factor of 1e-3, at most
NONE = 0.001  # claim 4: the recall below which nobody is identified
STEADY = 0.05  # claim 5: by how much precision may differ from that with all references


def largest_auc(numbers: Numbers) -> Verdict | None:
    """Claim 1, Table 4; None where it was not run."""
    if "attacks" not in numbers:
        return None
    leads = numbers["auc_lead"]
    least = min(leads, key=lambda name: leads[name]["difference"])
    d = leads[least]
    why = f"AUC {d['difference']:+.4f} [{d['low']:+.4f}, {d['high']:+.4f}] against {least}, the nearest"
    left = [of for name, lead in leads.items() for of in against(f"the lead in AUC over {name}", lead, 0.0)]
    return Verdict(ahead(list(leads.values())), why, tuple(left))


def more_at_like_precision(differences: Sequence[Numbers], precisions: Sequence[tuple[Numbers, Numbers]]) -> str:
    """Claim 2 from paired differences of TP and (own, other) intervals of precision, one for each comparison.

    Where the intervals of precision lie apart the precisions are not alike. More TP at a higher precision holds all
    the more, fewer at a lower one fails all the more; the two mixed cases decide nothing.
    """
    corrected = holm([d["p"] for d in differences])
    words = []
    for d, p, (own, other) in zip(differences, corrected, precisions, strict=True):
        lower, higher = _apart(own, other), _apart(other, own)
        if d["difference"] < 0 and p < 0.05 and not higher:
            words.append(REFUTED)
        else:
            words.append(CONFIRMED if d["low"] > 0 and not lower else UNDECIDED)
    return together(words)


def _apart(a: Numbers, b: Numbers) -> bool:
    """Whether interval `a` lies wholly below `b`; an interval of nobody claimed lies nowhere."""
    return None not in (a["mean"], b["mean"]) and a["high"] < b["low"]


def more_identified(numbers: Numbers) -> Verdict | None:
    """Claim 2, Tables 2 and 3: against C-Loss and C-Conf at alpha .98 and 1; None where it was not run."""
    if "attacks" not in numbers:
        return None
    pairs = [(alpha, other) for alpha in ("0.98", "1") for other in ("c-loss", "c-conf")]
    differences = [numbers["tp_lead"][alpha][other] for alpha, other in pairs]

    def precision(attack: str, alpha: str) -> Numbers:
        return numbers["attacks"][attack]["verdicts"][alpha]["precision"]

    precisions = [(precision("two-stage", alpha), precision(other, alpha)) for alpha, other in pairs]
    each = [[d[k] / targets(numbers) for k in ("difference", "low", "high")] for d in differences]
    why = "; ".join(
        f"at {alpha} TP {mean:+.0f} [{low:+.0f}, {high:+.0f}] against {other}"
        for (alpha, other), (mean, low, high) in zip(pairs, each, strict=True)
    )
    left = []
    for (alpha, other), d, (own, others) in zip(pairs, differences, precisions, strict=True):
        if _apart(own, others) or _apart(others, own):
            left.append(Open(f"who finds more at {alpha}", inf, f"two-stage and {other} have other precisions"))
        else:
            left += against(f"the lead in TP at {alpha} over {other}", d, 0.0)
    return Verdict(more_at_like_precision(differences, precisions), why, tuple(left))


def out_of_reach(precisions: Sequence[Numbers], bar: float = REACH) -> str:
    """Claim 3: every precision is below `bar` (or nobody is claimed); one above it refutes."""
    known = [p for p in precisions if p["mean"] is not None]
    if any(p["low"] >= bar for p in known):
        return REFUTED
    return CONFIRMED if all(p["high"] < bar for p in known) else UNDECIDED


def uncalibrated(numbers: Numbers) -> Verdict | None:
    """Claim 3, Table 5; None where it was not run."""
    if "attacks" not in numbers:
        return None
    found = {a: numbers["attacks"][a]["verdicts"]["0.9"]["precision"] for a in ("loss", "conf", "mentr")}
    known = {a: p for a, p in found.items() if p["mean"] is not None}
    if not known:
        return Verdict(CONFIRMED, "nobody is claimed")
    best = max(known, key=lambda a: known[a]["mean"])
    left = [of for a, p in known.items() for of in against(f"the precision of {a}", p, REACH)]
    return Verdict(
        out_of_reach(list(found.values())), f"greatest precision {percent(known[best])}, of {best}", tuple(left)
    )


def falls(start: Numbers, later: Numbers) -> str:
    """Claim 4, first half, from intervals of recall at factor 0 and at 1e-3."""
    return below(later, {end: STEEP * start[end] for end in ("low", "high")})


def none_left(end: Numbers) -> str:
    """Claim 4, second half, from the interval of recall at 5e-3."""
    return below(end, {"low": NONE, "high": NONE})


def regularised(numbers: Numbers) -> Verdict | None:
    """Claim 4, Table 6; None where it was not run. That none is left at 5e-3 the paper finds on F-MNIST alone."""
    rows = numbers.get("lambdas", {}).get("rows", {})
    if not {"0", "0.001", "0.005"} <= rows.keys():
        return None
    found = {name: rows[name]["verdicts"]["0.9"] for name in ("0", "0.001", "0.005")}
    start, later, end = (v["recall"] for v in found.values())
    words = [falls(start, later)]
    why = f"recall {percent(start, 2)} at 0, {percent(later, 2)} at 1e-3 ({words[0]})"
    half = {end: STEEP * start[end] for end in ("mean", "low", "high")}
    left = apart("the recall at 1e-3 against half of that at 0", later, half)
    if numbers["lambdas"]["about"]["suite"] == "fashion_mnist":
        words.append(none_left(end))
        left += against("the recall at 5e-3", end, NONE)
        why += f", {percent(end, 2)} at 5e-3 ({words[1]})"
    return Verdict(together(words), why, left)


def steady(changes: Sequence[Numbers | None], margin: float = STEADY) -> str:
    """Claim 5, precision: each change {low, high} from the last stays within `margin`; None: nobody is claimed."""
    return together(within(change, margin) for change in changes)


def few_references(numbers: Numbers) -> Verdict | None:
    """Claim 5, Figure 14; None where it was not run, or with one reference alone."""
    rows = numbers.get("by_references") or []
    if len(rows) < 2:
        return None
    words = [steady([r["precision_change"] for r in rows[:-1]]), ahead([r["more_than_one"] for r in rows[1:]])]
    means = [r["precision"]["mean"] for r in rows if r["precision"]["mean"] is not None]
    spread = f"precision {100 * min(means):.1f} to {100 * max(means):.1f} %" if means else "nobody claimed"
    counts = {r["references"]: sum(r["tp"]) / targets(numbers) for r in rows}
    fewest = min(counts, key=lambda r: counts[r])
    why = (
        f"{spread} ({words[0]}); "
        f"TP {counts[1]:.0f} with one reference, fewest {counts[fewest]:.0f} with {fewest} ({words[1]})"
    )
    left: list[Open] = []
    for row in rows[:-1]:
        if row["precision_change"] is not None:
            left += against(f"the precision with {row['references']}", row["precision_change"], -STEADY, STEADY)
    for row in rows[1:]:
        left += against(f"the lead in TP of {row['references']} references over one", row["more_than_one"], 0.0)
    return Verdict(together(words), why, tuple(left))


def harder(chance: Numbers) -> str:
    """Claim 6 from the chance that an identified member is harder than a missed one."""
    return above(chance, 0.5)


def hard_records(numbers: Numbers) -> Verdict | None:
    """Claim 6, Figure 17; None where it was not run or all members are in one group."""
    difficulty = numbers.get("difficulty")
    if not difficulty:
        return None
    chance = difficulty["harder"]
    why = f"an identified member is harder than a missed one with a chance of {percent(chance)}"
    return Verdict(harder(chance), why, against("that chance", chance, 0.5))


def _learnt(
    judge: Callable[[Numbers], Verdict | None], why: Callable[[Numbers], str]
) -> Callable[[Numbers], Verdict | None]:
    """The judge of a claim where targets have memorised their records; elsewhere nothing is decided."""

    def judged(numbers: Numbers) -> Verdict | None:
        found = judge(numbers)
        word = why(numbers) if found else ""
        return Verdict(word, found.why) if found and word else found

    return judged


def _main(numbers: Numbers) -> str:
    return undecided(numbers["about"]["suite"], numbers)


CLAIMS = (
    Claim(
        "Two-stage has the largest AUC of the five attacks on every data set.",
        "Table 4",
        ("table4",),
        _learnt(largest_auc, _main),
    ),
    Claim(
        "At alpha = .98 and 1.0 two-stage identifies more members than C-Loss and C-Conf at like precision.",
        "Tables 2 and 3",
        ("table2", "table3"),
        _learnt(more_identified, _main),
    ),
    Claim("Uncalibrated scores cannot reach a precision of .9.", "Table 5", ("table5",), _learnt(uncalibrated, _main)),
    Claim(
        "Under L2 of which the adversary does not know, TP falls steeply with lambda, to none at 5e-3 on F-MNIST.",
        "Table 6",
        ("table6",),
        _learnt(regularised, lambda numbers: unlearnt(numbers["lambdas"])),
    ),
    Claim(
        "The number of references (1 to 20) barely moves precision; one reference gives the fewest TP.",
        "Figure 14",
        ("figure14",),
        _learnt(few_references, _main),
    ),
    Claim(
        "Records identified are those that the references find hard.",
        "Figure 17",
        ("figure17",),
        _learnt(hard_records, _main),
    ),
)
