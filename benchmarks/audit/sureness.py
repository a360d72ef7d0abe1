"""How sure models are of the labels, by which the checks of an audit compare them."""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax

from benchmarks.audit.case import Case
from benchmarks.audit.outputs import Said

TINIEST = 1e-7  # a probability below it counts as that


def surenesses(case: Case) -> np.ndarray:
    """How sure the audited model and the R reference models, where there are any, are of the labels, (1 + R, n)."""
    answers, seen, n = case.answers, case.references, len(case.answers.labels)
    others = [] if seen is None else [Said(seen.said.kind, of[:n]) for of in seen.said.values]
    return np.stack([_sureness(said, answers.labels) for said in (answers.said, *others)])


def _sureness(said: Said, labels: np.ndarray) -> np.ndarray:
    """(n,) how sure a model is of the labels (n,): log p of each, or whether it is right."""
    values, rows = said.values, np.arange(len(labels))
    if said.kind == "loss":
        return -values.astype(float)
    if said.kind == "predicted":
        return (values == labels).astype(float)
    if said.kind == "probabilities":
        return np.log(np.maximum(values[rows, labels].astype(float), TINIEST))
    return np.asarray(log_softmax(values.astype(float), axis=1)[rows, labels])
