"""Who trains on what: the two protocols, as index arrays. Seeded and prefix-stable.

More trials or more references never change what earlier models were trained on.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from datasets.pool import Pool


@dataclass(frozen=True, eq=False)
class Trial:
    """One target under attack. Models are numbers in `Split.training`; records are positions in `Split.audited`.

    `audited` (n,) is what the target is attacked on, `rehearsed` (m,) what the shadow model is; both in a random
    order, so that a record's place says nothing of its membership.
    """

    target: int
    shadow: int
    references: tuple[int, ...]
    audited: np.ndarray
    rehearsed: np.ndarray


@dataclass(frozen=True, eq=False)
class Split:
    """`audited` (A,) rows of the pool; `training`: a model's rows, by number; `trials`: K of them."""

    protocol: str
    audited: np.ndarray
    training: dict[int, np.ndarray]
    trials: tuple[Trial, ...]

    def member(self, model: int) -> np.ndarray:
        """(A,) bool: which audited records the model trained on."""
        return np.isin(self.audited, self.training[model])


REFERENCE = 1_000_000  # the number of the first reference model, so that more trials never renumber it
_PARTNER = (1, 0, 3, 2)


def six_split(records: int, part: int, trials: int, references: int, seed: int, target_out: int | None = None) -> Split:
    """HP-MIA, section 4.1.1: six disjoint parts; P0 to P3 take turns as target and shadow parts.

    P0 and P1, P2 and P3 are partners: a model trains on one and the other is its non-members; the shadow model is
    one of the other pair. Each reference model trains on a random half of P4 and P5 joined. With `target_out`, P1
    has only so many records and is never trained on. Once every part had its turn the same parts are trained on
    again from other seeds. Raises ValueError when the records are too few.
    """
    sizes = [part] * 6
    sizes[1] = part if target_out is None else target_out
    if sum(sizes) > records:
        raise ValueError(f"six-split of parts of {part} needs {sum(sizes)} records, and the data set has {records}")
    order = np.random.default_rng([seed, 0]).permutation(records)
    parts = np.split(order[: sum(sizes)], np.cumsum(sizes)[:-1])
    starts = np.concatenate([[0], np.cumsum(sizes)])
    turns = [p for p in (0, 2, 1, 3) if sizes[p] == part]
    training: dict[int, np.ndarray] = {}
    made = []
    numbers = tuple(REFERENCE + r for r in range(references))
    for trial in range(trials):
        again, turn = divmod(trial, len(turns))
        own = turns[turn]
        other = next(p for p in ((own + 2) % 4, _PARTNER[(own + 2) % 4]) if p in turns)
        for p in (own, other):
            training[4 * again + p] = np.sort(parts[p])
        places = [
            np.concatenate([np.arange(starts[p], starts[p + 1]) for p in (mine, _PARTNER[mine])])
            for mine in (own, other)
        ]
        audited, rehearsed = (np.random.default_rng([seed, 1, trial, i]).permutation(q) for i, q in enumerate(places))
        made.append(Trial(4 * again + own, 4 * again + other, numbers, audited, rehearsed))
    joined = np.concatenate(parts[4:])
    for r, number in enumerate(numbers):
        half = np.random.default_rng([seed, 2, r]).permutation(joined)[:part]
        training[number] = np.sort(half)
    return Split("six-split", np.concatenate(parts[:4]), training, tuple(made))


def half_split(records: int, models: int, trials: int, seed: int) -> Split:
    """Carlini et al. 2022: each record is in the training sets of exactly half of the models.

    In trial t model t is the target, model t + M/2 the shadow, all others references. Raises ValueError on an odd
    or too small number of models, more trials than models, or fewer than two records.
    """
    if models < 4 or models % 2:
        raise ValueError(f"half-split needs an even number of at least 4 models, got {models}")
    if trials > models:
        raise ValueError(f"half-split of {models} models has at most {models} trials, got {trials}")
    if records < 2:
        raise ValueError(f"half-split needs at least 2 records, got {records}")
    rng = np.random.default_rng([seed, 3])
    turns = np.argsort(rng.random((models, records)), axis=0) < models // 2
    training = {m: np.flatnonzero(turns[m]) for m in range(models)}
    made = []
    for t in range(trials):
        shadow = (t + models // 2) % models
        rest = tuple(m for m in range(models) if m not in (t, shadow))
        orders = [np.random.default_rng([seed, 4, t, i]).permutation(records) for i in range(2)]
        made.append(Trial(t, shadow, rest, *orders))
    return Split("half-split", np.arange(records), training, tuple(made))


def duplicates(pool: Pool, split: Split) -> int:
    """Audited records whose exact bytes a target trained on while they themselves count as non-members; each once."""
    rows = np.ascontiguousarray(pool.x[split.audited]).reshape(len(split.audited), -1)
    keys = rows.view(np.dtype((np.void, rows.dtype.itemsize * rows.shape[1])))[:, 0]
    kind = np.unique(keys, return_inverse=True)[1]
    found = np.zeros(len(kind), bool)
    for trial in split.trials:
        member = split.member(trial.target)[trial.audited]
        inside, outside = trial.audited[member], trial.audited[~member]
        found[outside[np.isin(kind[outside], kind[inside])]] = True
    return int(found.sum())
