"""Games from arrays: somebody's own outputs, whatever made them."""

from __future__ import annotations

import hashlib
import io
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from attacks import Evidence, Outputs, Rehearsal
from benchmarks.games.circumstances import inputs_of
from benchmarks.games.game import Contest, Game, Sides
from benchmarks.results import making
from benchmarks.results.record import About, Cost, DefenseInfo, Games, RunInfo, SuiteInfo, Utility
from benchmarks.statistics.accuracy import Answers, accuracy
from benchmarks.statistics.telling import refuse_telling
from benchmarks.training.facts import versions
from benchmarks.training.store import digest


@dataclass(frozen=True, eq=False)
class Beside:
    """What else there may be of M models' outputs (M, n, Q, C) on n records: which of the Q queries belong to which
    query set, the raw records (n, ...), and outputs (M, m, Q, C) on m population records that no model trained on.
    """

    columns: dict[str, slice]
    inputs: np.ndarray
    crowd_labels: np.ndarray
    crowd_inputs: np.ndarray
    crowd_logits: np.ndarray

    def digests(self, models: Sequence[int]) -> list[str]:
        """What of it the games of these models hold."""
        logits = [self.crowd_logits[m] for m in models]
        columns = {name: [of.start, of.stop] for name, of in self.columns.items()}
        return [_digest(self.inputs, self.crowd_labels, self.crowd_inputs, *logits), digest(columns)]


def game(
    labels: np.ndarray,
    logits: np.ndarray,
    trained_on: np.ndarray,
    target: int,
    shadow: int,
    references: Sequence[int] | None = None,
    digests: Sequence[str] | None = None,
    beside: Beside | None = None,
) -> Game:
    """The game in which model `target` is attacked by an adversary who owns model `shadow` and the `references`.

    `labels` (n,), `logits` (M, n, Q, C) of M models, `trained_on` (M, n) bool; references: all other models unless
    given. The shadow model is no reference on either side, so that thresholds are chosen like for like. digests: what
    `digests_of` makes of the arrays, where there are many games of them; beside: what else there is. Raises ValueError
    on arrays or numbers that make no game.
    """
    if references is None:
        references = [m for m in range(len(logits)) if m not in (target, shadow)]
    for name, model in (("target", target), ("shadow", shadow), *(("references", r) for r in references)):
        if not 0 <= model < len(logits):
            raise ValueError(f"{name}: expected a model from 0 to {len(logits) - 1}, got {model}")
    if target == shadow or {target, shadow} & set(references):
        raise ValueError("expected target, shadow and references to be different models")
    _check(logits, trained_on)

    def evidence(of: np.ndarray, y: np.ndarray, model: int, seen: np.ndarray, **more: Any) -> Evidence:
        others = [Outputs(of[r], y) for r in references]
        return Evidence(y, Outputs(of[model], y), others, seen, **more)

    def side(model: int) -> Evidence:
        seen, more = trained_on[list(references)], {}
        if beside is not None:
            y, nobody = beside.crowd_labels, np.zeros((len(references), len(beside.crowd_labels)), bool)
            more = {"columns": beside.columns, "inputs": beside.inputs}
            crowd = {"columns": beside.columns, "inputs": beside.crowd_inputs}
            more["population"] = evidence(beside.crowd_logits, y, model, nobody, **crowd)
        return evidence(logits, labels, model, seen, **more)

    def sides(queries: tuple[str, ...]) -> Sides:
        return side(target), Rehearsal(side(shadow), trained_on[shadow].copy())

    side(target)  # so that arrays that make no evidence are refused here
    used = (target, shadow, *references)
    of = digests or {m: _digest(logits[m], trained_on[m]) for m in used}
    key = _key(labels, [of[m] for m in used], beside.digests(used) if beside else ())
    offers = {"reference", "shadow"} if references else set()
    offers |= {"population", "inputs"} if beside else set()
    queries = tuple(beside.columns) if beside else ("clean",)
    return Game(key, trained_on[target].copy(), frozenset(offers), queries, sides, records=np.arange(len(labels)))


def key_of(
    labels: np.ndarray, models: Iterable[tuple[np.ndarray, np.ndarray]], beside: Sequence[np.ndarray] = ()
) -> str:
    """A game's key: of labels (n,), of the outputs (n, ...) and `trained_on` (n,) of target, shadow and references, and
    of whatever else the game holds.
    """
    return _key(labels, [_digest(*of) for of in models], [_digest(of) for of in beside])


def _key(labels: np.ndarray, models: Sequence[str], beside: Sequence[str]) -> str:
    return digest([_digest(labels), *models, *beside])


def _check(logits: np.ndarray, trained_on: np.ndarray) -> None:
    if trained_on.dtype != bool or trained_on.shape != logits.shape[:2]:
        raise ValueError(f"trained_on: expected {logits.shape[:2]} bool, got {trained_on.shape} {trained_on.dtype}")


