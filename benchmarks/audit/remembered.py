"""Whether all models are asked about the same records, as far as answers tell: each remembers what it was trained on,
and finds hard what the others find hard.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import rankdata

from benchmarks.audit.case import Case
from benchmarks.audit.sureness import surenesses
from benchmarks.naming.wording import counted

NOTHING, CLEAR, ALIKE = 3.0, 4.0, 6.0  # standard deviations: no better than chance; apart; surely alike
FEWEST = 50  # records of either kind from which ranks tell


def of_memory(case: Case, sure: np.ndarray | None = None) -> str:
    """A sentence where a model answers what it was trained on no better than other records, and another model clearly
    does: then its answers and `member`, or its row of `trained_on`, may be in another order. Nothing otherwise.

    Of each model the AUC of how sure it is of the labels, by what it was trained on, and its deviation under the null
    (Mann and Whitney 1947). Models that are alike differ by as much with a chance below 1e-4 a pair.
    """
    answers, seen = case.answers, case.references
    if seen is None:
        return ""
    sure, n = surenesses(case) if sure is None else sure, len(answers.labels)
    trained = np.concatenate([answers.member[None], seen.trained_on[:, :n]])
    judged = np.minimum(trained.sum(1), (~trained).sum(1)) >= FEWEST
    if judged.sum() < 2:
        return ""
    areas, spread = np.full(len(sure), np.nan), np.full(len(sure), np.nan)
    for k in np.flatnonzero(judged):
        areas[k], spread[k] = _area(sure[k], trained[k])
    best = int(np.nanargmax(areas))
    apart = areas[best] - areas > CLEAR * np.hypot(spread, spread[best])
    blank = np.flatnonzero(judged & apart & ((areas - 0.5) < NOTHING * spread))
    if not len(blank):
        return ""
    first, knows = int(blank[0]), "member" if best == 0 else "trained_on"
    clear = f"{_name(best)} answers what it was trained on better (AUC {areas[best]:.2f}, by {knows})"
    if first == 0:
        return (
            f"The audited model answers members no better than others (AUC {areas[0]:.2f}), and {clear}: are its "
            "answers and member in the same order? A model with a defense needs reference models with the same."
        )
    rest = f", and so on for {counted(len(blank) - 1, 'other')}" if len(blank) > 1 else ""
    return (
        f"Reference model {first} answers what it was trained on no better than other records (AUC {areas[first]:.2f}, "
        f"by trained_on){rest}, and {clear}: are its answers and trained_on in the order of the audited records?"
    )


def of_records(case: Case, sure: np.ndarray | None = None) -> str:
    """A sentence where reference models find the same records hard, and the audited model others: they may have
    answered about other records, of the same classes. Nothing otherwise, and of one reference model nothing.

    Of how sure models are, the correlation of ranks within each class, apart for what a model was trained on and the
    rest, times the root of n: about standard normal where two models have nothing in common.
    """
    answers, seen = case.answers, case.references
    n = len(answers.labels)
    if seen is None or len(seen.trained_on) < 2 or n < 2 * FEWEST:
        return ""
    trained = np.concatenate([answers.member[None], seen.trained_on[:, :n]])
    sure = surenesses(case) if sure is None else sure
    rest = np.stack([_within(of, answers.labels, row) for of, row in zip(sure, trained, strict=True)])
    z = rest @ rest.T * np.sqrt(n)
    others = z[1:, 1:][np.triu_indices(len(z) - 1, 1)]
    if np.median(others) < ALIKE or z[0, 1:].mean() > NOTHING:
        return ""
    return (
        "Reference models find the same records hard, and the audited model finds others hard: did they answer about "
        "the audited records, in the same order?"
    )


def _within(values: np.ndarray, labels: np.ndarray, trained: np.ndarray) -> np.ndarray:
    """Ranks of values (n,) without what class and training explain of them, (n,) of length 1, or 0 where all are."""
    ranks, group = rankdata(values), np.unique(2 * labels + trained, return_inverse=True)[1]
    counts, sums = np.bincount(group), np.bincount(group, ranks)
    rest = ranks - (sums / counts)[group]
    return rest / max(float(np.linalg.norm(rest)), 1e-300)


def _name(model: int) -> str:
    return f"reference model {model}" if model else "the audited model"


def _area(values: np.ndarray, trained: np.ndarray) -> tuple[float, float]:
    """AUC of values (n,) by trained (n,) bool, and its standard deviation where values say nothing."""
    inside, outside = int(trained.sum()), int((~trained).sum())
    area = (rankdata(values)[trained].sum() - inside * (inside + 1) / 2) / (inside * outside)
    return float(area), float(np.sqrt((inside + outside + 1) / (12 * inside * outside)))
