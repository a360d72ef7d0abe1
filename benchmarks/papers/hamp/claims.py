"""What HAMP's abstract and README claim, each confirmed, refuted or left undecided by intervals. Pure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

import numpy as np

from benchmarks.papers.hamp.keeping import completed
from benchmarks.papers.hamp.settings import HAMP, LABEL_ONLY, NONE, PER_RECORD
from benchmarks.papers.kit import (
    CONFIRMED,
    REFUTED,
    UNDECIDED,
    Claim,
    Numbers,
    Verdict,
    above,
    against,
    apart,
    below,
    percent,
)
from benchmarks.statistics.accuracy import from_lines, lead
from benchmarks.statistics.distributions import student_point
from benchmarks.statistics.values import FEWEST

COST = 0.005  # claim 3: of accuracy
FAIL = 0.01  # claim 5: ten times what guessing finds at this rate
FEW = "too few targets to say anything of others"


def _both(numbers: Numbers) -> bool:
    return NONE in numbers and HAMP in numbers


def lower(key: str, numbers: Numbers) -> Verdict | None:
    """Claims 1 and 2: the strongest attack finds less under HAMP than without a defense."""
    if not _both(numbers):
        return None
    was, now = (numbers[row]["leaders"][key]["of"] for row in (NONE, HAMP))
    said = f"{percent(now)} under HAMP, {percent(was)} undefended"
    if not _general(was, now):
        return Verdict(UNDECIDED, f"{said}; {FEW}")
    left = apart(f"the {key.upper()} under HAMP against the undefended", now, was)
    return Verdict(below(now, was), said, left)


def _general(*rates: Numbers) -> bool:
    """Whether the intervals say something of targets that were not trained."""
    return all(rate["holds"] == "population" for rate in rates)


def difference(one: Numbers, other: Numbers, comparisons: int = 1) -> Numbers | None:
    """By how much the test accuracy of `one` is greater than that of `other`, over the K targets that both have, with
    its interval, wider where it is one of several `comparisons` (Bonferroni's); None of fewer than FEWEST, and where a
    target is lost, so that which they share is not known.
    """
    both = min(len(run["correct"]) for run in (one, other))
    if both < FEWEST or any(len(run["correct"]) != run["about"]["trials"] for run in (one, other)):
        return None
    if "right" in one and "right" in other:
        found = lead(from_lines(one["right"][:both]), from_lines(other["right"][:both]), comparisons)
        return {"difference": found.mean, "low": found.low, "high": found.high}
    # measured before it was kept which records were right: the targets' scatter is all that is known
    shares = [np.array([right / of for right, of in run["correct"][:both]]) for run in (one, other)]
    apart = shares[0] - shares[1]
    half = student_point(0.025 / comparisons, both - 1) * float(apart.std(ddof=1)) / both**0.5
    mean = float(apart.mean())
    return {"difference": mean, "low": mean - half, "high": mean + half}


def cheap(numbers: Numbers) -> Verdict | None:
    """Claim 3: HAMP costs less than COST of accuracy."""
    if not _both(numbers):
        return None
    found = difference(numbers[HAMP], numbers[NONE])
    if found is None:
        return Verdict(UNDECIDED, FEW)
    d, low, high = (100 * found[k] for k in ("difference", "low", "high"))
    left = against("the difference in accuracy", found, -COST)
    return Verdict(above(found, -COST), f"test accuracy {d:+.1f} [{low:+.1f}, {high:+.1f}] points", left)


def dominates(one: Numbers, other: Numbers, comparisons: int = 1) -> bool:
    """Whether a defense is better in one of three numbers beyond the intervals, and worse in none of them: the
    strongest attack's TPR, its TNR, and test accuracy. Not where less is known of it than of `other`, nor of fewer than
    FEWEST targets. That it is worse takes the interval of the difference alone, without a correction for several
    comparisons: intervals that overlap, or wider ones, would hide it.
    """
    sure, plain = (difference(one, other, n) for n in (comparisons, 1))
    if sure is None or plain is None or not _known(one, other):
        return False
    pairs = _rates(one, other)
    worse = any(apart_by(*pair)["low"] > 0 for pair in pairs) or above(plain, 0.0) == REFUTED
    return CONFIRMED in (*_lower(pairs), above(sure, 0.0)) and not worse


def _rates(one: Numbers, other: Numbers) -> list[tuple[Numbers, Numbers]]:
    """Each rate of the strongest attack under both, with as many reference models, if known."""
    references = min(of["about"]["references"] for of in (one, other))
    here, there = (_leaders(of, references) or of["leaders"] for of in (one, other))
    return [(here[key]["of"], there[key]["of"]) for key in ("tpr", "tnr")]


def _lower(pairs: Sequence[tuple[Numbers, Numbers]]) -> list[str]:
    """Whether the first of each pair of rates lies below the second."""
    return [below(*pair) for pair in pairs]


def apart_by(one: Numbers, other: Numbers) -> Numbers:
    """By how much a rate {mean, low, high} is greater than another, with the 95 % interval that follows from both (Zou
    and Donner, Statistics in Medicine 2008), as if they were independent.
    """
    mean = one["mean"] - other["mean"]
    low = mean - math.hypot(one["mean"] - one["low"], other["high"] - other["mean"])
    high = mean + math.hypot(one["high"] - one["mean"], other["mean"] - other["low"])
    return {"difference": mean, "low": low, "high": high}


def _leaders(of: Numbers, references: int) -> Numbers | None:
    """The strongest attacks with at most so many reference models, None where all that is known is with more."""
    known = [(of["about"]["references"], of["leaders"])]
    known += [(of["fewer"]["references"], of["fewer"]["leaders"])] if "fewer" in of else []
    return next((leaders for many, leaders in known if many <= references), None)


def _known(one: Numbers, other: Numbers) -> bool:
    """Whether every attack that asked `other` asked `one`, and `other` was attacked with no more reference models."""
    return {*other["attacks"]} <= {*one["attacks"]} and _leaders(other, one["about"]["references"]) is not None


def _settled(hamp: Numbers, rival: Numbers) -> bool:
    """Whether none of both can be better whatever further attacks on the rival find: it gives away more already, and
    HAMP is less accurate.
    """
    found = difference(hamp, rival)
    return found is not None and above(found, 0.0) == REFUTED and CONFIRMED in _lower(_rates(hamp, rival))


def better(numbers: Numbers) -> Verdict | None:
    """Claim 4: HAMP is the better trade of privacy for accuracy than each rival."""
    numbers = completed(numbers)
    rivals = sorted(row for row in numbers if row not in (NONE, HAMP) and not row.startswith(f"{HAMP},"))
    if HAMP not in numbers or not rivals:
        return None
    hamp = numbers[HAMP]
    ahead = [row for row in rivals if dominates(hamp, numbers[row], len(rivals))]
    behind = [row for row in rivals if dominates(numbers[row], hamp, len(rivals))]
    word = REFUTED if behind else CONFIRMED if len(ahead) == len(rivals) else UNDECIDED
    rest = [row for row in rivals if row not in (*ahead, *behind)]
    fewer = [row for row in rest if not _known(numbers[row], hamp) and not _settled(hamp, numbers[row])]
    said = {
        "better than": ahead,
        "worse than": behind,
        "neither better nor worse than": [row for row in rest if row not in fewer],
        "open, as less is known of them:": fewer,
    }
    return Verdict(word, "; ".join(f"{what} {', '.join(rows)}" for what, rows in said.items() if rows))


def labels_fail(numbers: Numbers) -> Verdict | None:
    """Claim 5: no attack that sees labels alone finds more than FAIL of the members at this rate.

    There are several such attacks, and the largest of several rates is above FAIL more easily than one. So only the
    attack of PER_RECORD refutes: Aerni et al. made it against HAMP, and no number of ours chose it. Where a data set
    has both of them, both must be above FAIL. Confirmed: all attacks on labels are below. Else it is open, as where
    another attack alone is above. Nothing is said without an attack of PER_RECORD.
    """
    found = {n: of["tpr"] for n, of in numbers.get(HAMP, {}).get("attacks", {}).items() if n in LABEL_ONLY}
    named = [name for name in PER_RECORD if name in found]
    if not named:
        return None
    most = max(found, key=lambda name: found[name]["mean"])
    rates = [f"{percent(found[n])} by {n}{', the strongest' * (n == most)}" for n in dict.fromkeys([*named, most])]
    said = f"TPR {'; '.join(rates)}"
    if not _general(*found.values()):
        return Verdict(UNDECIDED, f"{said}; {FEW}")
    words = {name: below(rate, {"low": FAIL, "high": FAIL}) for name, rate in found.items()}
    if all(words[name] == REFUTED for name in named):
        return Verdict(REFUTED, said)
    if all(word == CONFIRMED for word in words.values()):
        return Verdict(CONFIRMED, said)
    deciding = named if REFUTED in words.values() else found  # it can be confirmed no more where one is above
    left = [of for name in deciding for of in against(f"the TPR of {name}", found[name], FAIL)]
    return Verdict(UNDECIDED, said, tuple(left))


def _claim(text: str, judge: Callable[[Numbers], Verdict | None], *blocks: str) -> Claim:
    return Claim(text, "Table 1", ("table1",), judge, blocks)


CLAIMS = (
    _claim("HAMP lowers the largest TPR at .1 % FPR.", lambda numbers: lower("tpr", numbers), NONE, HAMP),
    _claim("HAMP lowers the largest TNR at .1 % FNR.", lambda numbers: lower("tnr", numbers), NONE, HAMP),
    _claim("HAMP costs less than half a point of test accuracy.", cheap, NONE, HAMP),
    _claim("HAMP is a better trade of privacy for accuracy than each rival.", better),
    _claim("Attacks that see labels alone fail at .1 % FPR on average records.", labels_fail, HAMP),
)