def in_turn(models: int) -> list[tuple[int, int, tuple[int, ...]]]:
    """(target, shadow, references) of M trials: the shadow of model t is the model M / 2 further on."""
    shadows = [(t + models // 2) % models for t in range(models)]
    return [(t, s, tuple(m for m in range(models) if m not in (t, s))) for t, s in enumerate(shadows)]


def audit(
    name: str,
    labels: np.ndarray,
    logits: np.ndarray,
    trained_on: np.ndarray,
    source: str,
    licence: str,
    defense: str = "none",
) -> Contest:
    """The games of M models of somebody's own, each the target once (`in_turn`); `name` is the suite's on boards.
    Attacks are handed the records in a random order, the same in all games, which the arrays determine.

    `labels` (n,), `logits` (M, n, Q, C), `trained_on` (M, n) bool. source, licence: the owner's words on the data;
    `defense`: what the models carry. Raises ValueError on arrays that make no games, on fewer than three models, and
    where who was trained on a record tells membership whatever the outputs are, as where each record is in exactly half
    of the models.
    """
    if len(logits) < 3:
        raise ValueError(f"logits: expected at least 3 models, a target, a shadow and a reference, got {len(logits)}")
    models = in_turn(len(logits))
    _check(logits, trained_on)
    for of in models:
        refuse_telling(trained_on, *of)
    if len(labels) != logits.shape[1]:
        raise ValueError(f"labels: expected {logits.shape[1]}, one a record of logits, got {len(labels)}")
    order = _order(labels, logits, trained_on)
    mixed = labels[order], logits[:, order], trained_on[:, order]
    digests = digests_of(*mixed[1:])
    games = [replace(game(*mixed, *of, digests), records=order) for of in models]
    suite = SuiteInfo(
        name=name,
        dataset=name,
        dataset_digest=_digest(labels, trained_on),
        source=source,
        licence=licence,
        synthetic=False,
        lossless=True,
        network="not stated",
        recipe={},
        protocol="own outputs",
        part=round(float(trained_on.sum(1).mean())),
        references=len(logits) - 2,
        trials=len(logits),
        changed={},
        reduced=False,
        seed=0,
    )
    about = About(suite, DefenseInfo(defense, {}), "adaptive")
    return contest(games, models, labels, logits, trained_on, about, "stored outputs")


def _order(labels: np.ndarray, logits: np.ndarray, trained_on: np.ndarray) -> np.ndarray:
    """(n,) the n records in a random order, so that a record's place says nothing of who trained on it."""
    seed = digest(["order", _digest(labels), *digests_of(logits, trained_on)])
    return np.random.default_rng(int(seed, 16)).permutation(len(labels))


def contest(
    games: Sequence[Game],
    models: Sequence[tuple[int, int, tuple[int, ...]]],
    labels: np.ndarray,
    logits: np.ndarray,
    trained_on: np.ndarray,
    about: About,
    command: str,
    duplicates: int = 0,
) -> Contest:
    """The games of somebody's own outputs, `models` (target, shadow, references) of each, with the targets' accuracy.

    The digests of what was played on are those of the outputs, whatever made them.
    """
    digests = digests_of(logits, trained_on)
    used = sorted(
        {m for target, shadow, references in models for m in (target, shadow, *references)}, key=digests.__getitem__
    )
    run = RunInfo(
        games=Games(
            inputs=inputs_of([g.key for g in games]),
            outputs=digest([_file_digest(logits[m]) for m in sorted(used, key=digests.__getitem__)]),
            keys=tuple(g.key for g in games),
        ),
        utility=_utility(
            [logits[t][:, 0].argmax(-1) == labels for t, _, _ in models], [trained_on[t] for t, _, _ in models]
        ),
        cost=Cost(models=len(used), seconds=0.0),
        versions=versions(),
        device="stored outputs",
        command=command,
        duplicates=duplicates,
    )
    return Contest(about, tuple(games), run)


def _utility(correct: Sequence[np.ndarray], member: Sequence[np.ndarray]) -> Utility:
    """Accuracy on the targets' members and on the others, from who is answered correctly (n,) in each game."""
    made = []
    for kind in (True, False):
        answers = tuple(c[m == kind] for c, m in zip(correct, member, strict=True))
        records = tuple(np.flatnonzero(m == kind) for m in member)
        made.append(making.value(accuracy(Answers(answers, records))))
    return Utility(*made)


def digests_of(logits: np.ndarray, trained_on: np.ndarray) -> list[str]:
    """M digests, of each model's outputs (M, n, Q, C) and of what it was trained on (M, n)."""
    return [_digest(*of) for of in zip(logits, trained_on, strict=True)]


def _digest(*arrays: np.ndarray) -> str:
    return hashlib.sha256(b"".join(a.tobytes() for a in arrays)).hexdigest()[:32]


def _file_digest(array: np.ndarray) -> str:
    """The SHA-256 of an array's .npy file."""
    file = io.BytesIO()
    np.save(file, array, allow_pickle=False)
    return hashlib.sha256(file.getvalue()).hexdigest()
