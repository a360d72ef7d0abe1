"""Audited records and population records in one evidence, handled alike."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from attacks.evidence import Evidence
from attacks.outputs import Outputs, Shown
from attacks.shapes import read_only


@dataclass(frozen=True, eq=False)
class Joined:
    """`evidence` on audited and population records in a random order. `audited` (n,), `others` (m,) are their places
    in it, -1 for a record that is left out.
    """

    evidence: Evidence
    audited: np.ndarray
    others: np.ndarray


def joined(evidence: Evidence, rng: np.random.Generator) -> Joined:
    """The n audited records and the m population records, so that no attack that gets no more than reference models
    which never saw a record can tell an audited non-member from a population record.

    A population record may have been seen by more reference models than an audited one (six-split: half of them against
    none) or by fewer (half-split: none against half). That would tell: a mean over fewer models scatters more, so that
    c-loss would claim too much in half-split and too little in six-split; and it is easier to lie above all of fewer
    models, so that attack-r would claim too much in six-split. So each record is given a random one of the other kind,
    and neither the reference models that saw the record itself nor those that saw that one count as OUT: both kinds
    have as many left. Records that have none left are left out.

    Raises ValueError where there is no population.
    """
    population = evidence.population
    if population is None:
        raise ValueError("population: expected population records, and there are none")
    seen, theirs = _one_left(evidence.trained_on), _one_left(population.trained_on)
    sizes = len(evidence.labels), len(population.labels)
    masks = [
        own | of[:, rng.integers(of.shape[1], size=n)] if of.shape[1] else own
        for own, of, n in ((evidence.trained_on, theirs, sizes[0]), (population.trained_on, seen, sizes[1]))
    ]
    mask = np.concatenate(masks, axis=1)
    order = rng.permutation(sum(sizes))
    if len(mask):
        order = order[~mask[:, order].all(0)]
    place = np.full(sum(sizes), -1)
    place[order] = np.arange(len(order))
    labels = np.concatenate([evidence.labels, population.labels])[order]
    pairs = zip([evidence._target, *evidence._references], [population._target, *population._references], strict=True)
    hidden = [None, *mask[:, order]]
    target, *references = [_Both(pair, order, labels, of) for pair, of in zip(pairs, hidden, strict=True)]
    both = Evidence(
        labels,
        target,
        references,
        mask[:, order],
        inputs=_inputs(evidence, population, order),
        columns=dict(evidence.columns),
    )
    return Joined(both, place[: sizes[0]], place[sizes[0] :])


def _one_left(trained_on: np.ndarray) -> np.ndarray:
    """The columns of (R, n) that leave some reference model."""
    return trained_on[:, ~trained_on.all(0)] if len(trained_on) else trained_on


def _inputs(evidence: Evidence, population: Evidence, order: np.ndarray) -> Callable[[], np.ndarray] | None:
    if evidence._inputs is None or population._inputs is None:
        return None
    return lambda: np.concatenate([evidence.inputs, population.inputs])[order]


class _Both(Outputs):
    """One model's outputs on both kinds of records, in this order."""

    def __init__(
        self, pair: Sequence[Outputs | Shown], order: np.ndarray, labels: np.ndarray, withheld: np.ndarray | None
    ) -> None:
        super().__init__(lambda: np.concatenate([of.logits() for of in pair])[order], labels, withheld)
        self._pair, self._order = pair, order

    def signal(self, name: str) -> np.ndarray:
        """(n + m, Q) of what each kind's signal is."""
        return read_only(np.concatenate([of.signal(name) for of in self._pair])[self._order])
