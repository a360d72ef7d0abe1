"""One audit: from what a model answered to what that gives away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks.audit import one_kind, saving
from benchmarks.audit.attacking import Wanted, adversary, attacked
from benchmarks.audit.bounds import bounds
from benchmarks.audit.case import Case, part
from benchmarks.audit.findings import RATES, Findings, Strongest
from benchmarks.audit.games import shadow_of, table, unseen_by_none
from benchmarks.audit.groups import slicings
from benchmarks.audit.in_step import of_order
from benchmarks.audit.repeats import of_repeats
from benchmarks.audit.screen import screen
from benchmarks.games.playing import CROSSED, learns
from benchmarks.naming.wording import counted
from benchmarks.statistics import intervals
from benchmarks.statistics.exposure import Trial, chance, leaders, standing
from benchmarks.statistics.intervals import Places
from benchmarks.statistics.values import NOTHING, Interval

FEW = 0.15  # share of the records that are left out where no reference model is without them
DELTA = 1e-5
CHOSEN = 1.35  # the design effect of two halves whose attacks were chosen: of equal attacks the same is lucky in both
Ask = Callable[[np.ndarray], np.ndarray]


class Audit(Findings):
    """How much one model gives away of n records: the findings, which print as the command's screen."""

    def report(self, folder: Path | str) -> None:
        """Write report.html, summary.json, attacks.csv and records.csv into a folder. Raises ValueError, OSError."""
        saving.check("report", Path(folder))
        saving.save(self, Path(folder))

    def __repr__(self) -> str:
        return "\n".join(line.text for line in screen(self)).rstrip()


def of(
    case: Case,
    attacks: Wanted,
    name: str = "audit",
    ask: Ask | None = None,
    delta: float = DELTA,
    command: str = "audit(...)",
    claimed: float | None = None,
) -> Audit:
    """The audit of a case by some attacks. Raises ValueError where none can play, or records are too few."""
    case, lost = _with_reference(case)
    seats = table(case, ask)
    member, half = case.answers.member, seats.half
    said = attacked(case, seats, attacks, name, command)
    if not said.records:
        raise ValueError(f"attacks: all failed; {said.left[0].attack}: {said.left[0].reason}")
    halves = said.halves(member, half)
    chosen = leaders(halves)
    scores = np.where(half, said.scores[chosen[0]], said.scores[chosen[1]])
    stands = standing(scores, member, half)
    learners = [a.name for a in attacks.attacks if a.name in halves and not seats.shadow and learns(a)]
    crossed = any(name in chosen for name in learners)
    effect = CROSSED if crossed else 1.0
    judged = [halves[chosen[0]][0], halves[chosen[1]][1]]
    luck, tried = CHOSEN if len(halves) > 1 else 1.0, len(learners) if crossed else 1
    strongest = strongest_of(chosen, judged, effect * luck, tried)
    apart = one_kind.apart(case.answers)
    found = (*of_order(case, said.records, said.scores), of_repeats(case.answers))
    has, doubts = adversary(case, seats), tuple(line for line in found if line)
    return Audit(
        name=name,
        case=case,
        seats=seats,
        attacked=said,
        strongest=strongest,
        standing=stands,
        groups=slicings(case.answers.groups, scores, member, half, stands.p, effect),
        epsilon=bounds(scores, member, half, has, delta, crossed=crossed or len(halves) > 1),
        warnings=tuple(line for line in (apart.warning, *doubts, one_kind.of_copies(case.answers), lost) if line),
        doubts=doubts,
        meant=not apart.warning,
        adversary=has,
        claimed=claimed,
    )


def _with_reference(case: Case) -> tuple[Case, str]:
    """The case without the few records that every reference model saw, and a sentence on them, or nothing."""
    lost = unseen_by_none(case, shadow_of(case))
    if not 0 < lost.mean() <= FEW:
        return case, ""
    some = f"{int(lost.sum()):,} of {counted(len(lost), 'record')}"
    rest = "Every reference model" if shadow_of(case) is None else "Beside the shadow model, every reference model"
    kept, told = np.flatnonzero(~lost), f"{rest} was trained on {some}: they are left out."
    made = part(case, kept)
    if made.answers.ids is not None:
        return made, told
    numbered = replace(made.answers, ids=(kept + 1).astype(str))
    return replace(made, answers=numbered), f"{told} The ids of the others are their places, from 1."


def strongest_of(chosen: tuple[str, str], trials: list[Trial], effect: float = 1.0, tried: int = 1) -> Strongest:
    """The strongest attack of two trials, each half under the attack of its place in `chosen`; `effect`: their design
    effect. `tried`: from how many attacks each half's was chosen where the choice knows memberships of that half, as of
    attacks that learn from each half what they say of the other; p is corrected for them (Bonferroni).
    """
    places = [Places.of(*trial) for trial in trials]
    found = dict.fromkeys(RATES, NOTHING)
    for rate in RATES:
        if all(len(of.above) * rate >= 1 for of in places):
            ends = intervals.true_positive_rates(places, np.array([rate]), np.random.default_rng(0), effect)
            mean, low, high = (float(end[0]) for end in ends)
            found[rate] = Interval(mean, low, high, "targets")
    p = min(1.0, tried * chance(trials))
    return Strongest(chosen, replace(intervals.auc(trials, effect), holds="targets"), found, p, effect)
