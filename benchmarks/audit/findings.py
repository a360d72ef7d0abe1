"""What one audit found: the numbers that its page, its screen and its files tell."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

from benchmarks.audit.attacking import Attacked, utility
from benchmarks.audit.case import Case
from benchmarks.audit.games import Table
from benchmarks.audit.groups import Slicing
from benchmarks.games.playing import LeftOut
from benchmarks.results.record import Utility
from benchmarks.statistics.epsilon.bound import Bound
from benchmarks.statistics.exposure import Standing
from benchmarks.statistics.values import Interval

if TYPE_CHECKING:
    import pandas as pd

RATES = (0.01, 0.001)
LEVEL = 0.05  # of "nothing is given away"
BLIND = 0.15  # of AUC: some hundred records of either kind know it better
LIST = 0.1  # false discovery rate of the list of exposed records


@dataclass(frozen=True)
class Strongest:
    """The strongest attack, without the luck of the choice: each half of the records is judged by the attack that finds
    most in the other. `attacks`: those two, by half; `auc` and `tpr` at each of RATES with their intervals; `p`: of
    "members and others score alike"; `effect`: the design effect of the halves, above 1 where there was a choice, and
    twice as much where an attack learnt from each half what it says of the other.
    """

    attacks: tuple[str, ...]
    auc: Interval
    tpr: dict[float, Interval]
    p: float
    effect: float = 1.0


@dataclass(frozen=True, eq=False)
class Findings:
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
