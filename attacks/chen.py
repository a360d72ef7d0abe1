"""Chen, Wang, Zhong, Ying, Tang and Pan 2023: two-stage HP-MIA, Algorithms 1 and 2."""

from __future__ import annotations

import difflib
from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.carlini import LiraOffline, LiraTwoSided
from attacks.evidence import NEEDS, Evidence, Rehearsal
from attacks.salem import Conf
from attacks.song import Entropy, ModifiedEntropy
from attacks.thresholds import two_stage
from attacks.watson import CConf, CConfMax, CLoss
from attacks.ye import AttackR
from attacks.yeom import Gap, Loss

STAGES: dict[str, type[Attack]] = {
    "loss": Loss,
    "gap": Gap,
    "conf": Conf,
    "entropy": Entropy,
    "mentr": ModifiedEntropy,
    "c-loss": CLoss,
    "c-conf": CConf,
    "c-conf-max": CConfMax,
    "lira-offline": LiraOffline,
    "lira-two-sided": LiraTwoSided,
    "attack-r": AttackR,
}
GRID = np.unique(np.concatenate([np.arange(101) / 100, np.arange(500, 1001) / 1000]))


@dataclass(frozen=True)
class TwoStage(Attack):
    """Exclude by one score, then infer by another among the rest (HP-MIA)."""

    reference = "Chen et al. 2023, Algorithms 1 and 2"
    first: str = "loss"
    second: str = "c-loss"

    def __post_init__(self) -> None:
        for field, name in (("first", self.first), ("second", self.second)):
            if name not in STAGES:
                near = difflib.get_close_matches(name, STAGES) or sorted(STAGES)
                raise ValueError(f"{field}: unknown score {name!r}; did you mean {' or '.join(near)}?")

    @property
    def needs(self) -> str:
        """The greater of what the two stages need."""
        return max((STAGES[self.first].needs, STAGES[self.second].needs), key=NEEDS.index)

    def _scores(
        self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator
    ) -> tuple[np.ndarray, np.ndarray]:
        first, second = STAGES[self.first](), STAGES[self.second]()
        return first.score(evidence, rehearsal, rng), second.score(evidence, rehearsal, rng)

    def decide(
        self, evidence: Evidence, rehearsal: Rehearsal, alphas: np.ndarray, rng: np.random.Generator
    ) -> np.ndarray:
        """(A, n) bool: s0 >= t0 and s1 >= t1 (Algorithm 1), thresholds by Algorithm 2 on the rehearsal."""
        thresholds = two_stage(*self._scores(rehearsal.evidence, rehearsal, rng), rehearsal.member, alphas)
        return claimed(*self._scores(evidence, rehearsal, rng), *thresholds)

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) ranks by the strictest alpha of `GRID` at which the record is still claimed; then by s1."""
        thresholds = two_stage(*self._scores(rehearsal.evidence, rehearsal, rng), rehearsal.member, GRID)
        return ranks(*self._scores(evidence, rehearsal, rng), *thresholds)


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


@dataclass(frozen=True)
class TwoStageLira(TwoStage):
    """Two-stage HP-MIA with offline LiRA in the second stage (HP-MIA, section 4.3.4)."""

    second: str = "lira-offline"
