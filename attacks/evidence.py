"""What an attack is handed: outputs on n records, and nothing that it did not declare."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple, TypeVar

import numpy as np

from attacks.outputs import Ask, Asked, Function, Outputs, Shown, computed
from attacks.shapes import columns_of, described, inputs_of, is_array, labels_of, logits_of, mask_of, read_only

ACCESS = ("label", "probability", "logit")  # each shows what those before it show
NEEDS = ("target", "reference", "shadow")
USES = ("population", "proxies", "inputs", "ask")

Model = np.ndarray | Outputs | Shown
Held = TypeVar("Held")


UNDECLARED = {
    **{use: f'uses = ("{use}",)' for use in ("population", "inputs", "ask")},
    "references": 'needs = "reference" or needs = "shadow"',
}


class Signal(NamedTuple):
    """One number an output: `target` (n, Q) and `references` (R, n, Q) float64, NaN where withheld."""

    target: np.ndarray
    references: np.ndarray


class Evidence:
    """Outputs of a target and of R reference models on n records. Membership is not in it.

    `labels` (n,) int; `target` (n, Q, C) and `references` (R, n, Q, C) float32 logits; `trained_on` (R, n) bool,
    whether a reference model saw a record. The target and each reference may be given as `Outputs`, too: then no
    logits are in memory before somebody asks for them. `columns` tells which of the Q queries belong to which query
    set; "clean" is the first.

    Where there are such: `population`, the same on m records of the adversary's own that the target never saw, where
    nothing of the reference models is withheld;
    `inputs` (n, ...), the raw records, or a function that gives them; `ask`, queries to the target.
    The caller's arrays stay as they are; those of the evidence are read-only. Raises ValueError on what does not fit,
    and where an attack reaches for what it did not declare.
    """

    _closed: frozenset[str] = frozenset()  # of UNDECLARED, what an attack did not declare

    def __init__(
        self,
        labels: np.ndarray,
        target: Model,
        references: np.ndarray | Sequence[Model],
        trained_on: np.ndarray,
        population: Evidence | None = None,
        inputs: np.ndarray | Callable[[], np.ndarray] | None = None,
        ask: Ask | None = None,
        columns: dict[str, slice] | None = None,
    ) -> None:
        if not isinstance(references, list | tuple) and not (is_array(references) and references.ndim):
            raise ValueError(f"references: expected an array or a list of models, got {described(references)}")
        self.labels = labels_of(labels)
        n = len(self.labels)
        self.trained_on = mask_of(trained_on, (len(references), n), "trained_on")
        self.columns = _Columns(columns_of(columns))
        self._target = _outputs(target, self.labels, "target")
        self._references = [
            _outputs(model, self.labels, "references", withheld)
            for model, withheld in zip(references, self.trained_on, strict=True)
        ]
        if isinstance(target, np.ndarray):
            for model in references:
                if isinstance(model, np.ndarray):
                    _alike(model, target.shape)
        self._population = _population(population, len(references))
        held = inputs if inputs is None or callable(inputs) else inputs_of(inputs, n)
        self._inputs = (lambda: held) if isinstance(held, np.ndarray) else held
        if ask is not None and not callable(ask):
            raise ValueError(f"ask: expected a function of inputs, got {type(ask).__name__}")
        self._ask = ask if ask is None or isinstance(ask, Asked) else Asked(ask)

    @property
    def population(self) -> Evidence | None:
        """The same on records that the target never saw, or None."""
        return self._opened("population", self._population)

    @property
    def ask(self) -> Asked | None:
        """Queries to the target, or None."""
        return self._opened("ask", self._ask)

    @property
    def proxies(self) -> Evidence | None:
        """The population, where some reference model trained on a record of it: what it gives to members."""
        return self.population if self.population is not None and self.population.trained_on.any() else None

    @cached_property
    def target(self) -> np.ndarray:
        """(n, Q, C) float32 logits of the target."""
        return read_only(self._target.logits())

    @cached_property
    def references(self) -> np.ndarray:
        """(R, n, Q, C) float32 logits of the reference models, NaN where withheld; in memory from here on."""
        self._opened("references", None)
        stacked = np.empty((len(self._references), *self.target.shape), np.float32)
        for place, model in zip(stacked, self._references, strict=True):
            place[...] = _alike(model.logits(), self.target.shape)
        return read_only(stacked)

    @cached_property
    def inputs(self) -> np.ndarray | None:
        """(n, ...) the raw records, or None."""
        held = self._opened("inputs", self._inputs)
        return None if held is None else inputs_of(held(), len(self.labels))

    def signal(self, signal: str | Function) -> Signal:
        """A named signal, or a function of logits (n, Q, C) and labels (n,), on every model, one model at a time.

        Names: log_p, p_label, log_p_max, phi, entropy, mentr, correct; phi_max, log_entropy and log_mentr order outputs
        as log_p_max, entropy and mentr do, without saturation. They are worked out once for all attacks of a game;
        functions see what the access shows, and are not kept. Raises ValueError on an unknown name.
        """
        target = self._signal(self._target, signal)
        references = np.empty((len(self._references), *target.shape))
        for place, model in zip(references, self._references, strict=True):
            place[...] = _alike(self._signal(model, signal), target.shape)
        return Signal(read_only(target), read_only(references))

    def _opened(self, name: str, value: Held) -> Held:
        if name in self._closed:
            raise ValueError(f"evidence.{name}: the attack did not declare it; {UNDECLARED[name]} does")
        return value

    def _signal(self, model: Outputs | Shown, signal: str | Function) -> np.ndarray:
        if callable(signal):
            return computed(signal, read_only(model.logits()), self.labels)
        return np.array(model.signal(signal), np.float64)


@dataclass(frozen=True, eq=False)
class Rehearsal:
    """The adversary's own shadow model in the target's role: its `evidence`, and `member` (n,) bool."""

    evidence: Evidence
    member: np.ndarray

    def __post_init__(self) -> None:
        if not isinstance(self.evidence, Evidence):
            raise ValueError(f"evidence: expected Evidence, got {type(self.evidence).__name__}")
        object.__setattr__(self, "member", mask_of(self.member, self.evidence.labels.shape, "member"))


def restrict(
    evidence: Evidence,
    access: str,
    needs: str,
    uses: Sequence[str] = (),
    queries: Sequence[str] = ("clean",),
) -> Evidence:
    """What an attack of these declarations may see, in arrays of its own, and nothing more.

    `access` label: one-hot predictions; probability: logits shifted to maximum 0; logit: as they are.
    `needs` target: R = 0; reference: NaN where a reference model was trained on the record; shadow: everything.
    `uses`: which of population, inputs and ask are handed on; with proxies, the population must hold some.
    `queries`: the query sets, in this order.
    Raises ValueError where the evidence lacks what was declared, and on an unknown declaration.
    """
    for name, value, legal in (("access", access, ACCESS), ("needs", needs, NEEDS)):
        if value not in legal:
            raise ValueError(f"{name}: expected one of {', '.join(legal)}, got {value!r}")
    for use in uses:
        if use not in USES:
            raise ValueError(f"uses: expected some of {', '.join(USES)}, got {use!r}")
        if (evidence.proxies if use == "proxies" else getattr(evidence, f"_{use}")) is None:
            raise ValueError(f"this attack uses {use}, and there is none")
    taken, columns = _taken(evidence, queries)
    labels = read_only(evidence.labels.copy())
    kept = len(evidence.trained_on) if needs != "target" else 0
    trained_on = evidence.trained_on[:kept].copy()
    view = Evidence(
        labels,
        Shown(evidence._target, labels, access, taken, None),
        [
            Shown(model, labels, access, taken, seen.copy() if needs == "reference" else None)
            for model, seen in zip(evidence._references[:kept], trained_on, strict=True)
        ],
        trained_on,
        population=_restricted_population(evidence, access, needs, uses, queries) if "population" in uses else None,
        inputs=_copied(evidence) if "inputs" in uses else None,
        ask=Asked(evidence._ask, access) if evidence._ask is not None and "ask" in uses else None,
        columns=columns,
    )
    view._closed = frozenset({*UNDECLARED} - {*uses} - ({"references"} if needs != "target" else set()))
    return view


def _restricted_population(
    evidence: Evidence, access: str, needs: str, uses: Sequence[str], queries: Sequence[str]
) -> Evidence | None:
    """The adversary's own records: what its reference models give them is all its own, too."""
    if evidence._population is None:
        return None
    shared = tuple(use for use in uses if use == "inputs")
    view = restrict(evidence._population, access, "target" if needs == "target" else "shadow", shared, queries)
    view._closed -= {"population", "ask"}  # which no population has
    return view


