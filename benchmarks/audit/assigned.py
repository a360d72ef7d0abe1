"""Whether each reference model was trained on the records that `trained_on` says: it answers those better."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri
from scipy.stats import rankdata

from benchmarks.audit.case import Case
from benchmarks.audit.sureness import surenesses
from benchmarks.naming.wording import counted

CLEAR = 1e-4  # chance of this warning where all is in order, at most
HARD = 3.0  # standard deviations of a row that goes with how hard records are
FEWEST = 50  # records from which ranks tell


def of_trained_on(case: Case, sure: np.ndarray | None = None) -> str:
    """A sentence where a model clearly answers better what another is said to be trained on, or what itself is said not
    to be; nothing otherwise.

    In order, a model's answers depend on the others' rows of `trained_on` (R, n) by nothing, and on its own upwards: of
    each pair, sums of ranks of its answers have a mean of 0 or less, and a known variance under permutation. The
    answers, and what of them is above the mean of all models, must both be beyond CLEAR, which is divided by the number
    of pairs. Rows that go with how hard records are, as the audited model finds them, are not judged. `sure`: as
    `surenesses` says, where it was worked out already.
    """
    answers, seen = case.answers, case.references
    n = len(answers.labels)
    if seen is None or n < FEWEST:
        return ""
    own, *rest_of = surenesses(case) if sure is None else sure
    theirs = np.stack(rest_of)
    mean, rows = (own + theirs.sum(0)) / (1 + len(theirs)), seen.trained_on[:, :n].astype(float)
    excess = np.minimum(_excess(theirs, rows), _excess(theirs - mean, rows))
    beyond = -ndtri(CLEAR / excess.size)
    hard = np.abs(_excess_of(own, rows)) > HARD
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
    ranks, rows = _centred(np.stack([rankdata(of) for of in values])), _centred(rows)
    sums, both = ranks @ rows.T, rows @ rows.T
    spread, own = (ranks**2).sum(1)[:, None] / (ranks.shape[1] - 1), np.diagonal(both)
    high = _standard(sums, spread * own)
    higher = _standard(sums - np.diagonal(sums)[:, None], spread * (own[:, None] + own - 2 * both))
    made = np.minimum(high, higher)
    np.fill_diagonal(made, -np.diagonal(high))
    return made


def _excess_of(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """(R,) the same for one model's values (n,): how far they are greater on what each of rows (R, n) has."""
    ranks, rows = _centred(rankdata(values)[None])[0], _centred(rows)
    return _standard(rows @ ranks, (ranks**2).sum() * (rows**2).sum(1) / (len(ranks) - 1))


def _centred(values: np.ndarray) -> np.ndarray:
    return values - values.mean(1, keepdims=True)


def _standard(sums: np.ndarray, variances: np.ndarray) -> np.ndarray:
    """Sums of ranks by their standard deviations under permutation (Hajek, Sidak and Sen 1999, section 3.3.1)."""
    scale = np.sqrt(np.maximum(variances, 0))
    return np.divide(sums, scale, out=np.zeros_like(sums), where=scale > 1e-6)
