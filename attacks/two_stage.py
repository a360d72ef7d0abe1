"""Two-stage HP-MIA, Algorithms 1 and 2 (Chen, Wang, Zhong, Ying, Tang and Pan 2023)."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from attacks.base import Attack, Declared, declared
from attacks.c_loss import CLoss
from attacks.evidence import ACCESS, NEEDS, USES, Evidence, Rehearsal
from attacks.facts import Fact
from attacks.loss import Loss
from attacks.ready import Ready, prepare
from attacks.thresholds import two_stage

GRID = np.unique(np.concatenate([np.arange(101) / 100, np.arange(500, 1001) / 1000]))


@dataclass(frozen=True)
class TwoStage(Attack):
    """Exclude by one score, then infer by another among the rest (HP-MIA). Any attack can be a stage."""

    reference = "Chen et al. 2023, Algorithms 1 and 2"
    version = 2
    first: Attack = field(default=Loss())
    second: Attack = field(default=CLoss())

    def __post_init__(self) -> None:
        for name in ("first", "second"):
            try:
                declared(getattr(self, name))
            except ValueError as error:
                raise ValueError(f"{name}: {error}") from None

    @cached_property
    def _stages(self) -> tuple[Declared, Declared]:
        return declared(self.first), declared(self.second)

    @property
    def access(self) -> str:
        """The greater of what the two stages see."""
        return max((s.access for s in self._stages), key=ACCESS.index)

    @property
    def needs(self) -> str:
        """The greater of what the two stages need."""
        return max((s.needs for s in self._stages), key=NEEDS.index)

    @property
    def queries(self) -> tuple[str, ...]:
        """All that one of the stages asks."""
        return tuple(dict.fromkeys(q for s in self._stages for q in s.queries))

    @property
    def uses(self) -> tuple[str, ...]:
        """All that one of the stages uses."""
        return tuple(u for u in USES if any(u in s.uses for s in self._stages))

    def fit(self, rehearsal: Rehearsal, rng: np.random.Generator) -> Staged:
        """Prepare each stage once; each sees just what it declared itself."""
        first, second = (np.random.default_rng(seed) for seed in rng.integers(2**32, size=(2, 4)))
        return Staged(prepare(self.first, rehearsal, first), prepare(self.second, rehearsal, second), rehearsal)


class Staged:
    """Two stages after their rehearsal; thresholds are chosen once for each set of demands."""

    def __init__(self, first: Ready, second: Ready, rehearsal: Rehearsal) -> None:
        self._first, self._second, self._rehearsal = first, second, rehearsal
        self._chosen: dict[bytes, tuple[np.ndarray, np.ndarray]] = {}

    def score(self, evidence: Evidence) -> np.ndarray:
        """(n,) ranks by the strictest alpha of `GRID` at which the record is still claimed; then by s1."""
        return ranks(*self._scores(evidence), *self._thresholds(GRID))

    def decide(self, evidence: Evidence, alphas: np.ndarray) -> np.ndarray:
        """(A, n) bool: s0 >= t0 and s1 >= t1 (Algorithm 1), thresholds by Algorithm 2 on the rehearsal."""
        return claimed(*self._scores(evidence), *self._thresholds(alphas))

    @property
    def facts(self) -> dict[str, Fact]:
        """What each stage says of itself."""
        stages = (("first", self._first), ("second", self._second))
        return {f"{place}: {name}": of for place, stage in stages for name, of in stage.own_facts.items()}

    def _scores(self, evidence: Evidence) -> tuple[np.ndarray, np.ndarray]:
        return self._first.score(evidence), self._second.score(evidence)

    def _thresholds(self, alphas: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        key = alphas.tobytes()
        if key not in self._chosen:
            self._chosen[key] = two_stage(*self._scores(self._rehearsal.evidence), self._rehearsal.member, alphas)
        return self._chosen[key]


def claimed(s0: np.ndarray, s1: np.ndarray, t0: np.ndarray, t1: np.ndarray) -> np.ndarray:
    """(A, n) bool: the records of scores s0, s1 (n,) that pass both thresholds t0, t1 (A,) (Algorithm 1)."""
    return (s0 >= t0[:, None]) & (s1 >= t1[:, None])


def ranks(s0: np.ndarray, s1: np.ndarray, t0: np.ndarray, t1: np.ndarray) -> np.ndarray:
    """(n,) ranks by the strictest alpha of `GRID`, with thresholds t0, t1, that still claims the record; then by s1.

    Records that stage one excludes at every alpha come last, ordered by s0. Equal keys get equal ranks.
    """
    strictest = np.full(len(s0), -1.0)
    for alpha, cut0, cut1 in zip(GRID, t0, t1, strict=True):
        strictest[(s0 >= cut0) & (s1 >= cut1)] = alpha
    excluded = s0 < t0.min()
    keys = np.stack([np.where(excluded, -2.0, strictest), np.where(excluded, s0, s1)])
    return np.unique(keys, axis=1, return_inverse=True)[1].astype(np.float64)