class _Columns(dict[str, slice]):
    """The columns of each query set."""

    def __missing__(self, name: Any) -> slice:
        raise ValueError(f"columns: there is no {name!r}; the attack's queries are {', '.join(self)}")


def _copied(evidence: Evidence) -> Callable[[], np.ndarray]:
    return lambda: np.array(evidence.inputs)


def _taken(evidence: Evidence, queries: Sequence[str]) -> tuple[list[int], dict[str, slice]]:
    """The columns of these query sets, and where each lies among those."""
    taken: list[int] = []
    columns = {}
    for name in queries:
        if name not in evidence.columns:
            raise ValueError(f"queries: there is no {name!r}; there are {', '.join(evidence.columns)}")
        of = evidence.columns[name]
        columns[name] = slice(len(taken), len(taken) + of.stop - of.start)
        taken += range(of.start, of.stop)
    return taken, columns


def _outputs(model: Model, labels: np.ndarray, name: str, withheld: np.ndarray | None = None) -> Outputs | Shown:
    if not isinstance(model, Outputs | Shown):
        return Outputs(logits_of(model, labels, name, withheld), labels, withheld)
    if len(model.labels) != len(labels):
        raise ValueError(f"{name}: expected outputs on {len(labels)} records, got {len(model.labels)}")
    if model.labels is not labels and not np.array_equal(model.labels, labels):
        raise ValueError(f"{name}: expected outputs with the labels of the evidence, got other labels")
    return model


def _alike(values: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    if values.shape != shape:
        raise ValueError(f"references: expected {shape} as the target's, got {values.shape}")
    return values


def _population(population: Evidence | None, references: int) -> Evidence | None:
    if population is not None and not isinstance(population, Evidence):
        raise ValueError(f"population: expected Evidence, got {type(population).__name__}")
    if population is not None and len(population.trained_on) != references:
        raise ValueError(f"population: expected {references} reference models, got {len(population.trained_on)}")
    return population
