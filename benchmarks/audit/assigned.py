"""Whether each reference model was trained on the records that `trained_on` says: it answers those better."""

from __future__ import annotations

import numpy as np
from scipy.special import log_softmax, ndtri
from scipy.stats import rankdata

from benchmarks.audit.case import Case
from benchmarks.audit.outputs import Said
from benchmarks.naming.wording import counted

CLEAR = 1e-4  # chance of this warning where all is in order, at most
HARD = 3.0  # standard deviations of a row that goes with how hard records are
FEWEST = 50  # records from which ranks tell
TINIEST = 1e-7  # a probability below it counts as that


def of_trained_on(case: Case) -> str:
    """A sentence where a model clearly answers better what another is said to be trained on, or what itself is said not
    to be; nothing otherwise.

    In order, a model's answers depend on the others' rows of `trained_on` (R, n) by nothing, and on its own upwards: of
    each pair, sums of ranks of its answers have a mean of 0 or less, and a known variance under permutation. The
    answers, and what of them is above the mean of all models, must both be beyond CLEAR, which is divided by the number
    of pairs. Rows that go with how hard records are, as the audited model finds them, are not judged.
    """
    answers, seen = case.answers, case.references
    n = len(answers.labels)
    if seen is None or n < FEWEST:
        return ""
    own = _sureness(answers.said, answers.labels)
    theirs = np.stack([_sureness(Said(seen.said.kind, of[:n]), answers.labels) for of in seen.said.values])
    mean, rows = (own + theirs.sum(0)) / (1 + len(theirs)), seen.trained_on[:, :n].astype(float)
    excess = np.minimum(_excess(theirs, rows), _excess(theirs - mean, rows))
    beyond = -ndtri(CLEAR / excess.size)
    hard = np.abs(_sums(own[None], rows)[0]) > HARD
    wrong = (excess > beyond) & ~hard
    if not wrong.any():
        return ""
    models = np.flatnonzero(wrong.any(1))
    model = int(models[0])
    fits = int(np.argmax(np.where(wrong[model], excess[model], -np.inf)))
    rest = f", and so on for {counted(len(models) - 1, 'other')}" if len(models) > 1 else ""
    if fits == model:
        return (
            f"Reference model {model + 1} answers better what it was not trained on by trained_on{rest}: is "
            "trained_on the wrong way round?"
        )
    return (
        f"Reference model {model + 1} answers better what model {fits + 1} was trained on by trained_on than what "
        f"itself was{rest}: are models and trained_on in the same order?"
    )


def _excess(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(R, R) standard normal or less where values (R, n) have nothing to do with rows (R, n) of 0 and 1: how far those
    of r are greater on what row k has, and greater there than on what row r has; on the diagonal, on what row r has
    not.
    """
    high = _sums(values, rows)
    made = np.stack(
        [np.minimum(of, _sums(v[None], rows - row)[0]) for of, v, row in zip(high, values, rows, strict=True)]
    )
    np.fill_diagonal(made, -np.diagonal(high))
    return made


def _sums(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    """(V, W) the sums of ranks of values (V, n) with weights (W, n), by their means and standard deviations under
    permutation (Hajek, Sidak and Sen 1999, section 3.3.1); 0 where these are 0.
    """
    ranks = np.stack([rankdata(of) for of in values])
    ranks, weights = (of - of.mean(1, keepdims=True) for of in (ranks, weights))
    scale = np.sqrt(np.outer((ranks**2).sum(1), (weights**2).sum(1)) / (ranks.shape[1] - 1))
    sums = ranks @ weights.T
    return np.divide(sums, scale, out=np.zeros_like(sums), where=scale > 1e-9)


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
