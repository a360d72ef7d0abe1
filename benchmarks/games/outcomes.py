"""An attack's answer in one game, kept in the store under what determines it: the game, the attack and its code."""

from __future__ import annotations

import functools
import hashlib
import os
import sys
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from attacks import Attack, declared, plain
from benchmarks.games.game import Game
from benchmarks.naming.registry import Plugin, settings
from benchmarks.naming.wording import one_line
from benchmarks.statistics.conformal import Conformal
from benchmarks.statistics.played import ALPHAS, SWEEP
from benchmarks.training.store import Store, Writer
from datasets.npz import read_npz

OUTCOME_VERSION = 4
ARRAYS = ("scores", "verdicts", "rehearsed_precision", "resampled")
RANKS = ("p", "others")  # of an outcome without a conformal rule: of no record, 0


@dataclass(frozen=True, eq=False)
class Outcome:
    """What one attack said in one game: scores (n,) float64, verdicts (A, n) bool at each alpha of SWEEP, the precision
    (A,) that its thresholds had on the shadow model (NaN where they claim nobody), the thresholds (S, 4) at each of
    ALPHAS that S resampled rehearsals lead to (none where it has a rule of its own), the seconds that it took, what it
    says of its work, and p-values (n,), where population records can be scored as audited ones are.
    """

    scores: np.ndarray
    verdicts: np.ndarray
    rehearsed_precision: np.ndarray
    resampled: np.ndarray
    seconds: float
    facts: dict[str, Any] = field(default_factory=dict)
    conformal: Conformal | None = None


def spec_of(game: Game, attack: Plugin) -> dict[str, Any]:
    """The plain values whose digest is the outcome's key.

    The code of the attack, and of attacks within it, is among them, so that an edited one is played again even where
    its version was not raised.
    """
    value = attack.value
    return {
        "game": game.key,
        "attack": attack.name.partition("(")[0],
        "settings": settings(value),
        "access": value.access,
        "needs": value.needs,
        "queries": [[query, game.version(query)] for query in value.queries],
        "uses": sorted(value.uses),
        "code": [[of.version, code_digest(cls)] for of, cls in within(value)],
        "sweep": SWEEP.tolist(),
        "calibrated": not game.uncalibrated(value),
        "outcome_version": OUTCOME_VERSION,
    }


def within(attack: Any) -> list[tuple[Any, Any]]:
    """The attack, and those that it or one within it holds as an attribute, in lists, tuples and dicts, too; each with
    its class.
    """
    found: list[tuple[Any, Any]] = []
    todo: list[Any] = [attack]
    while todo:
        one = todo.pop()
        if isinstance(one, list | tuple):
            todo += one
        elif isinstance(one, dict):
            todo += one.values()
        elif _is_attack(one) and all(one is not other for other, _ in found):
            cls = type(plain(one))
            found.append((one, cls))
            todo += _held(plain(one)).values()
    return found


def _is_attack(value: Any) -> bool:
    if isinstance(value, type) or not (hasattr(value, "score") or hasattr(value, "fit")):
        return False
    try:
        declared(value)
    except ValueError:
        return False
    return True


def _held(one: Any) -> dict[str, Any]:
    """An object's attributes by name; its own, then those of its class."""
    held: dict[str, Any] = {}
    for owner in (*reversed(type(one).__mro__), one):
        held |= vars(owner) if hasattr(owner, "__dict__") else {}
    return held


@functools.cache
def code_digest(cls: Any) -> str:
    """A digest of the source files beside which the class and its bases are written, a folder's own files each, and of
    those of `attacks`, which all may use; it is the same in a checkout and in a wheel, whose imports begin with
    mia_arena.
    """
    files: set[Path] = set()
    for base in (*cls.__mro__, Attack):
        path = getattr(sys.modules.get(base.__module__), "__file__", None)
        if path and base is not object:
            whole = Path(path).parent / "__init__.py"
            files |= set(Path(path).parent.glob("*.py")) if whole.exists() else {Path(path)}
    sha = hashlib.sha256()
    for file in sorted(files, key=str):
        sha.update(file.name.encode() + b"\0" + file.read_bytes().replace(b"mia_arena.", b""))
    return sha.hexdigest()[:32]


def read(store: Store, key: str, n: int) -> Outcome | None:
    """The outcome of that key on n records; None where there is none. A damaged one is removed, with a line on
    stderr. Raises OSError where it cannot be.
    """
    shelf = store.outcomes
    if not os.path.lexists(shelf.folder(key)):
        return None
    try:
        return _unpacked(read_npz(shelf.file(key, "outcome.npz")), n, shelf.facts(key))
    except (ValueError, KeyError, FileNotFoundError):
        shelf.remove(key)
        print(f"damaged entry {key} removed from the store; the attack plays again", file=sys.stderr)
        return None


def _unpacked(arrays: dict[str, np.ndarray], n: int, noted: dict[str, Any]) -> Outcome:
    """Raises ValueError, KeyError on arrays that are no outcome on n records."""
    scores, packed, rehearsed, resampled = (arrays[name] for name in ARRAYS)
    kept = (scores.shape, packed.shape, rehearsed.shape) == ((n,), (len(SWEEP), -(-n // 8)), (len(SWEEP),))
    if not kept or [a.dtype for a in (scores, packed, rehearsed)] != [np.float64, np.uint8, np.float64]:
        raise ValueError("expected scores, verdicts and precisions on the game's records")
    if resampled.ndim != 2 or resampled.shape[1] != len(ALPHAS) or resampled.dtype != np.float64:
        raise ValueError("expected thresholds of resampled rehearsals at each demand")
    if not np.isfinite(scores).all():
        raise ValueError("expected finite scores")
    p, others = (arrays[name] for name in RANKS)
    if p.shape not in ((n,), (0,)) or others.shape or others.dtype.kind != "i":
        raise ValueError("expected p-values on the game's records, or none")
    conformal = Conformal(p, int(others)) if len(p) else None
    verdicts = np.unpackbits(packed, axis=1, count=n).astype(bool)
    return Outcome(scores, verdicts, rehearsed, resampled, float(noted["seconds"]), noted["facts"], conformal)


def write(store: Store, spec: dict[str, Any], outcome: Outcome) -> None:
    """Keep an outcome where the store can be written: it is a convenience, and says so otherwise."""
    packed = np.packbits(outcome.verdicts, axis=1)
    arrays = dict(zip(ARRAYS, (outcome.scores, packed, outcome.rehearsed_precision, outcome.resampled), strict=True))
    ranks = outcome.conformal
    arrays |= dict(zip(RANKS, (ranks.p, np.array(ranks.others)) if ranks else (np.empty(0), np.array(0)), strict=True))
    written: dict[str, Writer] = {"outcome.npz": lambda file: np.savez(file, **arrays)}  # type: ignore[arg-type]
    try:
        store.outcomes.write(spec, written, {"seconds": outcome.seconds, "facts": outcome.facts}, durable=False)
    except OSError as error:
        _say_once(f"warning: what attacks answer is not kept: {one_line(error)}")


@functools.cache
def _say_once(line: str) -> None:
    print(line, file=sys.stderr)
