"""One audit: from what a model answered to what that gives away."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.audit import one_kind
from benchmarks.audit.attacking import Attacked, Wanted, adversary, attacked, utility
from benchmarks.audit.bounds import bounds
from benchmarks.audit.case import Case, part
from benchmarks.audit.games import Table, shadow_of, table, unseen_by_none
from benchmarks.audit.groups import Slicing, slicings
from benchmarks.audit.in_step import of_order
from benchmarks.audit.repeats import of_repeats
from benchmarks.games.playing import CROSSED, LeftOut, learns
from benchmarks.naming.wording import counted
from benchmarks.results.record import Utility
from benchmarks.statistics import intervals
from benchmarks.statistics.epsilon.bound import Bound
from benchmarks.statistics.exposure import Standing, Trial, chance, leaders, standing
from benchmarks.statistics.intervals import Places
from benchmarks.statistics.values import NOTHING, Interval

if TYPE_CHECKING:
    import pandas as pd

RATES = (0.01, 0.001)
LEVEL = 0.05  # of "nothing is given away"
FEW = 0.15  # share of the records that are left out where no reference model is without them
BLIND = 0.15  # of AUC: some hundred records of either kind know it better
LIST = 0.1  # false discovery rate of the list of exposed records
DELTA = 1e-5
CHOSEN = 1.35  # the design effect of two halves whose attacks were chosen: of equal attacks the same is lucky in both
Ask = Callable[[np.ndarray], np.ndarray]


@dataclass(frozen=True)
class Strongest:
    """The strongest attack, without the luck of the choice: each half of the records is judged by the attack that finds
    most in the other. `attacks`: those two, by half; `auc` and `tpr` at each of RATES with their intervals; `p`: of
    "members and others score alike"; `effect`: the design effect of the halves: CHOSEN where there was a choice, twice
    as much where an attack learnt from each half what it says of the other.
    """

    attacks: tuple[str, ...]
    auc: Interval
    tpr: dict[float, Interval]
    p: float
    effect: float = 1.0


@dataclass(frozen=True, eq=False)
class Audit:
    """How much one model gives away of n records.

    `attacked`: the attacks' records and scores, and who could not play; `strongest`; `standing`: how each record stands
    among non-members; `groups`: whether exposure differs between groups; `epsilon`: bounds from below; `warnings`:
    what makes numbers mean less than they seem to, the gravest first; `doubts`: those of them by which the input seems
    out of order; `meant`: whether numbers mean anything at all; `claimed`: the epsilon that training claims.
    """

    name: str
    case: Case
    seats: Table
    attacked: Attacked
    strongest: Strongest
    standing: Standing
    groups: tuple[Slicing, ...]
    epsilon: tuple[Bound, ...]
    warnings: tuple[str, ...]
    doubts: tuple[str, ...]
    meant: bool
    adversary: str
    claimed: float | None = None

    @property
    def seen(self) -> bool:
        """Whether the model gives anything away that this audit can see: chance is below LEVEL, and the interval of AUC
        or TPR lies above guessing.
        """
        return self.strongest.p < LEVEL and (self.found_most or (self.strongest.auc.low or 0.0) > 0.5)

    @property
    def found_most(self) -> bool:
        """Whether the members that score highest are found beyond guessing, at the first of RATES."""
        low = self.strongest.tpr[RATES[0]].low
        return low is not None and low > RATES[0]

    @property
    def blind(self) -> bool:
        """Whether the records are too few to have seen a model that gives away a good deal: AUC is known no better than
        within BLIND, or may be as much above guessing.
        """
        auc = self.strongest.auc
        assert auc.low is not None
        assert auc.high is not None
        return not self.seen and (auc.high - auc.low > BLIND or auc.high > 0.5 + BLIND)

    @property
    def left(self) -> tuple[LeftOut, ...]:
        """Attacks that could not play, and why."""
        return self.attacked.left

    @property
    def utility(self) -> Utility:
        """The model's accuracy on members and on others."""
        return utility(self.case)

    @property
    def exposed(self) -> np.ndarray:
        """(E,) the places of the members that stand out, the most exposed first: of false discovery rate LIST."""
        q = np.nan_to_num(self.standing.q, nan=1.0)
        found = np.flatnonzero(q <= LIST)
        return found[np.argsort(self.standing.p[found], kind="stable")]

    @cached_property
    def table(self) -> pd.DataFrame:
        """A row an attack, the strongest first: AUC and TPR with the ends of their 95 % intervals."""
        import pandas as pd

        rows = []
        for record in self.attacked.records:
            row: dict[str, Any] = {
                "attack": record.attack.name,
                "access": record.attack.access,
                "needs": record.attack.needs,
            }
            for key in ("auc", *(f"tpr_at_{100 * rate:g}%_fpr" for rate in RATES)):
                of = record.metrics[key]
                row |= {key: of.mean, f"{key}_low": of.low, f"{key}_high": of.high}
            rows.append(row)
        made = pd.DataFrame(rows)
        return made.sort_values(["auc", "attack"], ascending=[False, True], ignore_index=True)

    @cached_property
    def records(self) -> pd.DataFrame:
        """A row a record, in the order they came in: id and groups where there are such, label, membership, every
        attack's score, `p` and `q` as `Standing` says.
        """
        import pandas as pd

        answers = self.case.answers
        columns: dict[str, Any] = {} if answers.ids is None else {"id": answers.ids}
        columns |= {**answers.groups, "label": answers.labels, "member": answers.member}
        columns |= {"p": self.standing.p, "q": self.standing.q}
        return pd.DataFrame(columns | {f"score of {name}": of for name, of in self.attacked.scores.items()})

    def report(self, folder: Path | str) -> None:
        """Write report.html, summary.json, attacks.csv and records.csv into a folder. Raises ValueError, OSError."""
        from benchmarks.audit.saving import check, save

        check("report", Path(folder))
        save(self, Path(folder))

    def __repr__(self) -> str:
        from benchmarks.audit.screen import screen

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
