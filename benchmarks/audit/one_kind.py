"""Whether numbers of an audit mean anything: are members and non-members records of one kind, each on one side?"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from sklearn.ensemble import ExtraTreesClassifier

from benchmarks.audit.coins import coins
from benchmarks.audit.outputs import Answers
from benchmarks.naming.wording import counted
from benchmarks.statistics import intervals
from benchmarks.statistics.values import NOTHING, Interval
from datasets import repeated

RECORDS, COLUMNS, CELLS = 10_000, 4_096, 10_000_000  # that the classifier sees at most
TREES, LEAF = 100, 5
FEWEST = 50  # members, and non-members, from which a classifier can learn and be tested
CHANCE = 3.1  # standard deviations: one audit of records of one kind in a thousand is warned of


@dataclass(frozen=True)
class Apart:
    """How well members are told from others without the model's answers: an AUC with its interval, from so many
    `records`, by what was `seen` of them. `warning`: a sentence for the headline, or nothing.
    """

    auc: Interval
    records: int
    seen: tuple[str, ...]
    warning: str


def copies(answers: Answers) -> np.ndarray:
    """(n,) bool: the non-members whose exact inputs are a member's, too; none without inputs."""
    if answers.inputs is None:
        return np.zeros(len(answers.member), bool)
    return repeated(answers.inputs, answers.member[None])


def of_copies(answers: Answers) -> str:
    """A sentence on non-members that are copies of members, or nothing."""
    found = int(copies(answers).sum())
    if not found:
        return ""
    others = counted(int((~answers.member).sum()), "non-member")
    return f"Of {others}, {found:,} have the very inputs of a member: they count as members found in error."


def apart(answers: Answers, seed: int = 0) -> Apart:
    """Whether a classifier tells members from others by label, groups and inputs alone.

    Extremely randomised trees (Geurts, Ernst and Wehenkel 2006) learn from half of a sample, and are judged on the
    other half: the AUCs of folds of a cross-validation go up and down together, more than an interval of them allows. A
    warning needs an interval above 1/2, and an AUC that chance alone reaches once in a thousand (Mann and Whitney).
    """
    seen = ("label", *answers.groups, *(() if answers.inputs is None else ("inputs",)))
    rng = coins(seed)
    width = 1 if answers.inputs is None else max(1, answers.inputs[0].size)
    most = min(RECORDS, max(FEWEST * 20, CELLS // min(width, COLUMNS))) // 2
    sides = [rng.permutation(np.flatnonzero(answers.member == kind))[:most] for kind in (True, False)]
    count = sum(map(len, sides))
    if min(map(len, sides)) < FEWEST:
        return Apart(NOTHING, count, seen, "")
    learnt, judged = (np.concatenate([side[half::2] for side in sides]) for half in (0, 1))
    features = _features(answers, np.concatenate([learnt, judged]), rng)
    trees = ExtraTreesClassifier(TREES, min_samples_leaf=LEAF, random_state=seed, n_jobs=1)
    trees.fit(features[: len(learnt)], answers.member[learnt])
    member = answers.member[judged]
    auc = intervals.auc([(trees.predict_proba(features[len(learnt) :])[:, 1], member)])
    return Apart(auc, count, seen, _warning(auc, member, seen))


def _features(answers: Answers, rows: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    """(n, D) float32: what there is of the records but the model's answers, words as numbers in a random order."""
    columns = []
    for words in (answers.labels, *answers.groups.values()):
        values, places = np.unique(words[rows], return_inverse=True)
        columns.append(rng.permutation(len(values))[places])
    made = np.stack(columns, axis=1).astype(np.float32)
    if answers.inputs is None:
        return made
    inputs = answers.inputs[rows].reshape(len(rows), -1)
    inputs = inputs[:, np.linspace(0, inputs.shape[1] - 1, min(COLUMNS, inputs.shape[1])).astype(int)]
    largest = np.finfo(np.float32).max
    return np.concatenate([made, np.clip(inputs, -largest, largest).astype(np.float32)], axis=1)


def _warning(auc: Interval, member: np.ndarray, seen: tuple[str, ...]) -> str:
    assert auc.mean is not None
    assert auc.low is not None
    inside, outside = int(member.sum()), int((~member).sum())
    chance = CHANCE * float(np.sqrt((inside + outside + 1) / (12 * inside * outside)))
    if auc.low <= 0.5 or auc.mean <= 0.5 + chance:
        return ""
    by = seen[0] if len(seen) == 1 else f"{', '.join(seen[:-1])} and {seen[-1]}"
    return (
        f"Members and non-members are not of one kind: without the model, {by} alone tell{'s' * (len(seen) == 1)} them "
        f"apart (AUC {auc.mean:.3f}, 95 % interval {auc.low:.3f} to {auc.high:.3f}), so no number of this audit "
        "means that the model gives anything away."
    )
