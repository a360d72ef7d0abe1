"""The rehearsals of several shadow models as one, so that thresholds do not hang on a single model."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from attacks import Evidence, Outputs, Rehearsal
from attacks.outputs import Shown
from attacks.shapes import read_only


def pooled(parts: Sequence[Rehearsal]) -> Rehearsal:
    """S rehearsals with the same R reference models, records side by side: n_1 + ... + n_S of them.

    Neither population nor ask is left, which are one model's each. A single rehearsal comes back as it is. Raises
    ValueError where the numbers of reference models differ.
    """
    if len(parts) == 1:
        return parts[0]
    sides = [of.evidence for of in parts]
    labels = np.concatenate([of.labels for of in sides])
    models = zip(*([of._target, *of._references] for of in sides), strict=True)
    trained_on = np.concatenate([of.trained_on for of in sides], axis=1)
    target, *references = [_Row(of, labels, hidden) for of, hidden in zip(models, [None, *trained_on], strict=True)]
    evidence = Evidence(labels, target, references, trained_on, inputs=_inputs(sides), columns=dict(sides[0].columns))
    return Rehearsal(evidence, np.concatenate([of.member for of in parts]))


def _inputs(sides: Sequence[Evidence]) -> Callable[[], np.ndarray] | None:
    if any(of._inputs is None for of in sides):
        return None
    return lambda: np.concatenate([of.inputs for of in sides if of.inputs is not None])


class _Row(Outputs):
    """The outputs of the S models in one place of the game: shadow models, or one reference on the records of each."""

    def __init__(self, models: Sequence[Outputs | Shown], labels: np.ndarray, withheld: np.ndarray | None) -> None:
        super().__init__(lambda: np.concatenate([of.logits() for of in models]), labels, withheld)
        self._models = models

    def signal(self, name: str) -> np.ndarray:
        """(n_1 + ... + n_S, Q) of what each model's signal is."""
        return read_only(np.concatenate([of.signal(name) for of in self._models]))
