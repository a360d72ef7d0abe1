"""Reference models of somebody's own, trained anew on random halves of the audited records; what is done stays done."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.audit.coins import coins
from benchmarks.audit.describing import described
from benchmarks.audit.elsewhere import check_sent, place_of
from benchmarks.audit.outputs import Said
from benchmarks.audit.probabilities import rounding_of
from benchmarks.audit.procedures import Procedure, procedure_of
from benchmarks.audit.references import References
from benchmarks.naming.progress import progress
from benchmarks.naming.wording import counted
from benchmarks.results.files import check_writable
from benchmarks.training.executors import Executor, Worker
from benchmarks.training.facts import versions
from benchmarks.training.store import Shelf, Store, array_file, digest, rows_digest

VERSION = 1  # raised whenever a model is trained or asked otherwise
ANSWERS = "answers.npy"


@dataclass(frozen=True, eq=False)
class Refitted:
    """What R models answered on n records, some of which each was trained on, and after them on m that none was:
    `every`, as an audit takes references, with `said.values` (R, n + m, C) and `trained_on` (R, n + m).
    """

    every: References
    audited: int

    @property
    def kind(self) -> str:
        """Logits of a function's models, probabilities of an estimator's."""
        return self.every.said.kind

    @property
    def values(self) -> np.ndarray:
        """(R, n, C) the answers on the audited records."""
        return self.every.said.values[:, : self.audited]

    @property
    def trained_on(self) -> np.ndarray:
        """(R, n) bool: whether a model was trained on a record."""
        return self.every.trained_on[:, : self.audited]

    @property
    def others(self) -> np.ndarray:
        """(R, m, C) the answers on the records that no model was trained on."""
        return self.every.said.values[:, self.audited :]


def refit(
    train: Any,
    inputs: Any,
    labels: Any,
    *,
    models: int = 16,
    share: float = 0.5,
    seed: int = 0,
    store: str | Path | None = None,
    name: str = "",
    others: Any = None,
    on: str = "here",
    workers: int | None = None,
) -> Refitted:
    """Train R = `models` models as the audited one was, each on a random `share` of its n records, and ask them.

    `train`: a scikit-learn estimator, which is cloned and given random states of its own, or a function
    train(inputs, labels, seed) -> predict with predict(inputs) -> logits (b, C). `inputs` (n, ...) and `others`, m
    further records that no model is trained on: arrays, tables or sparse matrices; `labels` (n,), for a function from
    0. Each record is in each model by a coin of its own, so that how many models saw it tells nothing of who else did
    (Carlini et al. 2022, section IV). More models, or a second call, train only what is missing in the folder `store`:
    the answers of a model lie there under the digest of data, design and procedure (`describing.described`). `name`: a
    word for what of the procedure cannot be described; change it when that changes. `on`, `workers`: who trains, in the
    words of ``--on`` (docs/machines.md); elsewhere than here, `train` must be importable by its name.

    Raises ValueError, in one sentence, on what cannot be trained and on whatever the user's code raises; OSError when
    the store cannot be written.
    """
    procedure, y = procedure_of(train, labels)
    x, more = _records("inputs", inputs), None if others is None else _records("others", others)
    if x.shape[0] != len(y):
        raise ValueError(f"labels: expected {x.shape[0]}, one a record of inputs, got {len(y)}")
    executor = place_of(on, workers, store)
    check_sent(train, procedure.name, executor)
    work = _Work(procedure, x, y, more, design(len(y), models, share, seed), seed)
    kept = None if store is None else _Kept.of(store, train, name, {**work.design(), "share": share})
    made: np.ndarray | None = None
    for r, answers in _done(work, kept, executor):
        if made is None:
            made = np.empty((models, *answers.shape), answers.dtype)
        if answers.shape != made.shape[1:]:
            expected = f"expected answers {made.shape[1:]} of each model, got {answers.shape}"
            raise ValueError(f"{procedure.name}: {expected} of model {r}")
        made[r] = answers
    assert made is not None
    rounding = rounding_of(made, [made]) if procedure.kind == "probabilities" else None
    seen = np.concatenate([work.trained_on, np.zeros((models, made.shape[1] - len(y)), bool)], axis=1)
    return Refitted(References(Said(procedure.kind, made, rounding), seen), len(y))


def design(n: int, models: int, share: float = 0.5, seed: int = 0) -> np.ndarray:
    """(R, n) bool: which model is trained on which record, by a coin each. More models leave the first as they are.

    Raises ValueError on a number of models below 1, a share that is not between 0 and 1, and a seed below 0.
    """
    if models < 1:
        raise ValueError(f"models: expected 1 or more, got {models}")
    if not 0 < share < 1:
        raise ValueError(f"share: expected a number between 0 and 1, got {share:g}")
    if seed < 0:
        raise ValueError(f"seed: expected 0 or more, got {seed}")
    return np.stack([coins(seed, r, 0).random(n) < share for r in range(models)])


@dataclass(frozen=True, eq=False)
class _Work:
    """What is trained on which of the records x (n, ...) with labels y (n,), and asked these and `more` (m, ...)."""

    procedure: Procedure
    x: Any
    y: np.ndarray
    more: Any
    trained_on: np.ndarray
    seed: int

    def design(self) -> dict[str, Any]:
        """What determines all models' answers but the procedure."""
        records = {"inputs": self.x, "labels": self.y, "others": self.more}
        return {"data": {key: described(of, key) for key, of in records.items()}, "seed": self.seed}

    def answers(self, r: int) -> np.ndarray:
        """(n + m, C) what model r says, trained by its own seed."""
        from models.process import undisturbed

        rows = np.flatnonzero(self.trained_on[r])
        seed = int(coins(self.seed, r, 1).integers(2**31))
        with undisturbed(seed):
            predict = self.procedure.trained(_taken(self.x, rows), self.y[rows], seed)
            asked = [of for of in (self.x, self.more) if of is not None]
            return np.concatenate([predict(_taken(of, np.arange(of.shape[0]))) for of in asked])


