"""Distance to the decision boundary, from labels alone (Choquette-Choo et al. 2021; Li and Zhang 2021)."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from attacks.base import Attack
from attacks.evidence import Evidence, Rehearsal
from attacks.hop_skip_jump import FIRST, distances
from attacks.ranges import check

CANDIDATES = 500  # records among which a record's start is looked for
BLOCK = 1 << 22  # numbers that are asked about at a time


@dataclass(frozen=True)
class LabelDistance(Attack):
    """How far the nearest point of another label is (HopSkipJump, L2): members lie further from the boundary.

    `budget`: queries a record, at most; the authors spend thousands. A record that is misclassified is not asked about
    and has distance 0. Distances are between inputs as they are where these are whole numbers (bits, pixels), else in
    deviations of the records along the last axis; points asked are not kept in any range.
    """

    reference = "Choquette-Choo et al. 2021, section 4.3; Chen et al. 2020, Algorithm 2"
    access = "label"
    uses = ("inputs", "ask")
    budget: int = 300

    def __post_init__(self) -> None:
        check(self, budget=(1, 1_000_000))

    def score(self, evidence: Evidence, rehearsal: Rehearsal, rng: np.random.Generator) -> np.ndarray:
        """(n,) distances, 0 where the clean query is misclassified. Of a record from which no other label is known, a
        bound: twice the greatest distance of a record from the records' mean.
        """
        assert evidence.inputs is not None
        assert evidence.ask is not None
        raw, ask = evidence.inputs, evidence.ask
        unit = units(raw)
        x = (raw.reshape(len(raw), -1) / unit).astype(np.float64)
        labels, said = evidence.labels, evidence.target[:, 0].argmax(-1)
        scores = np.zeros(len(x))
        right = np.flatnonzero(said == labels)
        start = starts(x, said, right, rng)
        scores[right] = 2 * np.linalg.norm(x - x.mean(0), axis=1).max(initial=0.0)
        known = start >= 0
        rows, start = right[known], start[known]

        def crossed(of: np.ndarray, points: np.ndarray) -> np.ndarray:
            if not len(points):
                return np.zeros(0, bool)
            asked = (points * unit).astype(np.float32).reshape(len(points), *raw.shape[1:])
            return ask(asked).argmax(1) != labels[of]

        for block in np.array_split(np.arange(len(rows)), -(-len(rows) * x.shape[1] * FIRST * 3 // BLOCK) or 1):
            of = rows[block]

            def beyond(places: np.ndarray, points: np.ndarray, of: np.ndarray = of) -> np.ndarray:
                return crossed(of[places], points)

            scores[of] = distances(x[of], x[start[block]], beyond, self.budget, rng)
        return scores


def units(inputs: np.ndarray) -> np.ndarray:
    """(d,) what counts as 1 along each of an input's d numbers: 1 of whole numbers, else the deviation over all but
    the last axis, 1 where that is 0.
    """
    shape = inputs.shape[1:]
    if inputs.dtype.kind != "f":
        return np.ones(int(np.prod(shape)))
    deviation = inputs.reshape(-1, shape[-1] if shape else 1).std(0, dtype=np.float64)
    return np.broadcast_to(np.where(deviation > 0, deviation, 1.0), shape or (1,)).ravel()


def starts(x: np.ndarray, said: np.ndarray, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """The nearest record of another label than x[rows] have, by `said` (n,), among CANDIDATES of them; -1: none has."""
    among = rng.permutation(len(x))[:CANDIDATES]
    square = (x[among] ** 2).sum(1)
    found = np.full(len(rows), -1)
    for part in np.array_split(np.arange(len(rows)), -(-len(rows) // 1000) or 1):
        own = rows[part]
        apart = square - 2 * x[own] @ x[among].T  # up to what is the same along a row
        apart[said[among] == said[own][:, None]] = np.inf
        nearest = apart.argmin(1) if len(among) else np.zeros(0, int)
        any_ = np.isfinite(apart).any(1)
        found[part[any_]] = among[nearest[any_]]
    return found
