"""All that one audit stands on: what the audited model answered, and what other models and further records add."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.audit import outputs, references
from benchmarks.audit.columns import Columns, flags, opened, whole
from benchmarks.audit.conventions import Names, found, own, required, table
from benchmarks.audit.outputs import Answers, Said, ids_of, labels_of, naming, said_of
from benchmarks.audit.references import References
from benchmarks.audit.repeats import in_both
from datasets.words import one_line


@dataclass(frozen=True, eq=False)
class Population:
    """What the audited model answered on m records that no audited membership is about, none of which it trained on:
    `labels` (m,) int64, `said`, and, where there are such, `ids` (m,) words and `inputs` (m, ...) numbers.
    """

    labels: np.ndarray
    said: Said
    ids: np.ndarray | None
    inputs: np.ndarray | None


@dataclass(frozen=True, eq=False)
class Case:
    """What an audit is handed. `references` are of the n audited records and, where there is a population, of its m
    records after them: `said.values` (R, n + m, ...), `trained_on` (R, n + m).
    """

    answers: Answers
    references: References | None = None
    population: Population | None = None


def read(path: Path, others: Sequence[Path] = (), population: Path | None = None, names: Names | None = None) -> Case:
    """The case in files; raises ValueError, in one sentence that names the file, on what cannot be audited."""
    answers = outputs.read(path, names)
    crowd = None
    if population is not None:
        with naming(population):
            crowd = population_of(opened(population), answers, names or {})
    seen = references.read(others, both(answers, crowd), names) if others else None
    return Case(answers, seen, crowd)


def population_of(columns: Columns, answers: Answers, names: Names) -> Population:
    """The population in columns by name. Raises ValueError where it is no more of what the audited model said."""
    named = {
        key: of for key, of in own(columns, names).items() if key in ("labels", "ids", "inputs", answers.said.kind)
    }
    told = found(columns, own(columns, names), "member")
    if told and (trained := flags(told[0], columns[told[0]])).any():
        raise ValueError(
            f"{told[0]}: expected records that the model never saw, got one that it was trained on, number "
            f"{1 + int(np.argmax(trained))} of the file; leave those out"
        )
    label = required(columns, named, "labels")
    labels = labels_of(label, whole(label, columns[label]))
    said, used = said_of(columns, named, label, labels)
    if said.kind != answers.said.kind or said.values.shape[1:] != answers.said.values.shape[1:]:
        expected = f"{answers.said.kind}, of shape (m, {', '.join(map(str, answers.said.values.shape[1:]))})"
        raise ValueError(f"{used[0]}: expected {expected}, as the audited model's, got shape {said.values.shape}")
    if np.array_equal(said.values, answers.said.values):
        raise ValueError(f"{used[0]}: expected records that are not audited, got the answers on the audited ones")
    ids = ids_of(columns, named)
    if ids is not None and answers.ids is not None and np.isin(ids, answers.ids).any():
        got = one_line(repr(str(ids[np.isin(ids, answers.ids)][0])), 60)
        raise ValueError(f"id: expected records that are not audited, got {got}")
    inputs = _inputs(columns, named, answers, len(labels))
    told_apart = ids is not None and answers.ids is not None
    if not told_apart and (twice := in_both(answers, labels, said.values, inputs)):
        same = "labels and answers" if inputs is None else "labels, answers and inputs"
        raise ValueError(
            f"{used[0]}: expected records that are not audited, got the {same} of {twice:,} audited records; leave "
            "those out"
        )
    return Population(labels, said, ids, inputs)


def _inputs(columns: Columns, named: Mapping[str, tuple[str, ...]], answers: Answers, count: int) -> np.ndarray | None:
    """The population's raw records, shaped as the audited ones are, or None. Raises ValueError on others."""
    have = found(columns, named, "inputs")
    if not have or answers.inputs is None:
        return None
    made, shape = table(columns, have), (count, *answers.inputs.shape[1:])
    if made.shape != shape:
        raise ValueError(f"{have[0]}: expected shape {shape}, as the audited records have, got {made.shape}")
    return made


def both(answers: Answers, crowd: Population | None) -> Answers:
    """The audited records and the population's, one after the other, as reference models must have answered them."""
    if crowd is None:
        return answers
    ids = None
    if answers.ids is not None and crowd.ids is not None:
        ids = np.concatenate([answers.ids, crowd.ids])
    labels = np.concatenate([answers.labels, crowd.labels])
    said = replace(answers.said, values=np.concatenate([answers.said.values, crowd.said.values]))
    return replace(answers, labels=labels, member=np.zeros(len(labels), bool), said=said, ids=ids)


def part(case: Case, rows: np.ndarray, most: int | None = None) -> Case:
    """The case with some of the audited records, `rows` (a,) of n, and the first `most` of the population, all unless
    given.
    """
    answers, crowd, seen = case.answers, case.population, case.references

    def of(array: np.ndarray | None) -> Any:
        return None if array is None else array[rows]

    few = Answers(
        of(answers.labels),
        of(answers.member),
        replace(answers.said, values=of(answers.said.values)),
        {name: words[rows] for name, words in answers.groups.items()},
        of(answers.ids),
        of(answers.inputs),
        answers.left,
    )
    kept = rows
    if crowd is not None:
        ids, inputs = (None if of is None else of[:most] for of in (crowd.ids, crowd.inputs))
        said = replace(crowd.said, values=crowd.said.values[:most])
        crowd = Population(crowd.labels[:most], said, ids, inputs)
        kept = np.concatenate([rows, len(answers.labels) + np.arange(len(crowd.labels))])
    if seen is not None:
        said = replace(seen.said, values=seen.said.values[:, kept])
        seen = References(said, seen.trained_on[:, kept])
    return Case(few, seen, crowd)
