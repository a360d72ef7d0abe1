"""Records that stand in an audit twice, as far as labels, answers and inputs tell; others may agree by chance, too.

Records that are drawn on their own agree by chance more often the coarser their answers are. Then the mean numbers f_k
of values that k records have are those of a mixture of Poisson laws, and f_k^2 <= f_(k-1) f_(k+1) (k + 1) / k (Cauchy
and Schwarz): pairs by chance come with triples and many single records.
"""

from __future__ import annotations

import numpy as np
from scipy.stats import binom, gamma, poisson

from benchmarks.audit.outputs import Answers
from benchmarks.naming.wording import counted
from datasets import kinds

MOST = 4  # records that have one value
CLEAR = 1e-4  # chance of the warning where records are drawn on their own, at most
SURE = 1e-6  # chance of a refusal where none is audited


def of_repeats(answers: Answers) -> str:
    """A sentence where records stand in the file more than once, or nothing; nothing of records that have ids.

    So it is where k records agree more often than by chance, and most of them are members all, or none of them: where
    coins draw memberships, k records have the same with chance a^k + (1 - a)^k, of a share of members a.
    """
    if answers.ids is not None:
        return ""
    value = _values(answers.labels, answers.said.values, answers.inputs)
    counts, inside = np.bincount(value), np.bincount(value, answers.member)
    share, level, found = float(answers.member.mean()), CLEAR / (3 * (MOST - 1)), 0
    for k in range(2, MOST + 1):
        same = int(((counts == k) & ((inside == 0) | (inside == k))).sum())
        tied = binom.sf(same - 1, (counts == k).sum(), share**k + (1 - share) ** k) < level
        found += (k - 1) * same if tied and _beyond(np.bincount(counts, minlength=k + 2), k, level) else 0
    if not found:
        return ""
    shown = "label, answers" if answers.inputs is None else "label, answers, inputs"
    return (
        f"Of {counted(len(value), 'record')}, {found:,} repeat the {shown} and membership of another: does each stand "
        "in the file once? Whoever knows half of the records finds them again in the other."
    )


def _beyond(f: np.ndarray, k: int, level: float) -> bool:
    """Whether more values have k records than chance allows beside f[k - 1] and f[k + 1], each up to its own chance."""
    low = float(gamma.ppf(level, f[k])) if f[k] else 0.0
    high = float(gamma.isf(level, f[k - 1] + 1))
    return bool(poisson.cdf(f[k + 1], k / (k + 1) * low**2 / high) < level)


def in_both(answers: Answers, labels: np.ndarray, said: np.ndarray, inputs: np.ndarray | None) -> int:
    """How many of m other records, of labels (m,), answers (m, ...) and inputs (m, ...) if any, are audited ones; 0
    where as many may agree by chance, and where there are classes alone, which many records share.

    Of two records that agree by chance, or are alike in the world, one is audited and the other is not with a chance of
    half or less, whatever they are.
    """
    both = None if inputs is None or answers.inputs is None else np.concatenate([answers.inputs, inputs])
    if answers.said.kind == "predicted" and both is None:
        return 0
    value = _values(np.concatenate([answers.labels, labels]), np.concatenate([answers.said.values, said]), both)
    n = len(answers.labels)
    own, others = (np.bincount(of, minlength=value.max() + 1) for of in (value[:n], value[n:]))
    apart = int(((own == 1) & (others == 1)).sum())
    return apart if binom.sf(apart - 1, (own + others == 2).sum(), 0.5) < SURE else 0


def _values(labels: np.ndarray, said: np.ndarray, inputs: np.ndarray | None) -> np.ndarray:
    """(n,) a number for each record, the same for the same label, answers and inputs, numbers as float32 holds them."""
    with np.errstate(over="ignore"):
        parts = [labels, *(of.astype(np.float32) + np.float32(0) for of in (said, inputs) if of is not None)]
    return kinds(np.stack([kinds(of) for of in parts], axis=1))
