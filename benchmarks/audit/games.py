"""The games of one audited model: who attacks it with what, on which records.

Where a reference model saw some of the audited records and not others, it is the adversary's shadow model: thresholds
are chosen on it, and there is one game of all records. Else the adversary knows of half of the records whether the
model was trained on them, and attacks the others: two games, each half attacked once. Records are handed over in a
random order: in a file, members often stand before the others.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from attacks import Evidence, Outputs, Rehearsal
from benchmarks.audit.case import Case
from benchmarks.audit.coins import coins
from benchmarks.audit.held import Losses, numbered, one_hot
from benchmarks.games.from_arrays import key_of
from benchmarks.games.game import Game, Sides
from benchmarks.statistics.telling import refuse_telling
from benchmarks.training.store import digest

MIXED = (0.1, 0.9)  # shares of the audited records that a shadow model may have seen
FEWEST = 4  # members, and non-members: two in each half
CELLS = 2**30  # records times classes, of which 4 GiB of answers are made where only predicted classes are known


@dataclass(frozen=True, eq=False)
class Table:
    """The games, and `rows`, the places of each one's records among the n, in its order; `half` (n,) bool cuts the
    records in two, members and others alike. `shadow`: which reference model has that role, None without one;
    `floored`: how many probabilities were 0, or so little that they count as that.
    """

    games: tuple[Game, ...]
    rows: tuple[np.ndarray, ...]
    half: np.ndarray
    shadow: int | None
    floored: int


@dataclass(frozen=True, eq=False)
class _Models:
    """The audited model, 0, and the reference models from 1 on: `values` of each on the n audited records and the m of
    the population after them, logits, losses or predicted classes; `labels` (n + m,), `trained_on` (1 + R, n + m);
    `classes`: how many there are of predicted ones.
    """

    kind: str
    values: list[np.ndarray]
    labels: np.ndarray
    trained_on: np.ndarray
    audited: int
    inputs: np.ndarray | None
    ask: Callable[[np.ndarray], np.ndarray] | None
    classes: int

    def outputs(self, model: int, rows: np.ndarray) -> Outputs:
        """What a model said on some records, as far as it is known."""
        labels, values = self.labels[rows], self.values[model]
        if self.kind == "loss":
            return Losses(values[rows], labels)
        if self.kind == "predicted":
            return Outputs(lambda: one_hot(values[rows], self.classes)[:, None], labels)
        return Outputs(lambda: values[rows][:, None], labels)

    def evidence(self, model: int, others: list[int], rows: np.ndarray, **more: Any) -> Evidence:
        """The model as a target on some records, with `others` as reference models."""
        if self.inputs is not None:
            more["inputs"] = self.inputs[rows]
        seen = self.trained_on[others][:, rows]
        return Evidence(
            self.labels[rows], self.outputs(model, rows), [self.outputs(r, rows) for r in others], seen, **more
        )

    def side(self, model: int, others: list[int], rows: np.ndarray) -> Evidence:
        """The same with those records of the population that the model never saw."""
        crowd = np.flatnonzero(~self.trained_on[model])
        crowd = crowd[crowd >= self.audited]
        population = self.evidence(model, others, crowd) if len(crowd) else None
        return self.evidence(model, others, rows, population=population, ask=None if model else self.ask)

    def key(self, models: list[int], order: np.ndarray) -> str:
        """A digest of what these models said, and of what they were trained on, with the audited records in an order
        (n,).
        """
        at = np.concatenate([order, np.arange(self.audited, len(self.labels))])
        inputs = [] if self.inputs is None else [self.inputs[at]]
        return key_of(self.labels[at], ((self.values[m][at], self.trained_on[m][at]) for m in models), inputs)


def table(case: Case, ask: Callable[[np.ndarray], np.ndarray] | None = None, seed: int = 0) -> Table:
    """The games of a case; `ask`: queries to the audited model, inputs (b, ...) -> logits (b, C).

    Raises ValueError on too few records, and where who was trained on a record tells whether the audited model was.
    """
    member = case.answers.member
    for kind, word in ((True, "members"), (False, "non-members")):
        count = int((member == kind).sum())
        if count < FEWEST:
            raise ValueError(f"member: expected {FEWEST} {word} or more, got {count}")
    models, floored = _models(case, ask)
    references = list(range(1, len(models.values)))
    seen = models.trained_on[:, : len(member)]
    shadow = shadow_of(case)
    others = [r for r in references if r != shadow]
    try:
        refuse_telling(seen, 0, shadow, others)
    except ValueError as error:
        words = str(error).replace("other models", "reference models").replace("model 0", "the audited model")
        raise ValueError(words) from error
    offers = _offers(models, case, others, shadow)
    half, order = halves(member, coins(seed)), coins(seed, 1).permutation(len(member))
    rows = (order,) if shadow else (order[~half[order]], order[half[order]])
    key = models.key([0, *([shadow] if shadow else []), *others], order)

    def game(own: np.ndarray, known: np.ndarray, number: int) -> Game:
        def sides(_queries: tuple[str, ...]) -> Sides:
            practice = models.side(shadow or 0, others, known)
            return models.side(0, others, own), Rehearsal(practice, seen[shadow or 0][known])

        name = key if shadow else digest([key, number])
        return Game(name, member[own].copy(), offers, ("clean",), sides, crossed=not shadow)

    made = [game(own, known, number) for number, (own, known) in enumerate(zip(rows, rows[::-1], strict=True))]
    return Table(tuple(made), rows, half, shadow, floored)


def shadow_of(case: Case) -> int | None:
    """Which reference model, from 1 on, takes the role of the shadow model: the first that saw some of the audited
    records and not others.
    """
    if case.references is None:
        return None
    shares = case.references.trained_on[:, : len(case.answers.member)].mean(1)
    return next((r for r, share in enumerate(shares, 1) if MIXED[0] <= share <= MIXED[1]), None)


def unseen_by_none(case: Case, shadow: int | None) -> np.ndarray:
    """(n,) bool: the audited records that every reference model but the shadow model was trained on; none without
    reference models.
    """
    if case.references is None:
        return np.zeros(len(case.answers.member), bool)
    seen = case.references.trained_on[:, : len(case.answers.member)]
    others = np.delete(seen, [] if shadow is None else shadow - 1, axis=0)
    return np.array(others.all(0) if len(others) else np.zeros(seen.shape[1], bool))


def halves(member: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n,) bool: a random half of the members (n,), and of the others."""
    half = np.zeros(len(member), bool)
    for kind in (True, False):
        mixed = rng.permutation(np.flatnonzero(member == kind))
        half[mixed[: len(mixed) // 2]] = True
    return half


def _models(case: Case, ask: Callable[[np.ndarray], np.ndarray] | None) -> tuple[_Models, int]:
    answers, crowd, seen = case.answers, case.population, case.references
    said = [answers.said, *([crowd.said] if crowd else []), *([seen.said] if seen else [])]
    labels = np.concatenate([answers.labels, *([crowd.labels] if crowd else [])])
    values, floored = _comparable(said)
    classes = 0
    if answers.said.kind == "predicted":
        if ask is None:
            (labels, *values), classes = numbered(labels, *values)
            got = f"{classes:,} different ones"
        else:  # it answers in the model's own numbers
            classes = 1 + int(max(of.max() for of in (labels, *values)))
            got = f"numbers up to {classes - 1:,}"
        if len(labels) * classes > CELLS:
            raise ValueError(
                f"predicted: expected classes, got {got} in labels and answers on {len(labels):,} "
                "records: does the column of labels hold ids?"
            )
    elif answers.said.kind == "loss" and ask is None:
        (labels,), _ = numbered(labels)
    own = [values[0], *([values[1]] if crowd else [])]
    trained_on = np.zeros((1, len(labels)), bool)
    trained_on[0, : len(answers.member)] = answers.member
    inputs = answers.inputs
    if crowd is not None:
        inputs = None if inputs is None or crowd.inputs is None else np.concatenate([inputs, crowd.inputs])
    made = [own[0] if len(own) == 1 else np.concatenate(own), *(values[-1] if seen else [])]
    if seen is not None:
        trained_on = np.concatenate([trained_on, seen.trained_on])
    return _Models(answers.said.kind, made, labels, trained_on, len(answers.labels), inputs, ask, classes), floored


def _comparable(said: list[Any]) -> tuple[list[np.ndarray], int]:
    """What models said, (..., C) logits, or (...) losses or classes, those of probabilities with one floor for all; and
    how many of the first one's probabilities count as that floor.
    """
    if said[0].kind in ("loss", "predicted"):
        return [of.values for of in said], 0
    floors = [of.rounding.floor(of.values.shape[-1]) for of in said if of.rounding is not None]
    floor = min(floors, default=0.0)
    made = [of.logits(floor) for of in said]
    return [of.logits for of in made], made[0].count


def _offers(models: _Models, case: Case, others: list[int], shadow: int | None) -> frozenset[str]:
    n = models.audited
    crowd = ~models.trained_on[[0, *([shadow] if shadow else [])], n:]
    known = {
        "reference": bool(others),
        "shadow": bool(models.trained_on[others][:, :n].any()),
        "population": crowd.shape[1] > 0 and bool(crowd.any(1).all()),
        "proxies": bool(models.trained_on[others][:, n:].any()),
        "inputs": models.inputs is not None,
        "ask": models.ask is not None,
    }
    return frozenset(name for name, given in known.items() if given)
