"""One model's outputs on n records: logits, and signals that are worked out at most once."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from attacks import signals
from attacks.shapes import described, logits_of, read_only

Function = Callable[[np.ndarray, np.ndarray], np.ndarray]
Ask = Callable[[np.ndarray], np.ndarray]


class Outputs:
    """One model's outputs on n records, from an array (n, Q, C) or a function without arguments that makes one.

    A subclass may override `logits` and `signal` to read both from where they are kept. What they return is never
    changed by anybody: attacks are handed copies.
    """

    def __init__(
        self, logits: np.ndarray | Callable[[], np.ndarray], labels: np.ndarray, withheld: np.ndarray | None = None
    ) -> None:
        self.labels, self._source, self._withheld = labels, logits, withheld
        self._kept: dict[str, np.ndarray] = {}
        if not callable(logits):
            self._source = logits_of(logits, labels, "logits", withheld)

    def logits(self) -> np.ndarray:
        """(n, Q, C) float32, read-only, finite except where `withheld` (n,). Raises ValueError on anything else."""
        if callable(self._source):
            return logits_of(self._source(), self.labels, "logits", self._withheld)
        return self._source

    def signal(self, name: str) -> np.ndarray:
        """(n, Q) float64, read-only, of the logits as they are. Raises ValueError on an unknown name."""
        if signals.known(name) not in self._kept:
            made = signals.of_logits(name, self.logits(), self.labels)
            self._kept.update({each: read_only(values) for each, values in made.items()})
        return self._kept[name]


class Shown:
    """What `access` shows of a model's outputs on the records that are not withheld; every array is fresh."""

    def __init__(
        self, outputs: Outputs | Shown, labels: np.ndarray, access: str, columns: list[int], withheld: np.ndarray | None
    ) -> None:
        self.labels, self._access, self._columns, self._withheld = labels, access, columns, withheld
        self._logits, self._signal = outputs.logits, outputs.signal

    def logits(self) -> np.ndarray:
        """(n, Q, C) float32: what the access shows; NaN where withheld."""
        return self._hidden(shown(self._queries(self._logits()), self._access))

    def signal(self, name: str) -> np.ndarray:
        """(n, Q) float64; NaN where withheld. Raises ValueError where the access does not show the signal."""
        if self._access == "label" and signals.known(name) != "correct":
            raise ValueError(f"signal {name!r} needs probabilities; with access to labels there is 'correct' alone")
        return self._hidden(np.array(self._queries(self._signal(name)), np.float64))

    def _queries(self, values: np.ndarray) -> np.ndarray:
        if max(self._columns) >= values.shape[1]:
            raise ValueError(f"columns: expected {max(self._columns) + 1} queries or more, got {values.shape[1]}")
        return values if self._columns == list(range(values.shape[1])) else values[:, self._columns]

    def _hidden(self, fresh: np.ndarray) -> np.ndarray:
        if self._withheld is not None:
            fresh[self._withheld] = np.nan
        return fresh


def shown(logits: np.ndarray, access: str) -> np.ndarray:
    """A fresh copy of what `access` shows of logits (..., C).

    `label`: one-hot predictions; `probability`: logits shifted to maximum 0, which rounds them to float32 and to its
    range; `logit`: as they are.
    """
    if access == "logit":
        return logits.copy()
    if access == "probability":
        with np.errstate(over="ignore"):
            shifted: np.ndarray = logits - logits.max(-1, keepdims=True)
        return np.maximum(shifted, np.finfo(logits.dtype).min, out=shifted)
    hot = np.zeros_like(logits)
    np.put_along_axis(hot, logits.argmax(-1)[..., None], 1, axis=-1)
    return hot


def computed(function: Function, logits: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """(n, Q) float64: a signal given as a function, NaN where logits (n, Q, C) are. Raises ValueError on its shape."""
    with np.errstate(invalid="ignore"):
        made = np.asarray(function(logits, labels))
    if made.shape != logits.shape[:2] or made.dtype.kind not in "biuf":
        raise ValueError(f"signal: expected {logits.shape[:2]} real numbers, got {made.shape} {made.dtype}")
    values = np.array(made, np.float64)
    values[np.isnan(logits[..., 0])] = np.nan
    return values


class Asked:
    """Queries to the target, x (b, ...) -> what `access` shows of (b, C). `count` is the number of records asked.

    Where `ask` has a way of its own to tell labels, `ask.labels(x)` -> (b, C) of the same labels, that is asked for
    labels alone.
    """

    def __init__(self, ask: Ask, access: str = "logit") -> None:
        self._ask, self._access, self.count = ask, access, 0

    def __call__(self, inputs: np.ndarray) -> np.ndarray:
        """(b, C) float32, fresh. Raises ValueError where the answer is no such array."""
        return self.labels(inputs) if self._access == "label" else shown(self._told(self._ask, inputs), self._access)

    def labels(self, inputs: np.ndarray) -> np.ndarray:
        """(b, C) float32, fresh: one-hot predictions. Raises ValueError as above."""
        return shown(self._told(getattr(self._ask, "labels", self._ask), inputs), "label")

    def _told(self, ask: Ask, inputs: np.ndarray) -> np.ndarray:
        asked = np.array(inputs)
        answer = np.asarray(ask(asked))
        if answer.ndim != 2 or len(answer) != len(asked) or answer.dtype.kind != "f":
            raise ValueError(f"ask: expected ({len(asked)}, C) real outputs, got {described(answer)}")
        self.count += len(asked)
        return answer.astype(np.float32, copy=False)
