"""What one attack said in one game, beside the membership that it never saw: all that a metric measures."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from benchmarks.statistics.conformal import Conformal
from benchmarks.statistics.curves import Curve
from benchmarks.statistics.worst_case import Canaries

ALPHAS = (0.9, 0.95, 0.98, 1.0)  # the precision demands that boards show
RESAMPLED = 100  # rehearsals drawn anew, for the error that thresholds make
SWEEP = np.unique(np.concatenate([ALPHAS, np.linspace(0.5, 1.0, 51)]).round(3))


@dataclass(frozen=True, eq=False)
class Played:
    """One attack in one game of n records, A precision demands.

    `member` (n,) bool; `scores` (n,) float64, higher = member; `verdicts` (A, n) bool at each demand of `alphas`;
    `rehearsed_precision` (A,) on the adversary's own shadow model, NaN where it claimed nobody; `seconds` of the
    attack's work; `difficulty` (n,) of the records, NaN = unknown, None without reference models; `resampled` (S, 4)
    thresholds at each of ALPHAS from S resampled rehearsals, none of an attack with a rule of its own; `facts`: what
    the attack says of its work; `conformal`: p-values (n,), or why there are none; `canaries`: what it said of the
    game's mislabeled records, which are none of the n; `effect`: the design effect of the games that it is one of;
    `records` (n,): the same whole number for the same record in all of them, None where that is not known.
    """

    member: np.ndarray
    scores: np.ndarray
    verdicts: np.ndarray
    rehearsed_precision: np.ndarray
    seconds: float
    difficulty: np.ndarray | None = None
    alphas: tuple[float, ...] = tuple(SWEEP.tolist())
    resampled: np.ndarray = field(default_factory=lambda: np.empty((0, len(ALPHAS))))
    facts: dict[str, int | float | str] = field(default_factory=dict)
    conformal: Conformal | str = "was not asked for them"
    canaries: Canaries | None = None
    effect: float = 1.0
    records: np.ndarray | None = None

    def __post_init__(self) -> None:
        n, demands = len(self.member), len(self.alphas)
        for name, shape, kinds in (
            ("member", (n,), "b"),
            ("scores", (n,), "f"),
            ("verdicts", (demands, n), "b"),
            ("rehearsed_precision", (demands,), "f"),
        ):
            array = getattr(self, name)
            if array.shape != shape or array.dtype.kind not in kinds:
                raise ValueError(f"expected {name} {shape} of kind {kinds!r}, got {array.shape} {array.dtype}")
        members = int(self.member.sum())
        if not 0 < members < n:
            raise ValueError(f"expected members and others among the records, got {members} members of {n}")
        if not np.isfinite(self.scores).all():
            raise ValueError("expected finite scores, got NaN or infinity")
        if self.records is not None and (self.records.shape != (n,) or self.records.dtype.kind not in "iu"):
            raise ValueError(f"expected numbers of records {(n,)}, got {self.records.shape} {self.records.dtype}")
        if self.difficulty is not None and self.difficulty.shape != (n,):
            raise ValueError(f"expected difficulty {(n,)}, got {self.difficulty.shape}")
        if self.resampled.shape[1:] != (len(ALPHAS),):
            raise ValueError(f"expected resampled thresholds at {ALPHAS}, got {self.resampled.shape}")
        if isinstance(self.conformal, Conformal) and self.conformal.p.shape != (n,):
            raise ValueError(f"expected p-values {(n,)}, got {self.conformal.p.shape}")

    @property
    def all_scores(self) -> np.ndarray:
        """Scores of all that the attack was asked, those of the canaries last."""
        return np.concatenate([self.scores, self.canaries.scores]) if self.canaries else self.scores

    @cached_property
    def curve(self) -> Curve:
        """The ROC curve of the scores; sorted once."""
        return Curve.of(self.scores, self.member)

    def claimed(self, alpha: float) -> np.ndarray:
        """Verdicts (n,) at one precision demand. Raises ValueError on one that was not asked."""
        return self.verdicts[self._place(alpha)]

    def rehearsed(self, alpha: float) -> float:
        """The precision on the shadow model at one demand, NaN where it claimed nobody."""
        return float(self.rehearsed_precision[self._place(alpha)])

    def counts(self, alpha: float) -> tuple[int, int]:
        """True and false positives at one precision demand."""
        claimed = self.claimed(alpha)
        return int((claimed & self.member).sum()), int((claimed & ~self.member).sum())

    def resampled_counts(self, alpha: float) -> tuple[np.ndarray, np.ndarray]:
        """True and false positives, each (S,), under the thresholds of S resampled rehearsals, at one of ALPHAS."""
        thresholds = self.resampled[:, ALPHAS.index(alpha)]
        inside, outside = self._sorted
        return len(inside) - np.searchsorted(inside, thresholds), len(outside) - np.searchsorted(outside, thresholds)

    @cached_property
    def _sorted(self) -> tuple[np.ndarray, np.ndarray]:
        return np.sort(self.scores[self.member]), np.sort(self.scores[~self.member])

    def _place(self, alpha: float) -> int:
        if alpha not in self.alphas:
            raise ValueError(f"expected a demand of {self.alphas}, got {alpha}")
        return self.alphas.index(alpha)
