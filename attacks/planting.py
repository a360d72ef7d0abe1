"""Planted evidence: made up, with a leak whose strength is known."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from attacks.evidence import Evidence, Rehearsal

Form = Callable[[np.ndarray, np.ndarray], np.ndarray]


def planted(
    rng: np.random.Generator,
    n: int,
    references: int,
    classes: int,
    leak: float,
    queries: Sequence[str] = ("clean",),
    uses: Sequence[str] = (),
    form: Form = lambda logits, labels: logits,
    missing: bool = False,
) -> tuple[Evidence, Rehearsal, np.ndarray]:
    """Evidence, rehearsal and the target's membership (n,) bool, half of it true, in random order.

    Gaussian logits; the label's stands out by a record's own ease, and on a member by `leak` more. With leak 0
    members and non-members are exchangeable. Every second reference model saw half of the records. `queries`: the
    query sets, two columns each, one for the clean one; `uses`: which of population, inputs and ask there are.
    `form` makes something else of logits (..., n, Q, C) and labels; `missing`: no record is of the last class.
    """

    def side() -> tuple[Evidence, np.ndarray]:
        member = rng.permutation(n) < n // 2
        shared = tuple(use for use in uses if use == "inputs")
        population = _drawn(rng, np.zeros(n, bool), references, classes, leak, queries, shared, form, missing, None)
        others = population if "population" in uses else None
        return _drawn(rng, member, references, classes, leak, queries, uses, form, missing, others), member

    (evidence, truth), (rehearsed, member) = side(), side()
    return evidence, Rehearsal(rehearsed, member), truth


def _drawn(
    rng: np.random.Generator,
    member: np.ndarray,
    references: int,
    classes: int,
    leak: float,
    queries: Sequence[str],
    uses: Sequence[str],
    form: Form,
    missing: bool,
    population: Evidence | None,
) -> Evidence:
    n, count = len(member), 2 * len(queries) - 1
    labels = rng.integers(classes - missing, size=n)
    hot = (labels[:, None] == np.arange(classes)).astype(np.float32)
    ease = rng.normal(2, 1, size=n)
    trained_on = (rng.random((references, n)) < 0.5) & (np.arange(references) % 2 == 1)[:, None]
    inputs = rng.normal(size=(n, classes)).astype(np.float32)  # the target adds to each what it knows of it

    def known(seen: np.ndarray) -> np.ndarray:
        return ((ease + leak * seen)[..., None] * hot).astype(np.float32)

    def outputs(seen: np.ndarray) -> np.ndarray:
        noise = rng.normal(size=(*seen.shape, count, classes)).astype(np.float32)
        return noise + known(seen)[..., None, :]

    target = outputs(member)
    target[:, 0] = inputs + known(member)
    learned = {x.tobytes(): k for x, k in zip(inputs, known(member), strict=True)} if "ask" in uses else {}

    def ask(x: np.ndarray) -> np.ndarray:
        asked = np.asarray(x, np.float32)
        answer = asked + np.stack([learned.get(row.tobytes(), np.zeros(classes, np.float32)) for row in asked])
        return form(answer[:, None], asked.argmax(-1))[:, 0]

    starts = {name: 2 * place - 1 for place, name in enumerate(queries)}
    columns = {name: slice(max(start, 0), start + 2) for name, start in starts.items()}
    return Evidence(
        labels,
        form(target, labels),
        form(outputs(trained_on), labels),
        trained_on,
        population=population,
        inputs=inputs if "inputs" in uses else None,
        ask=ask if "ask" in uses else None,
        columns={**columns, "clean": slice(0, 1)},
    )
