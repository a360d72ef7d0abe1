"""Whether answers, labels and memberships go together: what is out of order is told from how often models are right."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from benchmarks.audit.assigned import of_trained_on
from benchmarks.audit.case import Case
from benchmarks.audit.held import numbered
from benchmarks.audit.remembered import of_memory, of_records
from benchmarks.audit.sureness import surenesses
from benchmarks.results.record import Record
from benchmarks.statistics.exposure import rank_test
from benchmarks.statistics.intervals import clopper_pearson

CLEAR = 1e-4  # chance of each of these warnings where all is in order, at most
BARE = ("loss", "gap")  # attacks that say how well a record is answered, and no more


def of_order(case: Case, records: Sequence[Record], scores: Mapping[str, np.ndarray]) -> list[str]:
    """Sentences on what must be out of order, none where nothing is: labels or classes, membership, references.

    `records` and `scores` (n,) of the attacks that were played.
    """
    sure = surenesses(case) if case.references else None
    every = (_labels(case), _member(case, records, scores), _references(case), of_trained_on(case, sure))
    found = [line for line in every if line]
    more = "" if found else of_memory(case, sure) or of_records(case, sure)
    return [*found, more] if more else found


def _labels(case: Case) -> str:
    answers = case.answers
    if answers.said.kind == "loss":
        return ""
    right = int((_predicted(answers.said.values, answers.said.kind) == answers.labels).sum())
    common = float(np.unique(answers.labels, return_counts=True)[1].max() / len(answers.labels))
    high = clopper_pearson(right, len(answers.labels), CLEAR).high or 0.0
    said = f"The model is right on {100 * right / len(answers.labels):.1f} % of the records, and "
    asked = "are labels and class columns in order?"
    if high < common:
        return f"{said}who always says the most common class on {100 * common:.1f} %: {asked}"
    chance, floor = _by_chance(_predicted(answers.said.values, answers.said.kind), answers.labels)
    if high < floor:
        return f"{said}would be on {100 * chance:.1f} % if its answers had nothing to do with the labels: {asked}"
    return ""


def _by_chance(predicted: np.ndarray, labels: np.ndarray) -> tuple[float, float]:
    """How often predicted classes (n,) are right if they have nothing to do with labels (n,) (Cohen 1960); and the
    accuracy from which on nothing is said: a tenth of the way from there to the most that both classes' shares allow,
    at most three times chance.
    """
    places, count = numbered(predicted, labels)
    says, has = (np.bincount(of, minlength=count) / len(labels) for of in places)
    chance, most = float((says * has).sum()), float(np.minimum(says, has).sum())
    return chance, min(chance + (most - chance) / 10, 3 * chance)


def _member(case: Case, records: Sequence[Record], scores: Mapping[str, np.ndarray]) -> str:
    for record in records:
        name, high = record.attack.name, record.metrics["auc"].high
        if name not in BARE or high is None or high >= 0.45:
            continue
        if rank_test(-scores[name], case.answers.member) < CLEAR / len(BARE):
            return (
                f"Non-members are answered better than members (AUC of {name} at most {high:.3f}): is "
                "member the wrong way round?"
            )
    return ""


def _references(case: Case) -> str:
    """Reference models that are right far less often on what they never saw than the audited model on non-members."""
    answers, seen = case.answers, case.references
    if seen is None or answers.said.kind == "loss":
        return ""
    n, labels = len(answers.labels), answers.labels
    own = _predicted(answers.said.values, answers.said.kind)[~answers.member] == labels[~answers.member]
    right = _predicted(seen.said.values[:, :n], seen.said.kind) == labels
    unseen = ~seen.trained_on[:, :n]
    if not unseen.any():
        return ""
    theirs = right[unseen]
    low = clopper_pearson(int(own.sum()), len(own), CLEAR).low or 0.0
    high = clopper_pearson(int(theirs.sum()), len(theirs), CLEAR).high or 0.0
    if high >= low - 0.1:
        return ""
    shares = f"{100 * theirs.mean():.1f} % of the records that they never saw"
    rest = f"the audited model on {100 * own.mean():.1f} % of the non-members"
    return (
        f"Reference models are right on {shares}, {rest}: are their records in another order, or are they trained "
        "otherwise?"
    )


def _predicted(values: np.ndarray, kind: str) -> np.ndarray:
    """Predicted classes of answers of a kind, (..., C) or classes as they are."""
    return values if kind == "predicted" else np.asarray(values.argmax(-1))