@dataclass(frozen=True, eq=False)
class _Kept:
    """Where answers lie, each under the digest of `spec`, its number and its rows."""

    shelf: Shelf
    spec: dict[str, Any]
    train: Any

    @classmethod
    def of(cls, store: str | Path, train: Any, name: str, design: dict[str, Any]) -> _Kept:
        """Raises ValueError where nothing can be written, or where `train` cannot be told from others."""
        check_writable("store", Path(store))
        shelf: Shelf = Store(Path(store)).outputs
        shelf.clear_drafts()
        said = described(train, "train", lenient=bool(name))
        return cls(shelf, {"refit": VERSION, "train": said, "name": name, **design}, train)

    def spec_of(self, r: int, seen: np.ndarray) -> dict[str, Any]:
        """What determines the answers of model r, which has seen these of the records (n,)."""
        return {**self.spec, "model": r, "rows": rows_digest(np.flatnonzero(seen))}

    def find(self, key: str, work: _Work) -> np.ndarray | None:
        """A model's answers, or None where there are none; damaged ones are removed, with a line on stderr."""
        if self.shelf.discard([key]):
            print(f"damaged entry {key} removed from the store; the model is trained again", file=sys.stderr)
        if key not in self.shelf:
            return None
        asked = len(work.y) + (0 if work.more is None else work.more.shape[0])
        return self.shelf.array(key, ANSWERS, (asked, None))

    def warn_of_changes(self, work: _Work) -> None:
        """A line on stderr where training changes what tells a procedure from others."""
        if described(self.train, "train", lenient=bool(self.spec["name"])) != self.spec["train"]:
            said = "changes values that it uses, so this process will not find its answers again"
            print(f"warning: {work.procedure.name} {said}", file=sys.stderr)


@dataclass(frozen=True, eq=False)
class _Model:
    """One model to be trained."""

    work: _Work
    number: int


def _made(job: _Model, worker: Worker) -> tuple[int, float, np.ndarray]:
    """Its number, the seconds it took, and its answers (n + m, C)."""
    begun = time.perf_counter()
    answers = job.work.answers(job.number)
    seconds = time.perf_counter() - begun
    worker.advance(1)
    return job.number, seconds, answers


def _done(work: _Work, kept: _Kept | None, executor: Executor) -> Iterator[tuple[int, np.ndarray]]:
    """Each model's number and its answers (n + m, C): those that are kept first, then what is missing."""
    missing = []
    for r, seen in enumerate(work.trained_on):
        found = None if kept is None else kept.find(digest(kept.spec_of(r, seen)), work)
        if found is None:
            missing.append(r)
        else:
            yield r, found
    with progress(len(missing), f"training {counted(len(missing), 'reference model')}", "model") as advance:
        made = executor.map(_made, [_Model(work, r) for r in missing], advance)
        for count, (r, seconds, answers) in enumerate(made):
            if kept is not None:
                facts = {"seconds": seconds, "versions": versions()}
                kept.shelf.write(kept.spec_of(r, work.trained_on[r]), {ANSWERS: array_file(answers)}, facts)
                if count == 0:
                    kept.warn_of_changes(work)
            yield r, answers


def _records(name: str, records: Any) -> Any:
    """Records with a shape (n, ...) whose rows can be taken. Raises ValueError on others."""
    made = records if hasattr(records, "shape") else np.asarray(records)
    if not made.shape or not made.shape[0]:
        raise ValueError(f"{name}: expected records (n, ...), got shape {tuple(made.shape)}")
    return made


def _taken(records: Any, rows: np.ndarray) -> Any:
    """A copy of these rows of an array, a table or a sparse matrix: what is done to it stays with whoever has it."""
    return records.iloc[rows] if hasattr(records, "iloc") else records[rows]
