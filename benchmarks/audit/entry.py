"""An audit from Python: arrays of whatever kind, checked as the columns of a file are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from benchmarks.audit import references as other_models
from benchmarks.audit.attacking import Wanted
from benchmarks.audit.auditing import DELTA, Ask, Audit, of
from benchmarks.audit.case import Case, both, population_of
from benchmarks.audit.columns import settled
from benchmarks.audit.outputs import answers_of
from benchmarks.audit.references import References
from benchmarks.naming.wording import one_line


def audit(
    labels: Any,
    member: Any,
    probabilities: Any = None,
    *,
    logits: Any = None,
    loss: Any = None,
    predicted: Any = None,
    references: Any = None,
    trained_on: Any = None,
    population: Mapping[str, Any] | None = None,
    groups: Mapping[str, Any] | None = None,
    ids: Any = None,
    inputs: Any = None,
    ask: Ask | None = None,
    attacks: str | Sequence[str] = ("all",),
    name: str = "audit",
    epsilon: float | None = None,
    delta: float = DELTA,
) -> Audit:
    """Attack one model by what it answered on n records, some of which it was trained on.

    `labels` (n,) from 0 to C - 1; `member` (n,) bool; one of `probabilities` (n, C), `logits` (n, C), `loss` (n,) and
    `predicted` (n,). `references` (R, n, ...): the same of other models, with `trained_on` (R, n) bool; or References.
    `population`: the same of records that the model never saw, by the names `labels`, `probabilities` and so on
    (m, ...); then references are (R, n + m, ...). `groups`: columns (n,) that slice the records; `ids` (n,);
    `inputs` (n, ...); `ask`: inputs (b, ...) -> logits (b, C) of the model. `attacks` by name; `all` goes without those
    that would learn for minutes. `epsilon`, `delta`: what training claims, to be compared with bounds from below.

    Raises ValueError, in one sentence, on what cannot be audited.
    """
    said = {"probabilities": probabilities, "logits": logits, "loss": loss, "predicted": predicted}
    if epsilon is not None and not (isinstance(epsilon, int | float) and 0 <= epsilon < np.inf):
        raise ValueError(f"epsilon: expected a number of at least 0, got {epsilon!r}")
    if not (isinstance(delta, int | float) and 0 < delta < 1):
        raise ValueError(f"delta: expected a number above 0 and below 1, got {delta!r}")
    for what, of_what in (("groups", groups), ("population", population)):
        if of_what is not None and not isinstance(of_what, Mapping):
            raise ValueError(f"{what}: expected arrays by name, as {{'sex': ...}}, got {type(of_what).__name__}")
    columns = _columns(said | {"label": labels, "member": member, "id": ids, "inputs": inputs})
    slices = _columns({str(column): words for column, words in (groups or {}).items()})
    for column in slices.keys() & columns.keys():
        if not np.array_equal(slices[column], columns[column]):
            raise ValueError(f"groups: expected another name than {column!r}, which is that of other numbers")
    answers = answers_of(columns | slices, {"groups": tuple(slices)} if slices else {})
    crowd = population_of(_columns(population), answers, {}) if population is not None else None
    seen = references
    if references is not None and not isinstance(references, References):
        if trained_on is None:
            raise ValueError("trained_on: expected (R, n), which reference model saw which record, got nothing")
        theirs = _columns({answers.said.kind: references, "trained_on": trained_on})
        seen = other_models.of_columns(theirs, {}, both(answers, crowd), False)
    return of(
        Case(answers, seen, crowd),
        Wanted.of([attacks] if isinstance(attacks, str) else attacks),
        name,
        ask,
        delta,
        "audit(...)",
        epsilon,
    )


def _columns(given: Mapping[str, Any]) -> dict[str, np.ndarray]:
    return {name: _array(name, column) for name, column in given.items() if column is not None}


def _array(name: str, column: Any) -> np.ndarray:
    """Whatever is given as an array, objects as columns of pandas hold them `settled`."""
    try:
        made = np.asarray(column)
    except (TypeError, ValueError, RuntimeError) as error:
        raise ValueError(f"{name}: expected an array, got {type(column).__name__} ({one_line(error)})") from error
    made = settled(made)
    if made.dtype.kind not in "buifU" or not made.ndim:
        raise ValueError(f"{name}: expected an array of numbers or of words, got {type(column).__name__}")
    return made
